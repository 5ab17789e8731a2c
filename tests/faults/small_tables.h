// An engine made small: tables of a few blocks, many files in each level, so that a little data
// lies as much data does.
#pragma once

#include "storage/base/check.h"
#include "storage/engine/engine.h"

#include <rocksdb/db.h>
#include <rocksdb/table.h>

#include <cstddef>
#include <filesystem>

namespace warble::tests {

/// Options of an engine whose caches hold a few blocks.
inline storage::Engine::Options SmallOptions(const std::filesystem::path& directory,
                                             std::size_t block_cache_bytes) {
  storage::Engine::Options options;
  options.directory = directory;
  options.block_cache_bytes = block_cache_bytes;
  options.decoded_cache_bytes = std::size_t{64} << 10;
  options.ballast_bytes = 0;
  return options;
}

/// From now on tables are of a dozen blocks, and levels of a few tables; indexes and filters are in
/// pieces where the family has them in pieces. To be called after each opening.
inline void MakeTablesSmall(storage::Engine& engine) {
  for (const storage::Family family : storage::kAllFamilies) {
    const rocksdb::Status status =
        engine.db().SetOptions(engine.family(family), {{"write_buffer_size", "4194304"},
                                                       {"target_file_size_base", "6144"},
                                                       {"max_bytes_for_level_base", "24576"}});
    WARBLE_CHECK(status.ok());
    // Not all of these may be changed by SetOptions(); nothing builds a table in this moment.
    auto* const table = engine.db()
                            .GetOptions(engine.family(family))
                            .table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
    table->block_size = 512;
    table->metadata_block_size = 256;
  }
}

}  // namespace warble::tests
