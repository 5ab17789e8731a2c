// Ownership: which partitions this node may change.
//
// A row of meta for each partition, its state and epoch, which only a committed command changes: so
// a restart finds what was last acknowledged. A directory without such rows is a node by itself and
// owns every partition. Once there is one, a partition without a row is not owned; rows are never
// deleted, and epochs never fall.
//
// Two tables mirror the rows. One is the committer's: what the commands before in the batch have
// decided counts already, because a batch is committed or the process ends. The other is what is
// committed, and may be asked on any thread.
#pragma once

#include "storage/format/change_set.h"
#include "storage/format/keys.h"

#include <atomic>
#include <cstdint>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace warble::storage {

class Ownership {
 public:
  Ownership();

  /// Takes over the rows of a directory that is being opened. Throws StartupError.
  void ReadRows(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* meta);

  /// Whether a command may make these changes: the partition of every row is owned, by what stands
  /// before the command. If so, what the changes say of ownership counts for the commands behind.
  /// By the committer's thread, for each command of a batch in turn.
  bool Admit(const ChangeSet& changes) {
    if (owns_all_ && !changes.Changes(Family::kMeta)) return true;
    return Judge(changes);
  }
  /// All that was admitted is committed. By the committer's thread.
  void Publish();

  /// By what is committed; thread-safe.
  bool Owns(std::uint32_t partition) const { return At(partition).state == PartitionState::kOwned; }
  PartitionOwnership At(std::uint32_t partition) const;

 private:
  bool Judge(const ChangeSet& changes);
  void Decide(std::uint32_t partition, const PartitionOwnership& ownership);

  // The committer's.
  bool owns_all_ = true;  // there are no rows
  bool unpublished_ = false;
  std::vector<PartitionOwnership> decided_;

  std::vector<std::atomic<std::uint64_t>> committed_;  // state and epoch in one number
};

}  // namespace warble::storage
