// The order in which each partition prefers the shards: weighted rendezvous hashing (Thaler and
// Ravishankar 1998; the weights as in Schindler and Schomaker 2005).
//
// A partition prefers the shard with the greatest weight / -log2(u), where u in (0, 1] comes from a
// hash of both. All in integers, so that every machine, compiler and version comes to the same
// order; tests/sharding/placement_test.cc pins it. Pure functions, thread-safe.
#pragma once

#include "storage/remote_rows.h"

#include <cstdint>

namespace warble::sharding {

/// From 1.
using storage::ShardNumber;

/// How much of the cluster a shard takes, beside the others: 1 to 10,000.
inline constexpr std::uint32_t kMaxWeight = 10'000;

/// weight / distance; more is preferred.
struct Score {
  std::uint32_t weight;
  std::uint64_t distance;  ///< -log2(u) in units of 2^-kFractionBits, at least 1

  static constexpr unsigned kFractionBits = 48;
  /// Negative, zero or positive, as a is less than, equal to or greater than b.
  static int Compare(const Score& a, const Score& b);
};

Score ScoreOf(std::uint32_t partition, ShardNumber shard, std::uint32_t weight);

/// -log2((hash + 1) / 2^64) in units of 2^-Score::kFractionBits, rounded up, at least 1.
std::uint64_t DistanceOf(std::uint64_t hash);

}  // namespace warble::sharding
