// The files of the write-ahead log: written a part ahead with zeros.
//
// A write at the end of a file makes the sync after it store the file's new size as well, and the
// blocks that now hold data: a second write of the disk, one after the other. A write over blocks
// that are there is one. So whenever a log comes to the end of what was zeroed, the next
// kZeroedAhead bytes are, in the same sync; when a log is closed, what was not used is cut off.
// After a kill zeros are left at a log's end: CheckWal() cuts them off. The idea is that of
// PostgreSQL's and etcd's preallocated segments.
#pragma once

#include <cstddef>
#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace warble::storage {

/// Blocks of RocksDB's log format never straddle an end of what is zeroed.
inline constexpr std::size_t kZeroedAhead = std::size_t{256} << 10;

/// `target` with such logs; all other files are its own. Thread-safe as `target` is.
std::shared_ptr<rocksdb::FileSystem> WithZeroedLogs(std::shared_ptr<rocksdb::FileSystem> target);

}  // namespace warble::storage
