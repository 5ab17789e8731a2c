#include "storage/purge.h"

#include "storage/idempotency.h"
#include "storage/sessions.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_hash.h"
#include "tests/support/world.h"
#include "tools/verify.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
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
        fan = CreateUser(transaction, sharding::PartitionOf(fan.username), fan).value();
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
      KeepAnswer(transaction, alice.id, std::string(16, 'k'),
                 {{}, std::string(16, 'd'), 200, "", ""});
      return true;
    });
  }
  std::uint64_t Rows(Family family) {
    return tools::Verify(node->engine()).rows[static_cast<std::size_t>(family)];
  }
  void CheckClean() {
    const tools::VerifyReport report = tools::Verify(node->engine());
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

}  // namespace

TEST_CASE("purge: all traces of a deleted user go, and the counts of others follow") {
  tests::TemporaryDirectory directory;
  World world(directory.path());
  tests::RemoveUser(*world.node, world.alice.id);
  CHECK(tests::RunPurges(*world.node) >= 6);
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
  CHECK(world.Rows(Family::kFollowsOut) == 2 * kFans - PurgeWorker::kChunkRows);
  CHECK(tests::Counters(*world.node, world.alice.id).followees == kFans - PurgeWorker::kChunkRows);
}

TEST_CASE("purge: killed after any step it goes on where it was") {
  tests::TemporaryDirectory directory;
  World world(directory.path() / "0");
  tests::RemoveUser(*world.node, world.alice.id);
  int kills = 0;
  while (PurgeWorker::Step(world.node->engine(), world.node->committer())) {
    const fs::path next = directory.path() / std::to_string(++kills);
    tests::CopyAsKilled(*world.node, next);
    world.node.reset();
    world.node = std::make_unique<tests::Node>(next);
    world.CheckClean();
  }
  CHECK(kills > 6);
  world.CheckAliceIsGone();
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

TEST_CASE("sweep: sessions go when all of a user's have expired, answers one by one") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  tests::Node node(directory.path(), wall.wall());
  const std::uint64_t start = wall.now().ms;
  const auto add = [&](std::uint64_t user, std::uint64_t expires_ms) {
    node.Commit([&](Transaction& transaction) {
      AddSession(transaction, {user}, {tests::TokenHashOf("h"), {start}, {expires_ms}});
      KeepAnswer(transaction, {user}, std::string(16, 'k'),
                 {{}, std::string(16, 'd'), 200, "", ""});
      return true;
    });
  };
  add(1, start + 1000);
  add(2, start + 1000);
  wall.Advance(1);
  add(2, start + 2000);
  const auto sweep = [&](Family family, std::uint64_t now_ms) {
    while (PurgeWorker::Sweep(node.engine(), node.committer(), family, {now_ms})) {
    }
  };
  const auto has = [&](Family family, std::string_view key) {
    return tests::GetRaw(node, family, key).has_value();
  };
  sweep(Family::kSessions, start + 999);
  CHECK(has(Family::kSessions, UserKey({1})));
  sweep(Family::kSessions, start + 1000);
  CHECK_FALSE(has(Family::kSessions, UserKey({1})));
  CHECK(has(Family::kSessions, UserKey({2})));
  sweep(Family::kSessions, start + 2000);
  CHECK_FALSE(has(Family::kSessions, UserKey({2})));

  sweep(Family::kIdempotency, start + kAnswerLifetimeMs);
  CHECK_FALSE(has(Family::kIdempotency, IdempotencyKey({1}, std::string(16, 'k'))));
  CHECK(has(Family::kIdempotency, IdempotencyKey({2}, std::string(16, 'k'))));
}

TEST_CASE("sweep: a large family is walked step by step, over a restart too") {
  tests::TemporaryDirectory directory;
  constexpr std::uint64_t kRows = 9000;
  {
    tests::Node node(directory.path());
    for (std::uint64_t user = 1; user <= kRows; ++user) {
      const Timestamp expires{user % 3 == 0 ? 1000U : 3000U};
      tests::PutRaw(node, Family::kSessions, UserKey({user}),
                    EncodeSessions({{tests::TokenHashOf("h"), {1}, expires}}));
    }
  }
  const auto left = [](tests::Node& node) {
    return tools::Verify(node.engine()).rows[static_cast<std::size_t>(Family::kSessions)];
  };
  std::uint64_t before = kRows;
  bool more = true;
  int steps = 0;
  while (more) {
    tests::Node node(directory.path());
    more = PurgeWorker::Sweep(node.engine(), node.committer(), Family::kSessions, {2000});
    const std::uint64_t now = left(node);
    REQUIRE(before - now <= PurgeWorker::kChunkRows);
    before = now;
    REQUIRE(++steps < 100);
  }
  CHECK(before == kRows - kRows / 3);
  CHECK(steps > 10);
}

}  // namespace warble::storage
