// The log: how a change set becomes durable and visible, and who learns of it.
//
// Commit() is the one way in which rows change (I2), and the seam at which a replicated log would
// stand: it returns when the changes are on stable storage (I3). On one node the log is RocksDB's
// own: a change set is one write batch with one sync. A write that fails aborts the process (I5).
//
// What is kept in memory beside the database listens. Listeners are told in the order of their
// list, which the committer makes (committer.cc):
//   1. the last tweets, before the write, so that no reader sees a tweet above its author's bound;
//   2. the decoded cache, before and after: between the two, readers take what changes from the
//      database; after, entries are up to date or gone;
//   3. the memtables, before, and last of all before: what they are told is for the next write;
//   4. pending purges, after: only what is visible is taken up.
// One thread at a time.
#pragma once

#include "storage/format/change_set.h"

#include <functional>
#include <vector>

namespace warble::storage {

class Engine;

class Log {
 public:
  /// One that learns of every change set; either function may be empty.
  struct Listener {
    std::function<void(const ChangeSet&)> before_write;
    /// The changes are on stable storage and visible to whoever reads the database, and nobody has
    /// been told that they are made.
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
