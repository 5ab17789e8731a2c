#include "storage/format/partition.h"

#include "storage/base/check.h"
#include "storage/format/encoding.h"

#include <xxhash.h>

namespace warble::storage {
namespace {

constexpr unsigned kPartitionBits = TweetId::kPartitionBits;
static_assert(kPartitionCount == 1U << kPartitionBits);

// A user id begins with the partition: it is the first 12 bits of a user's rows.
constexpr std::size_t kHeadSize = 2;
constexpr unsigned kBitsBehind = 8 * kHeadSize - kPartitionBits;

std::uint32_t PartitionOfUserRow(std::string_view key) {
  return static_cast<std::uint32_t>(LoadBig<kHeadSize>(key) >> kBitsBehind);
}

// Of the keys that have a partition's users behind `prefix`.
KeyRange UsersBehind(Family family, std::string_view prefix, std::uint32_t partition) {
  const auto at = [&](std::uint32_t first) {
    return std::string(Key(prefix).AppendNumber(first << kBitsBehind, kHeadSize));
  };
  const bool is_last = partition + 1 == kPartitionCount;
  return {family, at(partition), is_last ? PrefixEnd(prefix) : at(partition + 1)};
}

}  // namespace

std::uint32_t PartitionOf(std::string_view username) {
  const std::string lower = LowerUsername(username);
  return static_cast<std::uint32_t>(XXH3_64bits(lower.data(), lower.size()) >>
                                    (64 - kPartitionBits));
}

std::optional<std::uint32_t> PartitionOfRow(Family family, std::string_view key) {
  if (family == Family::kUsernames) return PartitionOf(key);
  if (family != Family::kMeta) return PartitionOfUserRow(key);
  if (key.starts_with(kMetaPurgePrefix)) {
    return PartitionOfUserRow(key.substr(kMetaPurgePrefix.size()));
  }
  if (key.starts_with(kMetaSequencePrefix)) return DecodeSequenceKey(key);
  return std::nullopt;
}

std::vector<KeyRange> RangesOf(std::uint32_t partition) {
  WARBLE_CHECK(partition < kPartitionCount);
  std::vector<KeyRange> ranges;
  for (const Family family : kAllFamilies) {
    if (family == Family::kUsernames || family == Family::kMeta) continue;
    ranges.push_back(UsersBehind(family, {}, partition));
  }
  ranges.push_back(UsersBehind(Family::kMeta, kMetaPurgePrefix, partition));
  const std::string sequence(SequenceKey(partition));
  ranges.push_back({Family::kMeta, sequence, PrefixEnd(sequence)});
  return ranges;
}

}  // namespace warble::storage
