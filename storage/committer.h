// The committer: the one path on which anything is written (I2, I3, I4, I5).
//
// One thread takes every command that waits in a bounded queue, evaluates each in order against the
// database plus the batch so far, commits them to the log as one change set with one sync, and only
// then completes them. So there are no locks and no race between a check and its write, and all
// waiting commands share the sync (group commit; as in DeWitt et al., 1984).
//
// A failed write or sync aborts the process: after it nobody knows what the disk holds.
#pragma once

#include "storage/log.h"
#include "storage/pending_purges.h"
#include "storage/transaction.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace warble::storage {

class Engine;

/// A command on its way. Its submitter makes it and keeps it alive until Complete() was called.
class Command {
 public:
  enum class Outcome {
    kCommitted,   ///< what it wrote, if anything, is on stable storage and visible
    kReadFailed,  ///< a read of its evaluation failed; it wrote nothing
    kNeedsRows,   ///< rows of other shards are needed, see remote(); it wrote nothing
    kNotOwned,    ///< it would change a row of a partition that is another node's; it wrote nothing
  };
  virtual ~Command() = default;
  /// On the committer's thread.
  virtual void Evaluate(Transaction& transaction) = 0;
  /// What it was told of other shards, and where what else it needs is noted; null: nothing.
  virtual RemoteRows* remote() { return nullptr; }
  /// On the committer's thread, once; may destroy the command.
  virtual void Complete(Outcome outcome) noexcept = 0;
};

class Committer {
 public:
  enum class Class {
    kClient,
    kBackground,  ///< purges, expiry: at most one a batch, and see BackgroundPause()
  };
  enum class Admission {
    kAccepted,
    kOverloaded,  ///< the queue is full
    kDiskFull,    ///< free space is below the class's floor, or compactions are far behind: writes
                  ///< wait for an operator
    kTimeIsOver,  ///< ids hold no later time; clients' writes wait for a right clock
    kStopped,
  };
  struct Statistics {
    std::uint64_t batches = 0;
    std::uint64_t commands = 0;
    std::uint64_t bytes = 0;    ///< of change sets committed
    std::uint64_t sync_ns = 0;  ///< spent in writing and syncing batches
    std::size_t queued = 0;
  };

  static constexpr std::size_t kQueueLimit = 8192;
  static constexpr std::size_t kBatchCommandsLimit = 1024;
  static constexpr std::chrono::milliseconds kSpaceCheckInterval{500};
  /// Tables of a family that wait to be compacted; RocksDB stops writes at 36.
  static constexpr std::size_t kYoungTablesLimit = 32;

  /// How long background commands wait after one that took `spent`: together they get a fifth of
  /// the time, and half of it while no client has written for kClientsIdle.
  static constexpr std::chrono::milliseconds kClientsIdle{100};
  static constexpr std::chrono::nanoseconds BackgroundPause(std::chrono::nanoseconds spent,
                                                            std::chrono::nanoseconds since_client) {
    return (since_client < kClientsIdle ? 4 : 1) * spent;
  }

  /// Takes over the engine's clock and starts the thread. `clock` is replaced in tests only.
  explicit Committer(Engine& engine, Clock::Source clock = Clock::ReadSystem);
  /// Completes what is queued and joins.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Queues a command. Unless it is accepted, the command is not touched. Thread-safe.
  Admission Submit(Class command_class, Command& command);

  /// Submits and waits: for tools, tests and background threads.
  struct RunResult {
    Admission admission;
    Command::Outcome outcome;  ///< meaningful when admitted
    bool committed() const {
      return admission == Admission::kAccepted && outcome == Command::Outcome::kCommitted;
    }
  };
  RunResult Run(Class command_class, std::function<void(Transaction&)> evaluate);

  Statistics statistics() const;
  /// The one clock, of reads as well.
  const Clock& clock() const { return clock_; }

  /// Told of every batch.
  PendingPurges& pending_purges() { return pending_purges_; }

 private:
  void Loop();
  bool TakeBatch(std::vector<Command*>& batch);  // waits; false: stop
  void CommitBatch(const std::vector<Command*>& batch);
  void CheckSpace();

  Engine& engine_;
  Clock clock_;
  PendingPurges pending_purges_;
  Log log_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Command*> clients_;
  std::deque<Command*> background_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point background_not_before_{};
  // Of the batch at hand, the thread's own: whether its last command is a background one, and what
  // that has taken, with its part of the write.
  bool background_taken_ = false;
  std::chrono::nanoseconds background_spent_{};
  std::chrono::steady_clock::time_point last_client_{};  // when one was taken; the thread's own
  std::atomic<bool> disk_full_{false};
  std::atomic<bool> disk_full_for_all_{false};
  std::chrono::steady_clock::time_point next_space_check_{};
  Statistics statistics_;

  std::thread thread_;  // last: everything else is ready when it starts
};

}  // namespace warble::storage
