#include "server/line_writer.h"

#include <fmt/format.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace warble::server {
namespace {

/// Waits as long as it takes. Whether all of it was written.
bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // another process that shares it made it so
      pollfd ready{.fd = file, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct LineWriter::Queue {
  int file = -1;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::uint64_t queued = 0;   // lines ever
  std::uint64_t settled = 0;  // of them, so many of the oldest are written or lost
  std::uint64_t dropped = 0;
  std::uint64_t dropped_told = 0;
  bool closed = false;
  bool ended = false;  // the thread has
};

LineWriter::LineWriter(int file) : queue_(std::make_shared<Queue>()) {
  queue_->file = file;
  std::thread([queue = queue_] { Run(*queue); }).detach();
}

LineWriter::~LineWriter() {
  std::unique_lock lock(queue_->mutex);
  queue_->closed = true;
  queue_->changed.notify_all();
  queue_->changed.wait_for(lock, kFlushLimit, [this] { return queue_->ended; });
}

void LineWriter::Write(std::string line) {
  if (line.ends_with('\n')) line.pop_back();
  line.resize(std::min(line.size(), kMaxLineBytes));
  line += '\n';
  const std::lock_guard lock(queue_->mutex);
  if (queue_->lines.size() == kMaxLines) {
    queue_->lines.pop_front();
    ++queue_->dropped;
  }
  queue_->lines.push_back(std::move(line));
  ++queue_->queued;
  queue_->changed.notify_all();
}

bool LineWriter::Flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(queue_->mutex);
  const std::uint64_t until = queue_->queued;
  return queue_->changed.wait_for(lock, limit, [&] { return queue_->settled >= until; });
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(queue_->mutex);
  return queue_->dropped;
}

void LineWriter::Run(Queue& queue) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(queue.mutex);
  while (true) {
    queue.changed.wait(lock, [&] { return queue.closed || !queue.lines.empty(); });
    if (queue.lines.empty()) break;
    std::string next;
    const std::uint64_t untold = queue.dropped - std::exchange(queue.dropped_told, queue.dropped);
    if (untold > 0) next = fmt::format("{} lines were lost here, as nobody read them\n", untold);
    next += queue.lines.front();
    queue.lines.pop_front();
    const std::uint64_t number = queue.queued - queue.lines.size();
    lock.unlock();
    const bool written = WriteAll(queue.file, next);
    lock.lock();
    if (!written) ++queue.dropped;
    queue.settled = number;
    queue.changed.notify_all();
  }
  queue.ended = true;
  queue.changed.notify_all();
}

}  // namespace warble::server
