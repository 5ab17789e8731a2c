#include "storage/model/purge.h"

#include "storage/model/idempotency.h"
#include "storage/pending_purges.h"
#include "storage/verify/verify.h"
#include "tests/support/hooked_tables.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace warble::storage {
namespace {

namespace fs = std::filesystem;

constexpr int kFans = 300;  // more than a chunk

// Alice, whom 300 fans follow, who follows them back, and whose one tweet they favorited; she
// favorited one of the first fan's. She has a stored answer as well.
struct World {
  explicit World(const fs::path& path) : directory(path) { Fill(); }

  void Fill() {
    node = std::make_unique<tests::Node>(directory);
    alice = tests::AddUser(*node, "alice");
    tweet = tests::AddTweet(*node, alice.id, "hello");
    node->Commit([&](Transaction& transaction) {
      for (int i = 0; i < kFans; ++i) {
        User fan;
        fan.username = fmt::format("fan{}", i);
        fan = CreateUser(transaction, storage::PartitionOf(fan.username), fan).value();
        fans.push_back(fan);
        Follow(transaction, fan.id, alice.id).value();
        Follow(transaction, alice.id, fan.id).value();
        Favorite(transaction, fan.id, alice.id, tweet.id);
      }
      return true;
    });
    other = tests::AddTweet(*node, fans[0].id, "other");
    tests::AddFavorite(*node, alice.id, other);
    node->Commit([&](Transaction& transaction) {
      KeepAnswer(transaction, alice.id, std::string(16, 'k'), {{}, std::string(16, 'd'), "answer"});
      return true;
    });
  }
  std::uint64_t Rows(Family family) {
    return storage::Verify(node->engine()).rows[static_cast<std::size_t>(family)];
  }
  void CheckClean() {
    const storage::VerifyReport report = storage::Verify(node->engine());
    INFO((report.faults.empty() ? std::string() : report.faults[0]));
    CHECK(report.fault_count == 0);
  }
  void CheckAliceIsGone() {
    for (const Family family :
         {Family::kFollowsOut, Family::kFollowsIn, Family::kFavoritesOut, Family::kFavoritesIn,
          Family::kFavoritedTweets, Family::kIdempotency}) {
      INFO(FamilyName(family));
      CHECK(Rows(family) == 0);
    }
    CHECK(Rows(Family::kTweets) == 1);
    for (const User& fan : fans) {
      const UserCounters left =
          fan.id == fans[0].id ? UserCounters{1, 0, 0, 0, other.id} : UserCounters{};
      REQUIRE(tests::Counters(*node, fan.id) == left);
    }
    CHECK_FALSE(tests::GetRaw(*node, Family::kUserCounters, UserKey(alice.id)));
    CHECK_FALSE(tests::GetRaw(*node, Family::kMeta, PurgeKey({alice.id, std::nullopt})));
    CheckClean();
  }

  fs::path directory;
  std::unique_ptr<tests::Node> node;
  User alice;
  Tweet tweet, other;
  std::vector<User> fans;
};

// Tweets of these authors in turn, each with one favorite.
std::vector<Tweet> AddFavorited(tests::Node& node, const std::vector<User>& authors, int count) {
  return node.Commit([&](Transaction& transaction) {
    std::vector<Tweet> tweets;
    for (int i = 0; i < count; ++i) {
      const std::size_t at = static_cast<std::size_t>(i) % authors.size();
      tweets.push_back(CreateTweet(transaction, authors[at].id, "text"));
      const UserId fan = authors[(at + 1) % authors.size()].id;
      Favorite(transaction, fan, tweets.back().author, tweets.back().id);
    }
    return tweets;
  });
}

// Users in the order of their ids, the least first.
std::vector<User> AddUsersInOrder(tests::Node& node, int count) {
  std::vector<User> users;
  for (int i = 0; i < count; ++i) users.push_back(tests::AddUser(node, fmt::format("user{}", i)));
  std::sort(users.begin(), users.end(), [](const User& a, const User& b) { return a.id < b.id; });
  return users;
}

bool IsPending(tests::Node& node, const Tweet& tweet) {
  return tests::GetRaw(node, Family::kMeta, PurgeKey({tweet.author, tweet.id})).has_value();
}

bool Step(tests::Node& node) { return PurgeWorker::Step(node.engine(), node.committer()); }

void CheckFaultless(tests::Node& node) {
  const storage::VerifyReport report = storage::Verify(node.engine());
  INFO((report.faults.empty() ? std::string() : report.faults[0]));
  CHECK(report.fault_count == 0);
}

}  // namespace

TEST_CASE("purge: all traces of a deleted user go, and the counts of others follow") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  tests::RemoveUser(*world.node, world.alice.id);
  CHECK(tests::RunPurges(*world.node) == 4);  // of 902 rows
  world.CheckAliceIsGone();
  CHECK_FALSE(PurgeWorker::Step(world.node->engine(), world.node->committer()));
}

TEST_CASE("purge: the favorites of a deleted tweet go, and nothing else") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  const Tweet kept = tests::AddTweet(*world.node, world.alice.id, "kept");
  tests::AddFavorite(*world.node, world.fans[0].id, kept);
  tests::RemoveTweet(*world.node, world.tweet);
  CHECK(tests::RunPurges(*world.node) == 2);  // of 256 rows and of 44
  CHECK(world.Rows(Family::kFavoritesIn) == 2);
  CHECK(tests::Counters(*world.node, world.fans[0].id).favorites == 1);
  CHECK(tests::Counters(*world.node, world.fans[1].id).favorites == 0);
  CHECK(world.Rows(Family::kFollowsIn) == 2 * kFans);
  world.CheckClean();
}

TEST_CASE("purge: a step handles at most 256 rows") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  tests::RemoveUser(*world.node, world.alice.id);
  REQUIRE(PurgeWorker::Step(world.node->engine(), world.node->committer()));
  CHECK(world.Rows(Family::kFollowsOut) == std::uint64_t{2} * kFans - PurgeWorker::kChunkRows);
  CHECK(tests::Counters(*world.node, world.alice.id).followees == kFans - PurgeWorker::kChunkRows);
}

TEST_CASE("purge: killed after any step it goes on where it was") {
  tests::TemporaryDirectory directory;
  World world(directory.path() / "0");
  // Some small ones, which share a step, and a large one.
  for (const Tweet& tweet : AddFavorited(*world.node, AddUsersInOrder(*world.node, 50), 300)) {
    tests::RemoveTweet(*world.node, tweet);
  }
  tests::RemoveUser(*world.node, world.alice.id);
  int kills = 0;
  while (PurgeWorker::Step(world.node->engine(), world.node->committer())) {
    const fs::path next = directory.path() / std::to_string(++kills);
    tests::CopyAsKilled(*world.node, next);
    world.node.reset();
    world.node = std::make_unique<tests::Node>(next);
    world.CheckClean();
  }
  CHECK(kills > 4);
  world.CheckAliceIsGone();
}

TEST_CASE("purge: one step serves many that have few rows or none") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const std::vector<User> users = AddUsersInOrder(node, 500);
  for (const Tweet& tweet : AddFavorited(node, users, 300)) tests::RemoveTweet(node, tweet);
  CHECK(tests::RunPurges(node) == 2);
  CheckFaultless(node);
  for (const User& user : users) tests::RemoveUser(node, user.id);
  CHECK(tests::RunPurges(node) == 2);
  CHECK(storage::Verify(node.engine()).pending_purge_count == 0);
  CheckFaultless(node);
}

TEST_CASE("purge: each has its turn, wherever its user is and however many come after it") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const std::vector<User> users = AddUsersInOrder(node, 100);
  const std::vector<User> low(users.begin(), users.begin() + 50);
  const std::vector<Tweet> early = AddFavorited(node, low, 600);
  const std::vector<Tweet> late = AddFavorited(node, low, 1024);
  const Tweet high = AddFavorited(node, {users[99], users[98]}, 1).front();
  for (const Tweet& tweet : early) tests::RemoveTweet(node, tweet);
  tests::RemoveTweet(node, high);
  std::size_t next = 0;
  int steps = 0;
  while (IsPending(node, high) && next < late.size()) {
    for (int i = 0; i < 256; ++i) tests::RemoveTweet(node, late[next++]);
    REQUIRE(Step(node));
    ++steps;
  }
  CHECK_FALSE(IsPending(node, high));
  CHECK(steps == 3);  // behind 600 others
  tests::RunPurges(node);
  CheckFaultless(node);
}

TEST_CASE("purge: large ones take turns, and a small one does not wait for their end") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const std::vector<User> users = AddUsersInOrder(node, 1000);
  std::vector<Tweet> tweets;
  for (int i = 0; i < 2; ++i) tweets.push_back(tests::AddTweet(node, users[0].id, "large"));
  node.Commit([&](Transaction& transaction) {
    for (const User& user : users) {
      for (const Tweet& tweet : tweets) Favorite(transaction, user.id, tweet.author, tweet.id);
    }
    return true;
  });
  tweets.push_back(AddFavorited(node, {users[2], users[3]}, 1).front());
  for (const Tweet& tweet : tweets) tests::RemoveTweet(node, tweet);
  for (int i = 0; i < 3; ++i) REQUIRE(Step(node));
  CHECK_FALSE(IsPending(node, tweets[2]));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto progress =
        tests::GetRaw(node, Family::kMeta, PurgeKey({tweets[i].author, tweets[i].id}));
    REQUIRE(progress);
    CHECK_FALSE(DecodePurgeProgress(*progress).cursor.empty());
  }
  tests::RunPurges(node);
  CheckFaultless(node);
}

TEST_CASE("purge: a step searches nothing, so finished ones cost it nothing") {
  tests::TemporaryDirectory directory;
  const PurgeTarget target{{7}, TweetId{8}};
  {
    tests::Node node(directory.path());
    CHECK_FALSE(Step(node));
    // The queue is not told of this one, and only a search would find it.
    tests::PutRaw(node, Family::kMeta, PurgeKey(target), EncodePurgeProgress({}));
    CHECK_FALSE(Step(node));
  }
  tests::Node node(directory.path());  // a start looks once
  CHECK(Step(node));
  CHECK_FALSE(Step(node));
  CHECK_FALSE(tests::GetRaw(node, Family::kMeta, PurgeKey(target)));
}

TEST_CASE("purge: more than the queue holds are found in the database") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  constexpr std::uint64_t kPurges = PendingPurges::kLimit + 2000;
  CHECK_FALSE(Step(node));  // the pass of the start is over
  node.Commit([&](Transaction& transaction) {
    for (std::uint64_t i = kPurges; i > 0; --i) SchedulePurge(transaction, {{i}, TweetId{1}});
    return true;
  });
  CHECK(tests::RunPurges(node) ==
        (kPurges + PurgeWorker::kChunkRows - 1) / PurgeWorker::kChunkRows);
  CHECK(storage::Verify(node.engine()).pending_purge_count == 0);
}

TEST_CASE("purge: the committer reads no table, however cold the rows are") {
  tests::TemporaryDirectory directory;
  tests::HookedTables tables;
  UserId alice;
  {
    World world(directory.path());
    alice = world.alice.id;
  }
  tests::Node node(directory.path(), Clock::ReadSystem, tables.env());
  const tests::BackgroundPause pause(node);
  tests::RemoveUser(node, alice);
  const tests::CountedReads reads(tables, tests::CommitterThread(node));
  tests::RunPurges(node);
  CHECK(reads.all() > 5);
  CHECK(reads.of_thread() == 0);
  CheckFaultless(node);
}

TEST_CASE("purge: one whose rows cannot be read stops no other, and is tried again") {
  tests::TemporaryDirectory directory;
  tests::HookedTables tables;
  std::vector<User> users;
  Tweet damaged;
  {
    tests::Node node(directory.path());
    users = AddUsersInOrder(node, 400);
    damaged = AddFavorited(node, {users[0], users[1]}, 1).front();
  }
  tests::Node node(directory.path(), Clock::ReadSystem, tables.env());  // that row is in a table
  const tests::BackgroundPause pause(node);
  const std::vector<std::string> files = tests::TablesOf(node, Family::kFavoritesIn);
  REQUIRE_FALSE(files.empty());
  const std::vector<User> others(users.begin() + 2, users.end());
  const std::vector<Tweet> whole = AddFavorited(node, others, 300);
  tests::RemoveTweet(node, damaged);
  for (const Tweet& tweet : whole) tests::RemoveTweet(node, tweet);
  tables.Set([&](const tests::HookedTables::Read& read) {
    return std::find(files.begin(), files.end(), read.file) == files.end();
  });
  CHECK(tests::RunPurges(node) > 1);
  for (const Tweet& tweet : whole) REQUIRE_FALSE(IsPending(node, tweet));
  CHECK(IsPending(node, damaged));
  tables.Set(nullptr);
  CHECK_FALSE(Step(node));
  node.committer().pending_purges().RetrySetAside();
  CHECK(Step(node));
  CHECK_FALSE(IsPending(node, damaged));
  CheckFaultless(node);
}

TEST_CASE("purge: what clients removed meanwhile is not removed, or counted, twice") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  tests::RemoveTweet(*world.node, world.tweet);
  REQUIRE(PurgeWorker::Step(world.node->engine(), world.node->committer()));
  for (const User& fan : world.fans) {
    world.node->Commit(
        [&](Transaction& transaction) { return Unfavorite(transaction, fan.id, world.tweet.id); });
  }
  tests::RunPurges(*world.node);
  for (const User& fan : world.fans) {
    REQUIRE(tests::Counters(*world.node, fan.id).favorites == 0);
  }
  world.CheckClean();
}

TEST_CASE("purge: a tweet's purge and then its author's leave nothing") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  tests::RemoveTweet(*world.node, world.tweet);
  tests::RemoveUser(*world.node, world.alice.id);
  tests::RunPurges(*world.node);
  world.CheckAliceIsGone();
}

TEST_CASE("purge: the worker does all of it by itself") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  tests::RemoveUser(*world.node, world.alice.id);
  {
    PurgeWorker worker(world.node->engine(), world.node->committer());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (tests::GetRaw(*world.node, Family::kMeta, PurgeKey({world.alice.id, std::nullopt})) &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  world.CheckAliceIsGone();
}

}  // namespace warble::storage
