// Compactions of damaged tables: whatever rots, no row that can be read is dropped, and the process
// goes on.
//
// Each damaged directory is compacted in a process of its own, since RocksDB may meet damage with
// an assertion.
#include "tests/faults/compaction.h"
#include "storage/engine/engine.h"
#include "storage/format/keys.h"
#include "tests/faults/child.h"
#include "tests/faults/scratch.h"
#include "tests/faults/settings.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <sys/wait.h>

#include <fstream>
#include <functional>
#include <random>
#include <vector>

namespace warble::tests {
namespace {

using storage::Engine;
using storage::Family;

constexpr int kTables = 6;
constexpr int kRowsPerTable = 60;
constexpr int kFlipsPerTable = 4;  // in CI; every sixteenth byte in the long run

std::string RandomBytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// One level of several tables that border on each other, as the lists of a few users become.
void MakeTables(const std::filesystem::path& directory) {
  Engine engine(CompactionOptions(directory));
  std::mt19937_64 random(1);
  for (int table = 0; table < kTables; ++table) {
    for (int row = 0; row < kRowsPerTable; ++row) {
      const storage::UserId author{static_cast<std::uint64_t>(table + 1) << 20};
      const storage::TweetId id{static_cast<std::uint64_t>(row + 1) << 22};
      REQUIRE(engine.db()
                  .Put({}, engine.family(Family::kTweets),
                       std::string_view(storage::TweetKey(author, id)),
                       storage::EncodeTweet(RandomBytes(random, 400), 0))
                  .ok());
    }
    REQUIRE(engine.db().Flush({}, engine.family(Family::kTweets)).ok());
    REQUIRE(engine.db().CompactRange({}, engine.family(Family::kTweets), nullptr, nullptr).ok());
  }
}

std::vector<std::filesystem::path> Tables(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> tables;
  for (const auto& entry : std::filesystem::directory_iterator(directory / "rocksdb")) {
    if (entry.path().extension() == ".sst" && entry.file_size() > 10'000) {
      tables.push_back(entry.path());
    }
  }
  std::sort(tables.begin(), tables.end());
  return tables;
}

void Flip(const std::filesystem::path& file, std::uint64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 0x40);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
  REQUIRE(stream.good());
}

// Rows of tweets that are there when the damage is undone.
int RowsOf(const std::filesystem::path& directory) {
  Engine engine(CompactionOptions(directory));
  const std::unique_ptr<rocksdb::Iterator> rows(
      engine.db().NewIterator({}, engine.family(Family::kTweets)));
  int count = 0;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) ++count;
  REQUIRE(rows->status().ok());
  return count;
}

// Compacts a copy of a directory and says what the process reported.
std::string CompactCopy(const std::filesystem::path& whole, const std::filesystem::path& copy,
                        int failing_read, const std::function<void()>& damage) {
  std::filesystem::remove_all(copy);
  std::filesystem::copy(whole, copy, std::filesystem::copy_options::recursive);
  damage();
  std::string said;
  bool hung = false;
  const int status = RunSelf(
      {"--compact", copy.string(), std::to_string(failing_read)},
      [&](const std::string& line) { said += line; }, &hung);
  CHECK_FALSE(hung);
  CHECK(status == 0);
  return said;
}

TEST_CASE("compactions: a damaged block anywhere in a table costs no row, and no restart") {
  const ScratchDirectory scratch;
  const std::filesystem::path whole = scratch.path() / "whole";
  const std::filesystem::path copy = scratch.path() / "copy";
  MakeTables(whole);
  const std::vector<std::filesystem::path> tables = Tables(whole);
  REQUIRE(tables.size() == kTables);
  std::mt19937_64 random(7);
  int refused = 0;
  for (const std::filesystem::path& table : tables) {
    const std::uint64_t size = std::filesystem::file_size(table);
    const std::uint64_t flips = IsLongRun() ? size / 16 : kFlipsPerTable;
    for (std::uint64_t flip = 0; flip < flips; ++flip) {
      // The first block is where RocksDB takes an error for an end.
      const std::uint64_t at = flip == 0 ? 10 : random() % size;
      CAPTURE(table.filename().string());
      CAPTURE(at);
      const std::filesystem::path damaged = copy / "rocksdb" / table.filename();
      const std::string said = CompactCopy(whole, copy, 0, [&] { Flip(damaged, at); });
      if (said == "refused") ++refused;
      if (std::filesystem::exists(damaged)) Flip(damaged, at);
      CHECK(RowsOf(copy) == kTables * kRowsPerTable);
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("compactions: a read that fails costs no row, and no restart") {
  const ScratchDirectory scratch;
  const std::filesystem::path whole = scratch.path() / "whole";
  const std::filesystem::path copy = scratch.path() / "copy";
  MakeTables(whole);
  bool compacted = false;
  const int step = IsLongRun() ? 1 : 7;
  int refused = 0;
  for (int read = 1; !compacted && read < 1000; read += step) {
    CAPTURE(read);
    const std::string said = CompactCopy(whole, copy, read, [] {});
    compacted = said == "compacted";
    refused += said == "refused" ? 1 : 0;
    CHECK(RowsOf(copy) == kTables * kRowsPerTable);
  }
  CHECK(compacted);  // all reads of a compaction were tried
  CHECK(refused > 0);
}

}  // namespace
}  // namespace warble::tests
