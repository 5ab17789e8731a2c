#include "sharding/consistent_hash.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <limits>

namespace warble::sharding {
namespace {

__extension__ using Wide = unsigned __int128;

/// The partition in 2 bytes, then the shard in 8, big-endian.
std::uint64_t HashOf(std::uint32_t partition, ShardNumber shard) {
  std::array<unsigned char, 10> bytes{};
  const auto number = static_cast<std::uint16_t>(shard);
  bytes[0] = static_cast<unsigned char>(partition >> 8);
  bytes[1] = static_cast<unsigned char>(partition);
  bytes[8] = static_cast<unsigned char>(number >> 8);
  bytes[9] = static_cast<unsigned char>(number);
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

std::uint64_t DistanceOf(std::uint64_t hash) {
  if (hash == std::numeric_limits<std::uint64_t>::max()) return 1;  // u = 1
  const std::uint64_t number = hash + 1;
  const auto leading = static_cast<unsigned>(std::countl_zero(number));
  // log2(number) = (63 - leading) + log2(m), m in [1, 2) with 63 bits behind the point. Squaring m
  // doubles its logarithm: whether the square reaches 2 is the next bit of the fraction.
  std::uint64_t logarithm = 63 - leading;
  std::uint64_t m = number << leading;
  for (unsigned bit = 0; bit < Score::kFractionBits; ++bit) {
    const Wide square = Wide{m} * m;  // 126 bits behind the point
    const bool reaches_2 = (square >> 127) != 0;
    logarithm = logarithm << 1 | static_cast<std::uint64_t>(reaches_2);
    m = static_cast<std::uint64_t>(square >> (reaches_2 ? 64 : 63));
  }
  const std::uint64_t all = std::uint64_t{64} << Score::kFractionBits;
  return std::max<std::uint64_t>(all - logarithm, 1);
}

int Score::Compare(const Score& a, const Score& b) {
  const Wide left = Wide{a.weight} * b.distance;
  const Wide right = Wide{b.weight} * a.distance;
  return static_cast<int>(left > right) - static_cast<int>(left < right);
}

Score ScoreOf(std::uint32_t partition, ShardNumber shard, std::uint32_t weight) {
  return {weight, DistanceOf(HashOf(partition, shard))};
}

}  // namespace warble::sharding
