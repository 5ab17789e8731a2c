#include "storage/engine/engine.h"

#include "storage/base/startup_error.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace warble::storage {
namespace {

namespace fs = std::filesystem;

Engine::Options OptionsFor(const fs::path& directory) {
  Engine::Options options;
  options.directory = directory;
  options.block_cache_bytes = std::size_t{8} << 20;
  options.ballast_bytes = 0;
  return options;
}

// Why a start is refused; empty when it is not.
std::string Refused(const Engine::Options& options) {
  try {
    Engine engine(options);
    return "";
  } catch (const StartupError& error) {
    return error.what();
  }
}

void PutMeta(const fs::path& directory, std::string_view key, std::string_view value) {
  // Without a committer, which would store a ceiling of its own when it stops.
  const Engine engine(OptionsFor(directory));
  REQUIRE(engine.db().Put({}, engine.family(Family::kMeta), key, value).ok());
}

// As it lies on the disk, which a start might change.
std::uint32_t StoredFormat(const fs::path& directory) {
  const std::string name = (directory / "rocksdb").string();
  const std::string meta(FamilyName(Family::kMeta));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::OpenForReadOnly(
              {}, name, {{rocksdb::kDefaultColumnFamilyName, {}}, {meta, {}}}, &handles, &opened)
              .ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::string value;
  REQUIRE(db->Get({}, handles[1], kMetaFormat, &value).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  return DecodeU32(value);
}

// Adds a column family as a later version would.
void AddFamily(const fs::path& directory) {
  const std::string name = (directory / "rocksdb").string();
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies({}, name, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& family : names) descriptors.push_back({family, {}});
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::Open({}, name, descriptors, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::ColumnFamilyHandle* added = nullptr;
  REQUIRE(db->CreateColumnFamily({}, "outbox", &added).ok());
  handles.push_back(added);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

}  // namespace

TEST_CASE("engine: a start that cannot go well is refused with one line that says why") {
  const struct {
    std::string name;
    std::function<void(const fs::path&)> plant;
    const char* expected;  // a part of the line
  } kCases[] = {
      {"newer format",
       [](const fs::path& directory) { PutMeta(directory, kMetaFormat, EncodeU32(5)); },
       "has data format 5, this warbled knows 3 and 4; start the version that wrote it"},
      {"format before the former one",
       [](const fs::path& directory) { PutMeta(directory, kMetaFormat, EncodeU32(2)); },
       "has data format 2, this warbled knows 3 and 4; start the version that wrote it"},
      {"unknown ownership",
       [](const fs::path& directory) { PutMeta(directory, OwnershipKey(7), "?"); },
       "says who owns a partition in a form that this warbled does not know"},
      {"other partition count",
       [](const fs::path& directory) { PutMeta(directory, kMetaPartitions, EncodeU32(8192)); },
       "another number of partitions than 4096"},
      {"other hash", [](const fs::path& directory) { PutMeta(directory, kMetaHash, "md5"); },
       "another partition hash than xxh3-64/lower/top12"},
      {"lost secret", [](const fs::path& directory) { PutMeta(directory, kMetaSecret, ""); },
       "has lost its secret"},
      {"unknown family", AddFamily, "a family 'outbox' that this warbled does not know"},
      {"lost CURRENT",
       [](const fs::path& directory) {
         tests::Node(directory).Commit([](Transaction& transaction) {
           transaction.Put(Family::kUsernames, "a", "1");
           return true;
         });
         fs::remove(directory / "rocksdb" / "CURRENT");
       },
       "has lost its CURRENT file"},
      {"fallen clock",
       [](const fs::path& directory) {
         PutMeta(directory, kMetaClock,
                 EncodeTimestamp({Clock::ReadSystem().wall.ms + 11 * 60 * 1000}));
       },
       "set the clock, or start once with --accept-clock-jump"},
  };
  for (const auto& row : kCases) {
    INFO(row.name);
    const auto& [name, plant, expected] = row;
    tests::TemporaryDirectory directory;
    { Engine engine(OptionsFor(directory.path())); }
    plant(directory.path());
    const std::string line = Refused(OptionsFor(directory.path()));
    INFO("line: ", line);
    CHECK(line.find(expected) != line.npos);
    CHECK(line.find(directory.path().string()) != line.npos);
    CHECK(line.find('\n') == line.npos);
    // The refusal let go of the directory: the next one says the same.
    CHECK(Refused(OptionsFor(directory.path())) == line);
  }
}

TEST_CASE("engine: a clock that fell may be accepted, a small fall always is") {
  tests::TemporaryDirectory directory;
  { Engine engine(OptionsFor(directory.path())); }
  Engine::Options options = OptionsFor(directory.path());
  PutMeta(directory.path(), kMetaClock,
          EncodeTimestamp({Clock::ReadSystem().wall.ms + 9 * 60 * 1000}));
  CHECK(Refused(options) == "");
  PutMeta(directory.path(), kMetaClock,
          EncodeTimestamp({Clock::ReadSystem().wall.ms + 60 * 60 * 1000}));
  CHECK(Refused(options) != "");
  options.accept_clock_jump = true;
  CHECK(Refused(options) == "");
}

TEST_CASE("engine: a directory belongs to one engine at a time") {
  tests::TemporaryDirectory directory;
  auto first = std::make_unique<Engine>(OptionsFor(directory.path()));
  CHECK(Refused(OptionsFor(directory.path())).find("is in use by another process") !=
        std::string::npos);
  first.reset();
  CHECK(Refused(OptionsFor(directory.path())) == "");
}

TEST_CASE("engine: a path that is no directory, or not there, is refused") {
  tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  std::ofstream(file) << "text";
  CHECK(Refused(OptionsFor(file)).find("cannot create") != std::string::npos);
  CHECK(Refused(OptionsFor(file / "below")).find("cannot create") != std::string::npos);

  Engine::Options options = OptionsFor(directory.path() / "absent");
  options.create_if_missing = false;
  CHECK(Refused(options).find("is not a data directory") != std::string::npos);
  CHECK_FALSE(fs::exists(options.directory));
  options.directory = file;
  CHECK(Refused(options).find("is not a data directory") != std::string::npos);
  options.directory = directory.path();  // exists, but holds no database
  CHECK(Refused(options).find("is not a data directory") != std::string::npos);
  CHECK_FALSE(fs::exists(directory.path() / "rocksdb"));
}

TEST_CASE("engine: missing parents are created, and what exists is opened again") {
  tests::TemporaryDirectory directory;
  Engine::Options options = OptionsFor(directory.path() / "a" / "b");
  std::string secret;
  {
    Engine engine(options);
    secret = engine.secret();
    CHECK(secret.size() == 32);
    CHECK(engine.clock_ceiling() == Timestamp{});
    CHECK(engine.FreeSpace() > 0);
  }
  options.create_if_missing = false;
  Engine engine(options);
  CHECK(engine.secret() == secret);
  Engine other(OptionsFor(directory.path() / "other"));
  CHECK(other.secret() != secret);
}

TEST_CASE("engine: a directory of the former format becomes one of this, with all its rows") {
  tests::TemporaryDirectory directory;
  const fs::path data = directory.path() / "data";
  User alice;
  {
    tests::Node node(data);
    alice = tests::AddUser(node, "alice");
    tests::PutRaw(node, Family::kMeta, kMetaFormat, EncodeU32(kFormerFormatVersion));
  }
  REQUIRE(StoredFormat(data) == kFormerFormatVersion);
  {
    tests::Node node(data);
    CHECK(node.Read([&](ReadView& view) { return LoadUser(view, alice.id)->username; }) == "alice");
    CHECK(node.engine().ownership().Owns(alice.id.partition()));
    tests::CopyAsKilled(node, directory.path() / "killed");
  }
  CHECK(StoredFormat(data) == kFormatVersion);
  CHECK(StoredFormat(directory.path() / "killed") == kFormatVersion);
}

TEST_CASE("engine: a start that is refused leaves the former format as it is") {
  tests::TemporaryDirectory directory;
  Engine::Options options = OptionsFor(directory.path());
  {
    const Engine engine(options);
    rocksdb::ColumnFamilyHandle* const meta = engine.family(Family::kMeta);
    const Timestamp later{Clock::ReadSystem().wall.ms + 60 * 60 * 1000};
    REQUIRE(engine.db().Put({}, meta, kMetaClock, EncodeTimestamp(later)).ok());
    REQUIRE(engine.db().Put({}, meta, kMetaFormat, EncodeU32(kFormerFormatVersion)).ok());
  }
  CHECK(Refused(options).find("set the clock") != std::string::npos);
  CHECK(StoredFormat(directory.path()) == kFormerFormatVersion);
  options.accept_clock_jump = true;
  CHECK(Refused(options) == "");
  CHECK(StoredFormat(directory.path()) == kFormatVersion);
}

TEST_CASE("engine: a secret may be given at creation, and then has to be the same") {
  tests::TemporaryDirectory directory;
  Engine::Options options = OptionsFor(directory.path() / "data");
  options.secret = std::string(kSecretSize - 1, 's');
  CHECK(Refused(options).find("a secret has 32 bytes, the one given has 31") != std::string::npos);
  options.secret = std::string(kSecretSize, 's');
  CHECK(Engine(options).secret() == *options.secret);
  CHECK(Engine(options).secret() == *options.secret);
  options.secret.reset();
  CHECK(Engine(options).secret() == std::string(kSecretSize, 's'));
  options.secret = std::string(kSecretSize, 't');
  CHECK(Refused(options).find("was made with another secret than the one given") !=
        std::string::npos);
}

TEST_CASE("engine: the ballast is placed, and makes way while the database is opened") {
  tests::TemporaryDirectory directory;
  const fs::path ballast = directory.path() / "ballast";
  Engine::Options options = OptionsFor(directory.path());
  options.ballast_bytes = 1 << 20;
  { Engine engine(options); }
  CHECK(fs::file_size(ballast) == options.ballast_bytes);
  // A start that is refused leaves the space free for the next.
  PutMeta(directory.path(), kMetaHash, "md5");
  { std::ofstream(ballast) << "old"; }
  CHECK(Refused(options) != "");
  CHECK_FALSE(fs::exists(ballast));
}

TEST_CASE("engine: without room for the ballast it starts all the same") {
  tests::TemporaryDirectory directory;
  Engine::Options options = OptionsFor(directory.path());
  options.ballast_bytes = std::size_t{1} << 60;
  Engine engine(options);
  CHECK_FALSE(fs::exists(directory.path() / "ballast"));
}

TEST_CASE("engine: knows the size of what it holds") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const std::uint64_t before = node.engine().Property("rocksdb.estimate-num-keys");
  for (int i = 0; i < 10; ++i) {
    tests::PutRaw(node, Family::kUsernames, std::to_string(i), "");
    tests::PutRaw(node, Family::kTweets, TweetKey({1}, {1}), "");
  }
  CHECK(node.engine().Property("rocksdb.estimate-num-keys") >= before + 11);
  CHECK(Engine::RocksDbVersion().starts_with("7."));
}

}  // namespace warble::storage
