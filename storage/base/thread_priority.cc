#include "storage/base/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace warble::storage {
namespace {

constexpr int kNice = 10;

void SetNice(pid_t thread) {
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), kNice));
}

bool SetPolicy(pid_t thread, int policy) {
  const sched_param none{};
  return ::sched_setscheduler(thread, policy, &none) == 0;
}

// Tried on a thread of its own, because it may be stuck in the new policy.
bool TryIdleAndBack() {
  bool can = false;
  std::thread([&can] {
    can = SetPolicy(::gettid(), SCHED_IDLE) && SetPolicy(::gettid(), SCHED_BATCH);
  }).join();
  return can;
}

}  // namespace

void LowerThreadPriority() { SetNice(::gettid()); }

void SetCompactionClass(pid_t thread, bool urgent) {
  static const bool kCanComeBack = TryIdleAndBack();
  if (kCanComeBack) {
    static_cast<void>(SetPolicy(thread, urgent ? SCHED_BATCH : SCHED_IDLE));
  } else {
    SetNice(thread);
  }
}

bool PauseFor(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace warble::storage
