#include "storage/bulk_load.h"

#include "storage/base/check.h"
#include "storage/engine/engine.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table_properties.h>

#include <fstream>
#include <string>
#include <system_error>
#include <utility>

namespace warble::storage {
namespace {

void Require(const rocksdb::Status& status, std::string_view what,
             const std::filesystem::path& object = {}) {
  if (status.ok()) return;
  throw BulkLoadError(fmt::format("cannot {}{}{}: {}", what, object.empty() ? "" : " ",
                                  object.string(), status.ToString()));
}

}  // namespace

struct BulkFile::Writer {
  Writer(const Engine& engine, Family family)
      : options(engine.db().GetOptions(engine.family(family))),
        sst(rocksdb::EnvOptions(), options, engine.family(family)) {}
  rocksdb::Options options;
  rocksdb::SstFileWriter sst;
  bool has_rows = false;
};

BulkFile::BulkFile(const Engine& engine, Family family, std::filesystem::path path)
    : path_(std::move(path)),
      unfinished_(path_.string() + ".part"),
      writer_(std::make_unique<Writer>(engine, family)) {
  Require(writer_->sst.Open(unfinished_.string()), "create", unfinished_);
}

BulkFile::~BulkFile() {
  if (writer_ == nullptr) return;
  writer_.reset();
  std::error_code ignored;
  std::filesystem::remove(unfinished_, ignored);
}

void BulkFile::Add(std::string_view key, std::string_view value) {
  Require(writer_->sst.Put(key, value), "write to", unfinished_);
  writer_->has_rows = true;
}

void BulkFile::Finish() {
  WARBLE_CHECK(writer_ != nullptr);
  if (writer_->has_rows) {
    Require(writer_->sst.Finish(), "finish", unfinished_);  // syncs it
  } else {
    std::ofstream(unfinished_, std::ios::trunc).flush();
  }
  std::error_code error;
  std::filesystem::rename(unfinished_, path_, error);
  if (error)
    throw BulkLoadError(fmt::format("cannot name {}: {}", path_.string(), error.message()));
  writer_.reset();
}

void Ingest(const Engine& engine, const std::vector<BulkRows>& families) {
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  std::vector<rocksdb::IngestExternalFileArg> arguments;
  for (const BulkRows& rows : families) {
    rocksdb::IngestExternalFileArg argument;
    argument.column_family = engine.family(rows.family);
    argument.options = options;
    for (const std::filesystem::path& file : rows.files) {
      if (std::filesystem::file_size(file) > 0) argument.external_files.push_back(file.string());
    }
    if (!argument.external_files.empty()) arguments.push_back(std::move(argument));
  }
  if (!arguments.empty()) Require(engine.db().IngestExternalFiles(arguments), "ingest the files");
}

void RaiseMeta(const Engine& engine, const std::array<std::uint32_t, kPartitionCount>& sequences,
               Timestamp clock_ceiling) {
  rocksdb::DB& db = engine.db();
  rocksdb::ColumnFamilyHandle* meta = engine.family(Family::kMeta);
  std::string stored;
  const auto get = [&](std::string_view key) {
    const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), meta, key, &stored);
    if (status.IsNotFound()) return false;
    Require(status, "read meta");
    return true;
  };
  rocksdb::WriteBatch batch;
  for (std::uint32_t partition = 0; partition < kPartitionCount; ++partition) {
    const Key key = SequenceKey(partition);
    if (sequences[partition] <= (get(key) ? DecodeU32(stored) : 0)) continue;
    Require(batch.Put(meta, std::string_view(key), EncodeU32(sequences[partition])), "write meta");
  }
  if (!get(kMetaClock) || DecodeTimestamp(stored) < clock_ceiling) {
    Require(batch.Put(meta, kMetaClock, EncodeTimestamp(clock_ceiling)), "write meta");
  }
  rocksdb::WriteOptions write_options;
  write_options.sync = true;
  Require(db.Write(write_options, &batch), "write meta");
}

TableSizes SizesOf(const Engine& engine, Family family) {
  rocksdb::TablePropertiesCollection tables;
  Require(engine.db().GetPropertiesOfAllTables(engine.family(family), &tables),
          "read the properties of tables");
  TableSizes sizes;
  for (const auto& [name, properties] : tables) {
    sizes.rows += properties->num_entries;
    sizes.filter_bytes += properties->filter_size;
  }
  static_cast<void>(engine.db().GetIntProperty(
      engine.family(family), rocksdb::DB::Properties::kTotalSstFilesSize, &sizes.bytes));
  return sizes;
}

}  // namespace warble::storage
