#include "storage/read_view.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace warble::storage {
namespace {

using Mode = ReadView::Mode;

std::vector<std::string> KeysOf(Scan scan) {
  std::vector<std::string> keys;
  for (; scan.Valid(); scan.Next()) keys.emplace_back(scan.key());
  return keys;
}

const UserId kStar = UserId::Make(7, 1);

// Leaves the deleted rows of `count` users who followed and then unfollowed, in front of the
// followers.
void LeaveDeletedFollows(tests::Node& node, std::uint32_t count) {
  rocksdb::DB& database = node.engine().db();
  rocksdb::ColumnFamilyHandle* const family = node.engine().family(Family::kFollowsIn);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Key key = FollowInKey(kStar, {{1000 + i}, UserId::Make(8, 1 + i)});
    const std::string_view bytes = key;
    REQUIRE(database.Put({}, family, bytes, "").ok());
    REQUIRE(database.Delete({}, family, bytes).ok());
  }
}

// The rows that RocksDB comes past in a walk, whether they are there or not.
struct Walked {
  ReadStatus status;
  std::uint64_t rows;
};
Walked WalkFollowers(tests::Node& node, Mode mode) {
  const auto counted = [] {
    const rocksdb::PerfContext& counts = *rocksdb::get_perf_context();
    return counts.internal_key_skipped_count + counts.internal_delete_skipped_count +
           counts.internal_recent_skipped_count;
  };
  ReadView view(node.engine(), mode);
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  const std::uint64_t before = counted();
  KeysOf(view.ScanPrefix(Family::kFollowsIn, UserKey(kStar)));
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  return {view.status(), counted() - before};
}

void PutNames(tests::Node& node, int count) {
  for (int i = 0; i < count; ++i) {
    tests::PutRaw(node, Family::kUsernames, fmt::format("name{:04}", i), EncodeUserId({1}));
  }
}

void StoreNames(const std::filesystem::path& directory, int count) {
  tests::Node node(directory);
  PutNames(node, count);
}

}  // namespace

TEST_CASE("read view: shows the moment it was made, not later writes") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  tests::PutRaw(node, Family::kUsernames, "old", "1");
  ReadView view(node.engine(), Mode::kMayBlock);
  tests::PutRaw(node, Family::kUsernames, "new", "1");
  tests::DeleteRaw(node, Family::kUsernames, "old");
  std::string value;
  CHECK(view.Get(Family::kUsernames, "old", &value));
  CHECK_FALSE(view.Has(Family::kUsernames, "new"));
  CHECK(KeysOf(view.ScanPrefix(Family::kUsernames, "")) == std::vector<std::string>{"old"});
}

TEST_CASE("read view: ranges include the lower bound and exclude the upper") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (const char* key : {"a", "ab", "abc", "b", "ba"}) {
    tests::PutRaw(node, Family::kUsernames, key, "");
  }
  using Keys = std::vector<std::string>;
  ReadView view(node.engine(), Mode::kMayBlock);
  const struct {
    const char* lower;
    const char* upper;
    Keys expected;
  } kCases[] = {{"ab", "b", {"ab", "abc"}},
                {"", "ab", {"a"}},
                {"abd", "", {"b", "ba"}},
                {"c", "", {}},
                {"b", "b", {}},
                {"", "", {"a", "ab", "abc", "b", "ba"}}};
  for (const auto& [lower, upper, expected] : kCases) {
    CHECK(KeysOf(view.ScanRange(Family::kUsernames, lower, upper)) == expected);
  }
  CHECK(KeysOf(view.ScanPrefix(Family::kUsernames, "ab")) == Keys{"ab", "abc"});
  // A seek does not leave the bounds.
  Scan scan = view.ScanRange(Family::kUsernames, "ab", "b");
  scan.Seek("a");
  REQUIRE(scan.Valid());
  CHECK(scan.key() == "ab");
  scan.Seek("ba");
  CHECK_FALSE(scan.Valid());
  CHECK(view.status() == ReadStatus::kOk);
}

TEST_CASE("read view: a range over users sees all of them though filters are by user") {
  tests::TemporaryDirectory directory;
  std::vector<std::string> expected;
  {
    tests::Node node(directory.path());
    for (std::uint32_t user = 1; user <= 300; user += 2) {
      const Key key = TweetKey(UserId::Make(7, user), {user});
      tests::PutRaw(node, Family::kTweets, key, EncodeNewTweet("x"));
      expected.emplace_back(std::string_view(key));
    }
  }
  tests::Node node(directory.path());  // from tables with filters
  ReadView view(node.engine(), Mode::kMayBlock);
  CHECK(KeysOf(view.ScanPrefix(Family::kTweets, "")) == expected);
  // From a user who has no rows to the end.
  const Key absent = UserKey(UserId::Make(7, 100));
  CHECK(KeysOf(view.ScanRange(Family::kTweets, absent, "")).size() == 100);
}

TEST_CASE("read view: a walk by user ends at each user's last row") {
  tests::TemporaryDirectory directory;
  const UserId users[] = {UserId::Make(1, 1), UserId::Make(1, 2), UserId::Make(1, 3)};
  {
    tests::Node node(directory.path());
    for (const UserId user : {users[0], users[2]}) {
      for (std::uint64_t id = 1; id <= 3; ++id) {
        tests::PutRaw(node, Family::kTweets, TweetKey(user, {id}), EncodeNewTweet("x"));
      }
    }
  }
  for (const bool from_tables : {true, false}) {
    INFO("from tables: ", from_tables);
    tests::Node node(directory.path());
    if (!from_tables) tests::PutRaw(node, Family::kTweets, TweetKey(users[0], {9}), "");
    ReadView view(node.engine(), Mode::kMayBlock);
    Scan scan = view.ScanByUser(Family::kTweets);
    const std::size_t expected[] = {from_tables ? 3U : 4U, 0U, 3U};
    for (std::size_t i = 0; i < 3; ++i) {
      std::size_t rows = 0;
      for (scan.Seek(UserKey(users[i])); scan.Valid(); scan.Next()) ++rows;
      CHECK(rows == expected[i]);
    }
    scan.Seek(TweetKey(users[2], {2}));
    REQUIRE(scan.Valid());
    CHECK(DecodeTweetKey(scan.key()).id == TweetId{2});
    CHECK(view.status() == ReadStatus::kOk);
  }
}

TEST_CASE("read view: cache-only says so when a block is not in memory") {
  tests::TemporaryDirectory directory;
  StoreNames(directory.path(), 10);
  tests::Node node(directory.path());  // nothing is cached
  std::string value;
  for (const bool by_scan : {false, true}) {
    ReadView cold(node.engine(), Mode::kCacheOnly);
    if (by_scan) {
      KeysOf(cold.ScanPrefix(Family::kUsernames, ""));
    } else {
      CHECK_FALSE(cold.Get(Family::kUsernames, "name0001", &value));
    }
    CHECK(cold.status() == ReadStatus::kWouldBlock);
    // It is sticky: nothing is read any more.
    CHECK_FALSE(cold.Get(Family::kMeta, kMetaFormat, &value));
    CHECK_FALSE(cold.ScanPrefix(Family::kMeta, "").Valid());
  }
  ReadView blocking(node.engine(), Mode::kMayBlock);
  CHECK(blocking.Get(Family::kUsernames, "name0001", &value));
  ReadView warm(node.engine(), Mode::kCacheOnly);
  CHECK(warm.Get(Family::kUsernames, "name0001", &value));
  CHECK(warm.status() == ReadStatus::kOk);
}

TEST_CASE("read view: what a passing view reads is not kept in memory") {
  tests::TemporaryDirectory directory;
  StoreNames(directory.path(), 10);
  tests::Node node(directory.path());  // nothing is cached
  std::string value;
  const auto in_memory = [&] {
    ReadView view(node.engine(), Mode::kCacheOnly);
    view.Has(Family::kUsernames, "name0001");
    return view.status() == ReadStatus::kOk;
  };
  ReadView passing(node.engine(), Mode::kPassing);
  CHECK(passing.Get(Family::kUsernames, "name0001", &value));
  CHECK(KeysOf(passing.ScanPrefix(Family::kUsernames, "")).size() == 10);
  CHECK_FALSE(in_memory());
  ReadView blocking(node.engine(), Mode::kMayBlock);
  CHECK(blocking.Get(Family::kUsernames, "name0001", &value));
  CHECK(in_memory());
}

TEST_CASE("read view: cache-only says so when a query is long, though all is in memory") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  PutNames(node, 5000);
  const auto walk = [&](Mode mode, std::size_t rows) {
    ReadView view(node.engine(), mode);
    Scan scan = view.ScanPrefix(Family::kUsernames, "");
    for (std::size_t i = 1; i < rows && scan.Valid(); ++i) scan.Next();
    return view.status();
  };
  // The seek to the first row, and eight steps for each further look-up.
  constexpr std::size_t kSteps = std::size_t{8} * (ReadView::kCacheOnlyRows - 1);
  CHECK(walk(Mode::kCacheOnly, 1 + kSteps) == ReadStatus::kOk);
  CHECK(walk(Mode::kCacheOnly, 1 + kSteps + 1) == ReadStatus::kWouldBlock);
  CHECK(walk(Mode::kMayBlock, 1 + kSteps + 1) == ReadStatus::kOk);
  ReadView points(node.engine(), Mode::kCacheOnly);
  for (std::uint32_t i = 0; i < ReadView::kCacheOnlyRows; ++i) {
    REQUIRE(points.Has(Family::kUsernames, "name0001"));
  }
  CHECK(points.status() == ReadStatus::kOk);
  points.Has(Family::kUsernames, "name0001");
  CHECK(points.status() == ReadStatus::kWouldBlock);
}

TEST_CASE("read view: cache-only comes past no more deleted rows than it may walk over") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  constexpr std::uint32_t kSteps = ReadView::kCacheOnlyRows * 8;
  tests::PutRaw(node, Family::kFollowsIn, FollowInKey(kStar, {{1}, {1}}), "");
  LeaveDeletedFollows(node, kSteps / 4);
  CHECK(WalkFollowers(node, Mode::kCacheOnly).status == ReadStatus::kOk);
  LeaveDeletedFollows(node, 20'000);
  const Walked walked = WalkFollowers(node, Mode::kCacheOnly);
  CHECK(walked.status == ReadStatus::kWouldBlock);
  CHECK(walked.rows <= 2 * kSteps + 2);
  CHECK(WalkFollowers(node, Mode::kMayBlock).status == ReadStatus::kOk);
}

TEST_CASE("read view: what was deleted goes from tables without being asked for") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  tests::PutRaw(node, Family::kFollowsIn, FollowInKey(kStar, {{1}, {1}}), "");
  LeaveDeletedFollows(node, 20'000);
  REQUIRE(node.engine().db().Flush({}, node.engine().family(Family::kFollowsIn)).ok());
  // RocksDB looks at tables of the lowest level again when something was written after them.
  tests::PutRaw(node, Family::kUsernames, "ana", EncodeUserId({1}));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  Walked walked = WalkFollowers(node, Mode::kMayBlock);
  while (walked.rows > 100 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    walked = WalkFollowers(node, Mode::kMayBlock);
  }
  CHECK(walked.status == ReadStatus::kOk);
  CHECK(walked.rows < 100);
}

TEST_CASE("read view: no more deleted rows wait in memory than a walk may come past") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  constexpr std::uint32_t kRows = 200'000;
  LeaveDeletedFollows(node, kRows);
  std::uint64_t waiting = 0;
  REQUIRE(node.engine().db().GetIntProperty(node.engine().family(Family::kFollowsIn),
                                            "rocksdb.num-deletes-active-mem-table", &waiting));
  CHECK(waiting <= 65'536);
}

}  // namespace warble::storage
