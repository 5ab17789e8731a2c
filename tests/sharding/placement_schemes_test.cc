// Why placement is no ring: the same changes by rings of virtual nodes and by plain rendezvous.
// ARCHITECTURE.md quotes the figures; `sharding_tests -tc="*beside rings*"` prints them.
#include "sharding/placement.h"

#include <doctest/doctest.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace warble::sharding {
namespace {

using storage::kPartitionCount;

constexpr std::size_t kVirtualNodes = 128;

std::uint64_t HashOf(std::uint64_t a, std::uint64_t b) {
  const std::array<std::uint64_t, 2> numbers = {a, b};
  return XXH3_64bits(numbers.data(), sizeof numbers);
}

std::vector<ShardWeight> Shards(std::size_t count) {
  std::vector<ShardWeight> shards;
  for (std::size_t i = 1; i <= count; ++i) shards.push_back({static_cast<ShardNumber>(i), 1});
  return shards;
}

/// A ring of virtual nodes on which no shard takes more than `bound` partitions (Mirrokni, Thorup
/// and Zadimoghaddam 2018).
Owners Ring(std::size_t count, std::size_t bound) {
  std::vector<std::pair<std::uint64_t, std::size_t>> ring;
  for (std::size_t shard = 1; shard <= count; ++shard) {
    for (std::size_t node = 0; node < kVirtualNodes; ++node) {
      ring.emplace_back(HashOf(shard, node), shard);
    }
  }
  std::sort(ring.begin(), ring.end());
  std::map<std::uint64_t, std::uint32_t> partitions;
  for (std::uint32_t p = 0; p < kPartitionCount; ++p) partitions[HashOf(1 << 20, p)] = p;
  std::vector<std::size_t> held(count + 1);
  Owners owners{};
  for (const auto& [hash, partition] : partitions) {
    auto at = std::lower_bound(ring.begin(), ring.end(), std::pair{hash, std::size_t{0}});
    while (true) {
      if (at == ring.end()) at = ring.begin();
      if (held[at->second] < bound) break;
      ++at;
    }
    ++held[at->second];
    owners[partition] = static_cast<ShardNumber>(at->second);
  }
  return owners;
}

Owners PlainRendezvous(std::size_t count) {
  Owners owners{};
  for (std::uint32_t p = 0; p < kPartitionCount; ++p) {
    std::size_t best = 1;
    for (std::size_t shard = 2; shard <= count; ++shard) {
      if (HashOf(p, shard) > HashOf(p, best)) best = shard;
    }
    owners[p] = static_cast<ShardNumber>(best);
  }
  return owners;
}

struct Figures {
  double most;   // partitions of the fullest shard afterwards, over the mean
  double moved;  // partitions that moved, over the share of the new shard
};

Figures Measure(const Owners& before, const Owners& after, std::size_t count) {
  std::map<ShardNumber, std::size_t> counts;
  std::size_t moved = 0;
  for (std::size_t p = 0; p < kPartitionCount; ++p) {
    ++counts[after[p].value()];
    moved += before[p] != after[p] ? 1 : 0;
  }
  std::size_t most = 0;
  for (const auto& [shard, held] : counts) most = std::max(most, held);
  const double share = static_cast<double>(kPartitionCount) / static_cast<double>(count);
  return {static_cast<double>(most) / share, static_cast<double>(moved) / share};
}

std::size_t Bound(std::size_t count, std::size_t percent) {
  return (kPartitionCount * percent + count * 100 - 1) / (count * 100);
}

}  // namespace

TEST_CASE("placement: beside rings, only quotas are even and move the least") {
  const std::vector<std::pair<std::string, std::function<Owners(std::size_t)>>> schemes = {
      {"plain ring", [](std::size_t n) { return Ring(n, kPartitionCount); }},
      {"ring, bound 1.05", [](std::size_t n) { return Ring(n, Bound(n, 105)); }},
      {"ring, bound 1", [](std::size_t n) { return Ring(n, Bound(n, 100)); }},
      {"plain rendezvous", PlainRendezvous},
      {"quotas from scratch", [](std::size_t n) { return PlanOwners({}, Shards(n)); }},
  };
  for (const std::size_t count : {3U, 10U, 40U, 99U}) {
    const Owners before = PlanOwners({}, Shards(count));
    const Figures ours = Measure(before, PlanOwners(before, Shards(count + 1)), count + 1);
    MESSAGE(count, " + 1 shards, quotas kept: most/mean ", ours.most, ", moved/share ", ours.moved);
    CHECK(ours.most * kPartitionCount < kPartitionCount + static_cast<double>(count + 1));
    CHECK(ours.moved <= 1.0);
    for (const auto& [name, owners] : schemes) {
      const Figures theirs = Measure(owners(count), owners(count + 1), count + 1);
      MESSAGE(count, " + 1 shards, ", name, ": most/mean ", theirs.most, ", moved/share ",
              theirs.moved);
      CHECK((theirs.most > ours.most + 0.01 || theirs.moved > ours.moved));
    }
  }
}

}  // namespace warble::sharding
