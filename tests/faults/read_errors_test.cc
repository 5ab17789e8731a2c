// Reads that fail: a walk that may use the disk is whole, or its view has failed. A list that only
// ends early would pass for one that is shorter.
#include "storage/read_view.h"
#include "tests/faults/scratch.h"
#include "tests/faults/small_tables.h"

#include <doctest/doctest.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warble::tests {
namespace {

using namespace storage;  // NOLINT: this file speaks of nothing else

// A file system whose n-th read of a table fails, once it is told which.
class FailingReads final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingReads(const std::shared_ptr<rocksdb::FileSystem>& target)
      : FileSystemWrapper(target) {}
  const char* Name() const override { return "FailingReads"; }

  /// The n-th read from now on fails, counted from 1; 0: none does.
  void FailAt(std::size_t number) {
    left_ = number;
    reads_ = 0;
  }
  std::size_t reads() const { return reads_; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    const rocksdb::IOStatus status = target()->NewRandomAccessFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<File>(std::move(file), *this);
    return status;
  }

 private:
  class File final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FailingReads& reads)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), reads_(reads) {}
    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size,
                           const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) const override {
      ++reads_.reads_;
      if (reads_.left_ > 0 && --reads_.left_ == 0) return rocksdb::IOStatus::IOError("a bad block");
      return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
    }
    // No reading ahead: a read for each block.
    rocksdb::IOStatus Prefetch(std::uint64_t, std::size_t, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::OK();
    }

   private:
    FailingReads& reads_;
  };

  std::atomic<std::size_t> left_{0};
  std::atomic<std::size_t> reads_{0};
};

constexpr std::uint32_t kRows = 3000;

Key KeyAt(Family family, std::uint32_t row) {
  const UserId user = UserId::Make(row / 100, 1);
  const UserId other = UserId::Make(4000, 1 + row);
  if (family == Family::kUserCounters) return UserKey(UserId::Make(row, 1));
  if (family == Family::kFollowsIn) return FollowInKey(user, {{row}, other});
  return TweetKey(user, {1 + row});
}

// Many tables in the lowest level, so that walks come from one to the next, and one in the first.
void Store(Engine& engine, Family family) {
  MakeTablesSmall(engine);
  // A compaction that cannot read would end the process.
  const rocksdb::Status status =
      engine.db().SetOptions(engine.family(family), {{"disable_auto_compactions", "true"}});
  REQUIRE(status.ok());
  for (const std::uint32_t step : {2U, 3U}) {
    for (std::uint32_t row = 0; row < kRows; row += step) {
      const Key key = KeyAt(family, row);
      const std::string value = family == Family::kUserCounters
                                    ? EncodeUserCounters({1, 0, 0, 0, {1 + row}})
                                    : EncodeNewTweet(std::to_string(row * 2654435761U));
      REQUIRE(engine.db().Put({}, engine.family(family), std::string_view(key), value).ok());
    }
    REQUIRE(engine.db().Flush({}, engine.family(family)).ok());
    if (step > 2) continue;
    rocksdb::CompactRangeOptions cut;  // not moved as it is
    cut.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    REQUIRE(engine.db().CompactRange(cut, engine.family(family), nullptr, nullptr).ok());
  }
}

void ForgetBlocks(Engine& engine, Family family) {
  engine.db()
      .GetOptions(engine.family(family))
      .table_factory->GetOptions<rocksdb::BlockBasedTableOptions>()
      ->block_cache->EraseUnRefEntries();
}

struct Walked {
  std::vector<std::string> keys;
  ReadStatus status;
};

Walked Walk(const Engine& engine, Family family, ReadView::Mode mode) {
  ReadView view(engine, mode);
  Walked walked;
  for (Scan scan = view.ScanRange(family, {}, {}); scan.Valid(); scan.Next()) {
    walked.keys.emplace_back(scan.key());
  }
  walked.status = view.status();
  return walked;
}

}  // namespace

TEST_CASE("read errors: a walk of which any read fails is whole, or its view has failed") {
  const ScratchDirectory scratch;
  const auto disk = std::make_shared<FailingReads>(rocksdb::FileSystem::Default());
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  Engine::Options options = SmallOptions(scratch.path() / "data", std::size_t{8} << 20);
  options.env = env.get();
  Engine engine(options);
  for (const Family family : {Family::kTweets, Family::kFollowsIn, Family::kUserCounters}) {
    Store(engine, family);
    for (const auto mode : {ReadView::Mode::kMayBlock, ReadView::Mode::kPassing}) {
      ForgetBlocks(engine, family);
      disk->FailAt(0);
      const Walked whole = Walk(engine, family, mode);
      REQUIRE(whole.status == ReadStatus::kOk);
      REQUIRE(whole.keys.size() == kRows / 2 + kRows / 3 - kRows / 6);
      const std::size_t reads = disk->reads();
      REQUIRE(reads > 40);
      std::size_t failed = 0;
      for (std::size_t number = 1; number <= reads; number += 1) {
        ForgetBlocks(engine, family);
        disk->FailAt(number);
        const Walked walked = Walk(engine, family, mode);
        if (walked.status == ReadStatus::kFailed) ++failed;
        CHECK_MESSAGE((walked.status == ReadStatus::kFailed || walked.keys == whole.keys),
                      FamilyName(family), ", read ", number, " of ", reads, ": ",
                      walked.keys.size(), " rows of ", whole.keys.size());
      }
      disk->FailAt(0);
      CHECK(failed > 20);
    }
  }
}

}  // namespace warble::tests
