// The memtable: where RocksDB keeps what was written last, sorted, until it is flushed.
//
// A skip list (Pugh 1990; for one writer and readers without locks, as LevelDB's) of our own,
// because RocksDB's is slow here: Debian builds the library with assertions, and those of its skip
// list compare keys twice as often as the search itself. A node also holds the first eight bytes of
// its key as a number, so that most comparisons are one of numbers. The order is RocksDB's own.
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
