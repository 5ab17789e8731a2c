#include "storage/verify/verify.h"

#include "storage/verify/relation.h"
#include "tests/storage/verify/verify_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::tests {

using storage::Family;
using storage::User;
using storage::Verify;
using storage::VerifyOptions;
using storage::VerifyReport;

TEST_CASE("verify: a clean store has no faults and is counted") {
  World world;
  const VerifyReport report = Verify(world.node.engine());
  CHECK(Join(report.faults) == "");
  CHECK(report.fault_count == 0);
  CHECK(report.living_users == 4);
  CHECK(report.deleted_users == 1);
  CHECK(report.pending_purge_count == 0);
  const auto rows = [&](Family family) { return report.rows[static_cast<std::size_t>(family)]; };
  const std::pair<Family, std::uint64_t> kExpected[] = {
      {Family::kUsers, 5},           {Family::kUsernames, 5},   {Family::kTweets, 3},
      {Family::kFavoritedTweets, 1}, {Family::kFollowsOut, 2},  {Family::kFollowsIn, 2},
      {Family::kFavoritesOut, 2},    {Family::kFavoritesIn, 2}, {Family::kSessions, 1},
      {Family::kIdempotency, 1},     {Family::kMeta, 5 + 5}};
  for (const auto& row : kExpected) {
    INFO(storage::FamilyName(row.first));
    const auto& [family, expected] = row;
    CHECK(rows(family) == expected);
  }
}

TEST_CASE("verify: an empty store is clean") {
  TemporaryDirectory directory;
  Node node(directory.path());
  CHECK(Verify(node.engine()).fault_count == 0);
}

TEST_CASE("verify: zero counters may be stored or absent") {
  World world;
  world.StoreCounters(world.erin, {});
  CHECK(Verify(world.node.engine()).fault_count == 0);
}

TEST_CASE("verify: a store is clean after every step of a purge") {
  World world;
  constexpr int kFollowers = 700;  // several chunks
  world.node.Commit([&](storage::Transaction& transaction) {
    for (int i = 0; i < kFollowers; ++i) {
      User user;
      user.username = fmt::format("follower{}", i);
      user = CreateUser(transaction, storage::PartitionOf(user.username), user).value();
      Follow(transaction, user.id, world.alice.id).value();
      Favorite(transaction, user.id, world.alice.id, world.tweet.id);
      Favorite(transaction, user.id, world.bob.id, world.bobs.id);
    }
    return true;
  });
  RemoveTweet(world.node, world.bobs);
  RemoveUser(world.node, world.alice.id);
  int steps = 0;
  do {
    const VerifyReport report = Verify(world.node.engine());
    INFO("after ", steps, " steps:\n", Join(report.faults));
    REQUIRE(report.fault_count == 0);
    if (steps == 0) {
      CHECK(report.pending_purge_count == 2);
      CHECK(Join(report.pending_purges).find(fmt::format("user {}\n", world.alice.id.value)) !=
            std::string::npos);
    }
    ++steps;
  } while (storage::PurgeWorker::Step(world.node.engine(), world.node.committer()));
  CHECK(steps > 8);
  CHECK(Verify(world.node.engine()).pending_purge_count == 0);
}

TEST_CASE("verify: keeps the first faults as text and counts them all") {
  World world;
  VerifyOptions options;
  options.texts_kept = 2;
  world.StoreCounters(world.alice, {9, 8, 7, 6});
  const VerifyReport report = Verify(world.node.engine(), options);
  CHECK(report.faults.size() == 2);
  CHECK(report.fault_count == 4);
}

TEST_CASE("verify: says so when there are more differences than it may hold") {
  World world;
  VerifyOptions options;
  options.facts_limit = 1;
  for (const std::string_view name : {"alice", "bob", "carol"}) {
    DeleteRaw(world.node, Family::kUsernames, name);
  }
  const VerifyReport report = Verify(world.node.engine(), options);
  CHECK(report.fault_count == 2);
  CHECK(Join(report.faults).find("2 of 3 differing hash buckets were left out") !=
        std::string::npos);
}

TEST_CASE("verify: says so when there are more tweet ids than it may hold") {
  World world;
  VerifyOptions options;
  options.tweet_ids_limit = 1;
  const VerifyReport report = Verify(world.node.engine(), options);
  CHECK(report.fault_count == 0);
  CHECK(report.left_out.size() == 1);  // Bob's second tweet
}

TEST_CASE("relation: sums do not depend on the order and see every difference") {
  storage::Relation relation;
  std::vector<std::string> facts;
  for (int i = 0; i < 1000; ++i) facts.push_back(std::to_string(i));
  for (const std::string& fact : facts) relation.Add(storage::Side::kLeft, fact);
  CHECK_FALSE(relation.Agrees());
  std::reverse(facts.begin(), facts.end());
  for (const std::string& fact : facts) relation.Add(storage::Side::kRight, fact);
  CHECK(relation.Agrees());
  // Twice the same on one side is not the same as two others.
  relation.Add(storage::Side::kLeft, "7");
  CHECK(relation.DifferingBuckets() == 1);
}

}  // namespace warble::tests
