#include "server/stop_signal.h"

#include <spdlog/spdlog.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

namespace warble::server {
namespace {

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::thread([this] { Watch(); });
}

StopSignal::~StopSignal() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  pthread_kill(watcher_.native_handle(), SIGTERM);  // wakes it
  watcher_.join();
}

void StopSignal::Wait() {
  std::unique_lock lock(mutex_);
  awaited_ = true;
  changed_.wait(lock, [this] { return came_; });
}

void StopSignal::Watch() {
  const sigset_t signals = Signals();
  while (true) {
    int number = 0;
    sigwait(&signals, &number);
    const std::lock_guard lock(mutex_);
    if (over_) return;
    if (came_) _exit(EXIT_FAILURE);
    if (!awaited_) {
      spdlog::info("stopping before the start was finished");
      spdlog::default_logger()->flush();
      _exit(EXIT_SUCCESS);
    }
    came_ = true;
    changed_.notify_all();
  }
}

}  // namespace warble::server
