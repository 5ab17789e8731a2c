#include "sharding/placement.h"

#include "tests/support/random.h"

#include <doctest/doctest.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace warble::sharding {
namespace {

using storage::kPartitionCount;

constexpr ShardNumber Shard(std::size_t number) { return static_cast<ShardNumber>(number); }

std::vector<ShardWeight> Weights(const std::vector<std::uint32_t>& weights) {
  std::vector<ShardWeight> shards;
  for (const std::uint32_t weight : weights) shards.push_back({Shard(shards.size() + 1), weight});
  return shards;
}

std::vector<ShardWeight> Equal(std::size_t count) {
  return Weights(std::vector<std::uint32_t>(count, 1));
}

std::map<ShardNumber, std::size_t> Counts(const Owners& owners) {
  std::map<ShardNumber, std::size_t> counts;
  for (const auto& owner : owners) {
    if (owner) ++counts[*owner];
  }
  return counts;
}

std::uint64_t Sum(const std::vector<ShardWeight>& shards) {
  std::uint64_t sum = 0;
  for (const ShardWeight& shard : shards) sum += shard.weight;
  return sum;
}

std::size_t Moves(const Owners& from, const Owners& to) {
  std::size_t moves = 0;
  for (std::size_t i = 0; i < from.size(); ++i) moves += from[i] != to[i] ? 1 : 0;
  return moves;
}

/// The least number of partitions that must move until every shard owns its share, rounded either
/// way: those that somebody owns too much, or those that somebody lacks.
std::size_t LeastMoves(const Owners& now, const std::vector<ShardWeight>& shards) {
  std::map<ShardNumber, std::size_t> counts = Counts(now);
  std::size_t too_much = kPartitionCount;
  std::size_t lacking = 0;
  for (const ShardWeight& shard : shards) {
    const std::uint64_t share = std::uint64_t{kPartitionCount} * shard.weight;
    const std::size_t floor = share / Sum(shards);
    const std::size_t ceiling = (share + Sum(shards) - 1) / Sum(shards);
    const std::size_t held = counts[shard.shard];
    too_much -= std::min(held, ceiling);
    lacking += floor - std::min(held, floor);
  }
  return std::max(too_much, lacking);
}

/// Whether each shard owns its share, give or take less than a partition, and nobody else any.
bool IsEven(const Owners& owners, const std::vector<ShardWeight>& shards) {
  std::map<ShardNumber, std::size_t> counts = Counts(owners);
  std::size_t owned = 0;
  for (const ShardWeight& shard : shards) {
    const auto held = static_cast<std::int64_t>(counts[shard.shard]);
    const auto sum = static_cast<std::int64_t>(Sum(shards));
    const auto share = static_cast<std::int64_t>(kPartitionCount) * shard.weight;
    if (std::abs(held * sum - share) >= sum) return false;
    owned += static_cast<std::size_t>(held);
  }
  return owned == kPartitionCount;
}

/// Plans, and checks what every plan must keep.
Owners PlanAndCheck(const Owners& now, const std::vector<ShardWeight>& shards,
                    tests::Random& random) {
  const Owners target = PlanOwners(now, shards);
  CHECK(IsEven(target, shards));
  CHECK(Moves(now, target) == LeastMoves(now, shards));
  std::vector<ShardWeight> shuffled = shards;
  std::reverse(shuffled.begin(), shuffled.end());
  CHECK(PlanOwners(now, shuffled) == target);
  CHECK(PlanOwners(target, shards) == target);
  Owners partly = now;
  const std::uint64_t done_of_8 = random.Below(8);
  for (std::size_t i = 0; i < partly.size(); ++i) {
    if (random.Below(8) < done_of_8) partly[i] = target[i];
  }
  CHECK(PlanOwners(partly, shards) == target);
  return target;
}

std::uint64_t Digest(const Owners& owners) {
  std::string bytes;
  for (const auto& owner : owners) {
    const auto number = static_cast<std::uint16_t>(owner.value());
    bytes += static_cast<char>(number >> 8);
    bytes += static_cast<char>(number & 0xff);
  }
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

// What is pinned here decides which plans two versions of the software agree on.
TEST_CASE("placement: distances never change") {
  CHECK(DistanceOf(0) == std::uint64_t{64} << 48);
  CHECK(DistanceOf(0x7fff'ffff'ffff'ffff) == std::uint64_t{1} << 48);
  CHECK(DistanceOf(~std::uint64_t{0}) == 1);
  CHECK(DistanceOf(~std::uint64_t{0} - 1) == 1);
  CHECK(DistanceOf(0x0123'4567'89ab'cdef) == 2'199'383'878'819'978);
  CHECK(DistanceOf(0xfedc'ba98'7654'3210) == 1'808'833'961'988);
  CHECK(ScoreOf(0, Shard(1), 1).distance == 835'681'214'808'400);
  CHECK(ScoreOf(4095, Shard(1), 1).distance == 300'971'283'082'001);
  CHECK(ScoreOf(258, Shard(772), 3).distance == 873'075'304'461'481);
  CHECK(Score::Compare({1, 10}, {2, 20}) == 0);
  CHECK(Score::Compare({3, 10}, {2, 10}) > 0);
  CHECK(Score::Compare({1, std::uint64_t{64} << 48}, {kMaxWeight, 1}) < 0);
}

TEST_CASE("placement: targets never change") {
  const Owners one = PlanOwners({}, Equal(1));
  const Owners three = PlanOwners({}, Equal(3));
  const Owners four = PlanOwners(three, Equal(4));
  const Owners weighted = PlanOwners(four, Weights({1, 2, 3, 4, 10'000}));
  const Owners drained = PlanOwners(weighted, Weights({1, 2, 3, 4}));
  CHECK(Counts(one) == std::map<ShardNumber, std::size_t>{{Shard(1), 4096}});
  CHECK(Digest(three) == 8340414687743083733U);
  CHECK(Digest(four) == 1523939526589336827U);
  CHECK(Digest(weighted) == 12114858828401770930U);
  CHECK(Digest(drained) == 18095989249572535329U);
  CHECK(Digest(PlanOwners({}, Equal(100))) == 7919711114994817093U);
}

TEST_CASE("placement: 1 to 100 shards own their shares, and a new one takes no more than its own") {
  tests::Random random(tests::TestSeed());
  Owners owners = PlanAndCheck({}, Equal(1), random);
  for (std::size_t count = 2; count <= 100; ++count) {
    CAPTURE(count);
    const Owners grown = PlanAndCheck(owners, Equal(count), random);
    for (std::size_t i = 0; i < grown.size(); ++i) {
      if (grown[i] != owners[i]) REQUIRE(grown[i] == Shard(count));
    }
    owners = grown;
  }
}

TEST_CASE("placement: one shard of up to 100 is drained, and nothing else moves") {
  tests::Random random(tests::TestSeed());
  for (const std::size_t count : {2U, 3U, 5U, 10U, 40U, 100U}) {
    CAPTURE(count);
    const Owners owners = PlanOwners({}, Equal(count));
    std::vector<ShardWeight> others = Equal(count);
    const ShardNumber drained = others[count / 2].shard;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(count / 2));
    const Owners target = PlanAndCheck(owners, others, random);
    CHECK(Moves(owners, target) == Counts(owners)[drained]);
  }
}

TEST_CASE("placement: any change of shards and weights keeps shares and moves the least") {
  const std::uint64_t seed = tests::TestSeed();
  CAPTURE(seed);
  tests::Random random(seed);
  for (int history = 0; history < 20; ++history) {
    std::vector<ShardWeight> shards;
    Owners owners{};
    for (std::size_t i = 1 + random.Below(60); i > 0; --i) {
      shards.push_back({Shard(shards.size() + 1), static_cast<std::uint32_t>(1 + random.Below(4))});
    }
    owners = PlanAndCheck(owners, shards, random);
    for (int change = 0; change < 6; ++change) {
      const std::size_t place = random.Below(shards.size());
      const std::uint64_t heaviest = random.OneIn(4) ? kMaxWeight : 4;
      const auto weight = static_cast<std::uint32_t>(1 + random.Below(heaviest));
      if (random.OneIn(3)) {
        shards.push_back({Shard(1000 + shards.size() * 7 + random.Below(7)), weight});
      } else if (random.OneIn(2) && shards.size() > 1) {
        shards.erase(shards.begin() + static_cast<std::ptrdiff_t>(place));
      } else {
        shards[place].weight = weight;
      }
      std::map<ShardNumber, std::uint32_t> unique;
      for (const ShardWeight& shard : shards) unique.emplace(shard.shard, shard.weight);
      shards.clear();
      for (const auto& [shard, its_weight] : unique) shards.push_back({shard, its_weight});
      owners = PlanAndCheck(owners, shards, random);
    }
  }
}

TEST_CASE("placement: a shard too light for one partition owns at most one") {
  tests::Random random(tests::TestSeed());
  std::vector<std::uint32_t> weights(100, kMaxWeight);
  weights[7] = 1;
  const Owners owners = PlanAndCheck({}, Weights(weights), random);
  CHECK(Counts(owners)[Shard(8)] <= 1);
}

}  // namespace warble::sharding
