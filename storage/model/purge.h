// The purge: removes in the background what deleted users and tweets left behind.
//
// A deletion is visible at once; it leaves a row in meta, written in the same batch, that says what
// is still to be removed (storage/pending_purges.h). The worker takes the purges in turn. Each step
// is one background command of at most kChunkRows rows, of one purge or of many small ones. It
// checks every row again, removes it with its other direction and its counters, and moves the
// durable cursors, all in one batch. So a kill at any time loses and repeats nothing.
//
// The worker's thread rehearses a step as the runner does a client's command, so the committer
// finds all its rows in memory. If the rows of one purge cannot be read, the others go on.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <thread>

namespace warble::storage {

class Committer;
class Engine;

class PurgeWorker {
 public:
  static constexpr std::size_t kChunkRows = 256;  ///< a purge without rows counts as one row
  static constexpr std::chrono::milliseconds kIdle{200};
  static constexpr std::chrono::seconds kRetry{60};  ///< of purges that could not be read

  /// Starts the thread; both must outlive the worker.
  PurgeWorker(Engine& engine, Committer& committer);

  /// One command of the purges whose turn it is. False: none is queued, or the committer takes no
  /// command. Called by the thread; tests call it without a worker to go step by step.
  static bool Step(Engine& engine, Committer& committer);

 private:
  void Loop(const std::stop_token& stop);

  Engine& engine_;
  Committer& committer_;
  std::jthread thread_;
};

}  // namespace warble::storage
