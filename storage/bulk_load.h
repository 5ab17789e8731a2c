// Bulk loading: sorted rows become part of an empty database, past its log.
//
// Each BulkFile is written in key order, apart from the database and in any number of threads; at
// the end Ingest() takes all of them in at once. A file that has its name is whole and on the disk,
// so a load that was killed goes on with the missing files. The loader, rather than this code,
// reads the rows of a database that holds some, and keeps the invariants.
#pragma once

#include "storage/format/keys.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace warble::storage {

class Engine;

/// The disk or RocksDB refused; one line says why.
class BulkLoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Rows of one family, made as the family's own tables are. Belongs to one thread.
class BulkFile {
 public:
  /// Writes beside `path`, which must be on the file system of the data directory for Ingest() to
  /// be quick. Throws BulkLoadError, as all functions here.
  BulkFile(const Engine& engine, Family family, std::filesystem::path path);
  /// Without Finish() the name stays unused, and the written rows are dropped.
  ~BulkFile();
  BulkFile(const BulkFile&) = delete;
  BulkFile& operator=(const BulkFile&) = delete;

  /// `key` is greater than every one before it.
  void Add(std::string_view key, std::string_view value);
  /// Syncs the file and gives it its name. It is empty when there were no rows.
  void Finish();

 private:
  struct Writer;
  std::filesystem::path path_;
  std::filesystem::path unfinished_;
  std::unique_ptr<Writer> writer_;
};

struct BulkRows {
  Family family;
  std::vector<std::filesystem::path> files;  ///< no two of them overlap; empty ones are allowed
};
/// Makes all rows of all files part of the database: all or none of them, whatever stops the
/// process. The files are moved. A family occurs at most once. The engine's caches stay as they
/// were: open the directory anew to serve it.
void Ingest(const Engine& engine, const std::vector<BulkRows>& families);

/// Makes room in meta for users and times that are about to be loaded: raises the partitions'
/// sequences and the clock's ceiling to these, and lowers none. Before Ingest(), so that there is
/// no moment in which an id in use may be given again.
void RaiseMeta(const Engine& engine, const std::array<std::uint32_t, kPartitionCount>& sequences,
               Timestamp clock_ceiling);

/// The tables of a family, without the rows that are still in memory.
struct TableSizes {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;         ///< of the files
  std::uint64_t filter_bytes = 0;  ///< of these, filters
};
TableSizes SizesOf(const Engine& engine, Family family);

}  // namespace warble::storage
