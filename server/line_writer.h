// Lines for a descriptor whose reader may stop reading: a pipe, a terminal, a socket.
//
// A thread of its own writes them, so that no other thread waits when the descriptor is full. The
// number of waiting lines is bounded: one more pushes out the oldest, and a line in its place tells
// how many were lost. Thread-safe; its thread gets no signals.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace warble::server {

class LineWriter {
 public:
  static constexpr std::size_t kMaxLines = 1'024;
  static constexpr std::size_t kMaxLineBytes = 4'096;  ///< of a longer one the rest is cut off
  static constexpr std::chrono::seconds kFlushLimit{1};

  /// Writes to `file`, which is not closed.
  explicit LineWriter(int file);
  /// Flushes. If even then the descriptor takes nothing, its thread is left in its write; the end
  /// of the process ends it.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// Queues `line`, without or with its line feed. Never waits for the descriptor.
  void Write(std::string line);
  /// Waits until everything that was queued before is written or lost, not longer than `limit`.
  /// Returns whether it is.
  bool Flush(std::chrono::milliseconds limit = kFlushLimit);
  /// Lines that were lost.
  std::uint64_t dropped() const;

 private:
  struct Queue;
  static void Run(Queue& queue);

  std::shared_ptr<Queue> queue_;  // shared with the thread, which may be left behind
};

}  // namespace warble::server
