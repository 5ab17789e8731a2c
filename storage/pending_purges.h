// Which deletions have traces still to be removed: their rows in meta, and the queue in memory.
//
// A finished purge leaves a tombstone in meta, and a search for the next pending one would walk
// over all of them. So instead of a search, the committer tells the queue about every deletion that
// it has written. Only a pass reads purges from the database: those that were pending at the start,
// that found the queue full, or that were set aside. It goes on where it stopped.
//
// A purge is in the queue at most once and belongs to one taker at a time; first come, first
// served. Thread-safe, except that one thread at a time calls ReadOn().
#pragma once

#include "storage/damage_skip.h"
#include "storage/format/change_set.h"
#include "storage/format/keys.h"
#include "storage/transaction.h"

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace warble::storage {

class Engine;

/// Notes, within a deletion's own command, what has to be removed.
void SchedulePurge(Transaction& transaction, const PurgeTarget& target);

class PendingPurges {
 public:
  static constexpr std::size_t kLimit = 16'384;   ///< in memory; the others wait in the database
  static constexpr std::size_t kFew = 256;        ///< with fewer in the queue the pass reads on
  static constexpr std::size_t kPassRows = 1024;  ///< that it reads at once

  /// Learns of the deletions in a batch that is written and visible.
  void Note(const ChangeSet& changes);
  /// Lets the pass, if one is under way or due, read its next rows when few purges are queued.
  void ReadOn(const Engine& engine);

  /// The key, in meta, of the purge whose turn it is; nothing when none is queued. The taker hands
  /// it back with one of the calls below.
  std::optional<std::string> Take();
  void Requeue(std::string purge_key);          ///< there is more to do: behind all others
  void Forget(const std::string& purge_key);    ///< it is finished
  void SetAside(const std::string& purge_key);  ///< it cannot be read: wait for RetrySetAside()
  /// Has the next pass find those that were set aside.
  void RetrySetAside();

 private:
  void Add(std::string_view purge_key);  // under the mutex

  std::mutex mutex_;
  std::deque<std::string> queue_;
  std::unordered_set<std::string> known_;  // queued or taken
  bool set_aside_ = false;                 // some are in the database only, until they are retried
  bool pass_due_ = true;                   // some are in the database only
  std::optional<std::string> pass_;        // where the pass goes on; absent: none is under way
  DamageSkip skip_;                        // of ReadOn()
};

}  // namespace warble::storage
