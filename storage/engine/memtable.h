// The memtable: where RocksDB keeps what was written last, sorted, until it is flushed.
//
// A skip list (Pugh 1990; for one writer and readers without locks, as LevelDB's) of our own,
// because RocksDB's is slow here: Debian builds the library with assertions, and those of its skip
// list compare keys twice as often as the search itself. A node also holds the first eight bytes of
// its key as a number, so that most comparisons are one of numbers. The order is RocksDB's own.
//
// A long list spends nearly all its time waiting for memory. So it is cut into 4,096 short ones by
// the first 12 bits of a key: if a key begins with a user, those are the user's partition, and
// users are spread evenly over partitions. In other families the parts are uneven, and the order is
// still right.
//
// Before the first row of a batch is inserted, the places of all its rows are looked for at the
// same time (ActiveMemtables::Announce), so that they wait together.
//
// One thread inserts at a time (allow_concurrent_memtable_write is off); any number read meanwhile.
#pragma once

#include "storage/format/change_set.h"
#include "storage/format/keys.h"

#include <memory>

namespace rocksdb {
class MemTableRepFactory;
}  // namespace rocksdb

namespace warble::storage {

/// Makes memtables, and knows of each family the one that is written to now. Announce() by the one
/// thread that writes; everything else thread-safe.
class ActiveMemtables {
 public:
  ActiveMemtables();

  /// For a family whose keys are compared byte by byte.
  std::shared_ptr<rocksdb::MemTableRepFactory> FactoryOf(Family family) const;

  /// Announces the rows of the next batch; valid until the calling thread has written it. The
  /// batch's first insertion then brings the nodes that all insertions will walk over into the
  /// processor's cache. (An earlier moment would be too early: while the log is synced, other
  /// threads would drive them out again.) The walks take turns, each asking for its next node
  /// before the others go on, and so wait for memory together ("asynchronous memory access
  /// chaining", Kocberber et al., VLDB 2015).
  void Announce(const ChangeSet& changes) const;

  struct State;

 private:
  std::shared_ptr<State> state_;  // shared with the memtables
};

}  // namespace warble::storage
