// SIGTERM and SIGINT: the wish that the server stops.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace warble::server {

/// A thread of its own takes the signals, so that no other thread is ever interrupted. There is one
/// in a process.
class StopSignal {
 public:
  /// Threads that are started later inherit that they do not get the signals. Earlier ones must
  /// have blocked them.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Returns when the first signal comes. One that comes before Wait() ends the process at once
  /// with 0: a start changes nothing that the next one does not find, however long it takes. A
  /// second one ends it at once with 1. Both are as safe as any kill.
  void Wait();

 private:
  void Watch();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool awaited_ = false;  // all three are guarded by mutex_
  bool came_ = false;
  bool over_ = false;
  std::thread watcher_;
};

}  // namespace warble::server
