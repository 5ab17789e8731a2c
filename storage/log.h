// The log: how a change set becomes durable and visible, and which listeners learn of it.
//
// Commit() is the one way in which rows change (I2), and the seam at which a replicated log would
// stand: it returns when the changes are on stable storage (I3). On one node the log is RocksDB's
// own: a change set is one write batch with one sync. A write that fails aborts the process (I5).
//
// Structures in memory beside the database listen. The log tells them in the order of their list,
// which the committer makes (committer.cc):
//   1. the last tweets, before the write, so that no reader sees a tweet above its author's bound;
//   2. the decoded cache, before and after: between the two, readers take what changes from the
//      database; after, entries are up to date or gone;
//   3. the memtables, before, and last of all before: what they are told is for the next write;
//   4. ownership, after: who reads a partition that came finds no entry of its former stay;
//   5. pending purges, after: only what is visible is taken up.
// One thread at a time.
#pragma once

#include "storage/format/change_set.h"

#include <functional>
#include <vector>

namespace warble::storage {

class Engine;

class Log {
 public:
  /// It learns of every change set; either function may be empty.
  struct Listener {
    std::function<void(const ChangeSet&)> before_write;
    /// The changes are on stable storage and visible to reads of the database, and not acknowledged
    /// yet.
    std::function<void(const ChangeSet&)> after_write;
  };

  /// The engine, and what the listeners refer to, outlive the log.
  Log(Engine& engine, std::vector<Listener> listeners);

  void Commit(const ChangeSet& changes);

 private:
  Engine& engine_;
  const std::vector<Listener> listeners_;
};

}  // namespace warble::storage
