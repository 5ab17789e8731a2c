#include "storage/format/partition.h"

#include "storage/format/types.h"

#include <doctest/doctest.h>

#include <string>
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

}  // namespace warble::storage
