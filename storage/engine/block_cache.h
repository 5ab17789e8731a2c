// The block cache for RocksDB: its HyperClockCache, and a count of the look-ups that miss.
//
// A read that may use only memory has to know whether anything was missing. RocksDB 7.8 sometimes
// hides it: if the first block of a level's next file is missing, an iterator ends there with
// status OK (facebook/rocksdb#11782). So the reader compares MissedLookUps() before and after a
// read, and believes only a read without a miss. Every block that such a read could lack was looked
// up here.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace rocksdb {
class Cache;
}  // namespace rocksdb

namespace warble::storage {

/// A block cache of at most so many bytes.
std::shared_ptr<rocksdb::Cache> NewBlockCache(std::size_t capacity_bytes);

/// How many look-ups of the calling thread have missed so far, in any block cache.
std::uint64_t MissedLookUps();
/// The same of all threads of the process, for metrics.
std::uint64_t AllMissedLookUps();

}  // namespace warble::storage
