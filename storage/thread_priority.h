// Threads whose work can wait.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace warble::storage {

/// Puts the calling thread behind those that serve requests: of a core that both want it gets a
/// tenth. A system that refuses leaves it as it is.
inline void LowerThreadPriority() {
  constexpr int kNice = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

/// Waits that long, or until the thread shall stop; false: stop.
inline bool PauseFor(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace warble::storage
