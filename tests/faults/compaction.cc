#include "tests/faults/compaction.h"

#include "storage/base/startup_error.h"
#include "storage/format/keys.h"
#include "tests/faults/child.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

namespace warble::tests {

storage::Engine::Options CompactionOptions(const std::filesystem::path& directory) {
  storage::Engine::Options options;
  options.directory = directory;
  options.block_cache_bytes = std::size_t{1} << 20;
  options.decoded_cache_bytes = 0;
  options.ballast_bytes = 0;
  options.free_space_floor_bytes = 0;
  options.background_floor_bytes = 0;
  return options;
}

namespace {

std::atomic<int> reads_until_failure{0};  // 0: none fails

class FailingTable final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  using FSRandomAccessFileOwnerWrapper::FSRandomAccessFileOwnerWrapper;
  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) const override {
    if (reads_until_failure > 0 && --reads_until_failure == 0) {
      return rocksdb::IOStatus::IOError("a read that was made to fail");
    }
    return target()->Read(offset, size, options, result, scratch, debug);
  }
};

class FailingReads final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "FailingReads"; }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = target()->NewRandomAccessFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<FailingTable>(std::move(*result));
    return status;
  }
};

}  // namespace

int CompactHere(const std::filesystem::path& directory, int failing_read) {
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(
      std::make_shared<FailingReads>(rocksdb::Env::Default()->GetFileSystem()));
  std::optional<storage::Engine> engine;
  try {
    storage::Engine::Options options = CompactionOptions(directory);
    options.env = env.get();
    engine.emplace(options);
  } catch (const storage::StartupError&) {
    Report("closed");
    return 0;
  }
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  reads_until_failure = failing_read;
  const rocksdb::Status status =
      engine->db().CompactRange(all, engine->family(storage::Family::kTweets), nullptr, nullptr);
  reads_until_failure = 0;
  Report(status.ok() ? "compacted" : "refused");
  return 0;
}

}  // namespace warble::tests
