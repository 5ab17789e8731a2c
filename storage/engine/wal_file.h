// The files of the write-ahead log: written a part ahead with zeros.
//
// If a write makes a file longer, its sync writes the disk twice, one after the other: the data,
// and then the file's new size and blocks. A write over existing blocks needs one. So when a log
// reaches the end of its zeros, the next kZeroedAhead bytes are zeroed in the same sync; when a log
// is closed, the unused zeros are cut off. After a kill zeros are left at a log's end: CheckWal()
// cuts them off. The idea is that of PostgreSQL's and etcd's preallocated segments.
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
