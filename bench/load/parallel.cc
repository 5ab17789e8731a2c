#include "bench/load/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace warble::bench {

void ParallelFor(unsigned threads, std::size_t count,
                 const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::exception_ptr first_failure;
  const auto run = [&] {
    while (!failed) {
      const std::size_t piece = next++;
      if (piece >= count) return;
      try {
        work(piece);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failed.exchange(true)) first_failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i)
      others.emplace_back(run);
    run();
  }
  if (first_failure) std::rethrow_exception(first_failure);
}

}  // namespace warble::bench
