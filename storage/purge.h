// The purge: removes in the background what deleted users and tweets left behind, and rows that
// have expired.
//
// A deletion is visible at once; it leaves a row in meta, written in the same batch, that says what
// is still to be removed. The worker walks the traces in chunks of at most kChunkRows rows. Each
// chunk is one background command that checks every row again, removes it with its other direction
// and its counters, and moves the durable cursor, all in one batch: a kill at any time loses and
// repeats nothing.
#pragma once

#include "storage/keys.h"
#include "storage/transaction.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace warble::storage {

class Committer;
class Engine;

/// Notes, within a deletion's own command, what the worker has to remove.
void SchedulePurge(Transaction& transaction, const PurgeTarget& target);

class PurgeWorker {
 public:
  static constexpr std::size_t kChunkRows = 256;
  static constexpr std::size_t kSweepRows = 4096;  ///< looked at for expiry in one step
  static constexpr std::chrono::milliseconds kIdle{200};
  static constexpr std::chrono::milliseconds kSweepStepPause{100};  ///< between two steps of a pass
  static constexpr std::chrono::seconds kSweepPause{60};            ///< between two passes

  /// Starts the thread; both must outlive the worker.
  PurgeWorker(Engine& engine, Committer& committer);
  ~PurgeWorker();
  PurgeWorker(const PurgeWorker&) = delete;
  PurgeWorker& operator=(const PurgeWorker&) = delete;

  /// One chunk of the first purge that is pending, or false when none is. Called by the thread;
  /// tests call it on a worker of their own to go step by step.
  static bool Step(Engine& engine, Committer& committer);
  /// Looks at the next rows of a family for expired ones as of `now`; false at the family's end,
  /// from where the next call begins again.
  static bool Sweep(Engine& engine, Committer& committer, Family family, Timestamp now);

 private:
  void Loop();
  bool Sleep(std::chrono::milliseconds time);  // false: stop

  Engine& engine_;
  Committer& committer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace warble::storage
