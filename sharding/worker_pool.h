// A pool of threads for work that may block, with a bounded queue, awaited from an event loop.
//
// Run() may be called from any loop. The destructor finishes what was accepted.
#pragma once

#include "sharding/task.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <utility>

namespace warble::sharding {

class WorkerPool {
 public:
  WorkerPool(unsigned threads, std::size_t queue_limit)
      : queue_limit_(queue_limit), pool_(threads) {}
  ~WorkerPool() { pool_.join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs work() on a pool thread and resumes on the caller's loop; false, without running it, when
  /// the queue is full. `work` must not throw and is the caller's until then.
  template <class Work>
  Task<bool> Run(Work& work) {
    if (waiting_.fetch_add(1) >= queue_limit_) {
      --waiting_;
      co_return false;
    }
    co_await AwaitCallback([this, &work](auto resume) {
      boost::asio::post(pool_, [this, &work, resume = std::move(resume)]() mutable {
        work();
        --waiting_;
        resume();
      });
    });
    co_return true;
  }

 private:
  const std::size_t queue_limit_;
  std::atomic<std::size_t> waiting_{0};  // queued or running
  boost::asio::thread_pool pool_;
};

}  // namespace warble::sharding
