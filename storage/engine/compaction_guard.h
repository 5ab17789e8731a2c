// The compaction guard: no compaction drops a row that it could not read, or takes the space that
// flushes need.
//
// A compaction whose input ended at a read error would drop the rows behind it, and RocksDB meets
// some damage with an assertion. So the guard reads every block of every input and compares its
// checksum before a compaction begins, and watches what the compaction reads afterwards. It makes a
// compaction with damaged input fail before its result counts: the tables stay as they are, and
// reads still find their whole blocks. This process never compacts a damaged table again.
//
// It has two ends: a file system, through which the database must be opened, and Begin() and End(),
// which the database's listener calls. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace rocksdb {
struct CompactionJobInfo;
class Env;
class FileSystem;
}  // namespace rocksdb

namespace warble::storage {

/// The space on the database's file system.
struct Room {
  std::function<std::size_t()> free_bytes;
  std::size_t spared_bytes;  ///< a compaction under way leaves so many, for flushes
};

class CompactionGuard {
 public:
  /// The file system for the database; it refuses the outcome of a damaged compaction, and ends
  /// one that comes short of room.
  static std::shared_ptr<rocksdb::FileSystem> Watching(
      const std::shared_ptr<rocksdb::FileSystem>& target, Room room);

  /// `env` is the database's, over what Watching() made, and outlives the guard.
  explicit CompactionGuard(rocksdb::Env* env) : env_(env) {}

  /// On the compaction's thread, before it reads. False: its input is damaged, and it will fail.
  bool Begin(const rocksdb::CompactionJobInfo& job);
  /// On the compaction's thread, when it is over: whether it failed because its input is damaged,
  /// or because its tables found no room.
  static bool End();

  /// Tables that were found to be damaged.
  std::size_t damaged_tables() const;

 private:
  bool IsDamaged(const std::string& path);

  rocksdb::Env* const env_;
  mutable std::mutex mutex_;
  std::set<std::string> damaged_;  // paths; a table's number is not used twice
};

}  // namespace warble::storage
