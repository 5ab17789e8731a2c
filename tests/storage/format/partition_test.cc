#include "storage/format/partition.h"

#include "tests/storage/format/sample_rows.h"
#include "tests/support/random.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {

// The partition is a part of every user's id. A change here loses everyone's data.
TEST_CASE("partition: the place of a name is fixed for ever") {
  const struct {
    const char* name;
    std::uint32_t partition;
  } kGolden[] = {
      {"alice", 1242}, {"bob", 320}, {"a", 3692}, {"zz_top_9", 3291}, {"user00000001", 2226}};
  for (const auto& row : kGolden) {
    INFO(std::string(row.name));
    const auto& [name, partition] = row;
    CHECK(PartitionOf(name) == partition);
  }
}

TEST_CASE("partition: does not regard case") {
  CHECK(PartitionOf("ALICE") == PartitionOf("alice"));
  CHECK(PartitionOf("Al_iCe9") == PartitionOf("al_ice9"));
}

TEST_CASE("partition: names spread evenly over all partitions") {
  constexpr int kNames = 400 * static_cast<int>(storage::kPartitionCount);
  std::vector<int> counts(storage::kPartitionCount);
  for (int i = 0; i < kNames; ++i) {
    const std::uint32_t partition = PartitionOf("user" + std::to_string(i));
    REQUIRE(partition < storage::kPartitionCount);
    ++counts[partition];
  }
  // 400 ± 20 a standard deviation: six of them are met by chance once in 10^5 runs of all names.
  for (const int count : counts) {
    REQUIRE(count > 280);
    REQUIRE(count < 520);
  }
}

namespace {

bool Lies(const tests::SampleRow& row, const std::vector<KeyRange>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const KeyRange& range) {
    return range.family == row.family && row.key >= range.lower &&
           (range.upper.empty() || row.key < range.upper);
  });
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string Describe(const KeyRange& range) {
  return fmt::format("{} {}-{}", FamilyName(range.family), Hex(range.lower), Hex(range.upper));
}

}  // namespace

TEST_CASE("partition: a row belongs to that of its user, whatever the family") {
  const UserId user = UserId::Make(0xabc, 7);
  const TweetId tweet = TweetId::Make({1'700'000'000'000}, 0xabc, 9);
  CHECK(tweet.partition() == 0xabc);
  const tests::SampleOf sample{user, UserId::Make(0x123, 1), tweet, {1'700'000'000'000}, "alice"};
  for (const tests::SampleRow& row : WellFormedRows(sample)) {
    INFO(FamilyName(row.family), " ", Hex(row.key));
    const bool is_directorys = row.key == kMetaClock || row.key == kMetaFormat ||
                               row.key.starts_with(kMetaSweepPrefix) ||
                               row.key.starts_with(kMetaOwnershipPrefix);
    const auto partition = PartitionOfRow(row.family, row.key);
    if (is_directorys) {
      CHECK_FALSE(partition);
    } else {
      CHECK(partition == (row.family == Family::kUsernames ? PartitionOf("alice") : 0xabc));
    }
  }
  for (const std::string_view key : {kMetaPartitions, kMetaHash, kMetaSecret}) {
    CHECK_FALSE(PartitionOfRow(Family::kMeta, key));
  }
}

TEST_CASE("partition: its ranges are fixed for ever") {
  std::vector<std::string> lines;
  for (const KeyRange& range : RangesOf(0xabc)) lines.push_back(Describe(range));
  CHECK(lines == std::vector<std::string>{
                     "users abc0-abd0", "tweets abc0-abd0", "favorited_tweets abc0-abd0",
                     "user_counters abc0-abd0", "follows_out abc0-abd0", "follows_in abc0-abd0",
                     "favorites_out abc0-abd0", "favorites_in abc0-abd0", "sessions abc0-abd0",
                     "idempotency abc0-abd0", "meta 70757267652fabc0-70757267652fabd0",
                     "meta 73657175656e63652f0abc-73657175656e63652f0abd"});
  const std::vector<KeyRange> last = RangesOf(kPartitionCount - 1);
  CHECK(Describe(last.front()) == "users fff0-");
  CHECK(Describe(last[10]) == "meta 70757267652ffff0-707572676530");
  CHECK(Describe(last[11]) == "meta 73657175656e63652f0fff-73657175656e63652f10");
}

TEST_CASE("partition: a row lies in the ranges of its partition and of no other, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  std::vector<std::vector<KeyRange>> ranges;
  for (std::uint32_t p = 0; p < kPartitionCount; ++p) ranges.push_back(RangesOf(p));
  for (int round = 0; round < 20; ++round) {
    tests::SampleOf sample = RandomSample(random);
    // The borders, too.
    if (round == 0) sample.user = {0};
    if (round == 1) sample.user = {(std::uint64_t{1} << 40) - 1};
    if (round == 2) sample.user = UserId::Make(1, 0);
    for (const tests::SampleRow& row : WellFormedRows(sample)) {
      if (row.family == Family::kUsernames) continue;
      const auto partition = PartitionOfRow(row.family, row.key);
      INFO(FamilyName(row.family), " ", Hex(row.key));
      for (std::uint32_t p = 0; p < kPartitionCount; ++p) {
        REQUIRE(Lies(row, ranges[p]) == (partition == p));
      }
    }
  }
}

}  // namespace warble::storage
