// The block cache that RocksDB is given: its HyperClockCache, and a note of each look-up that
// misses.
//
// A read that may only use memory has to know whether anything was missing. RocksDB 7.8 does not
// always say so: an iterator that finds the first block of a level's next file missing ends there
// with status OK (facebook/rocksdb#11782). So whoever reads compares MissedLookUps() before and
// after, and believes only what was read without a miss. All that such a read could lack is a block
// that was looked up here.
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

/// How many look-ups of the calling thread have missed so far, in whichever block cache.
std::uint64_t MissedLookUps();

}  // namespace warble::storage
