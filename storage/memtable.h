// The memtable: where RocksDB keeps what was written last, sorted, until it is flushed.
//
// A skip list (Pugh 1990; for one writer and readers without locks, as LevelDB's) of our own,
// because RocksDB's is slow here: Debian builds the library with assertions, and those of its skip
// list compare keys twice as often as the search itself. A node also holds the first eight bytes of
// its key as a number, so that most comparisons are one of numbers. The order is RocksDB's own.
//
// Nearly all the time of a long list goes by waiting for memory. So it is cut into 4,096 short ones
// by the first 12 bits of a key: where a key begins with a user, that is his partition, and users
// are spread over partitions evenly. Elsewhere the parts are uneven, and it is still right.
//
// One thread inserts at a time (allow_concurrent_memtable_write is off); any number read meanwhile.
#pragma once

#include <memory>

namespace rocksdb {
class MemTableRepFactory;
}  // namespace rocksdb

namespace warble::storage {

/// For families whose keys are compared byte by byte.
std::shared_ptr<rocksdb::MemTableRepFactory> MakeMemtableFactory();

}  // namespace warble::storage
