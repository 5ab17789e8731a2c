// The cluster as one revision of etcd has it: which shard owns each partition, and which node
// serves each shard. A name leads to a partition, a partition to a shard, a shard to a node.
//
// A value; what makes one out of etcd's answers is sharding/map_keeper.h.
#pragma once

#include "sharding/agreement.h"
#include "sharding/cluster_rows.h"
#include "sharding/placement.h"
#include "storage/format/types.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace warble::sharding {

template <class T>
struct Agreed {
  T row;
  Revision changed_at;
  friend bool operator==(const Agreed&, const Agreed&) = default;
};

struct ClusterMap {
  Revision revision = 0;  ///< 0: nothing is known yet
  std::optional<Agreed<FormatRow>> format;
  std::map<ShardNumber, Agreed<ShardRow>> shards;
  std::map<std::string, Agreed<NodeRow>, std::less<>> nodes;
  std::array<std::optional<Agreed<PartitionRow>>, storage::kPartitionCount> partitions{};
  /// The greatest epoch that anybody told of, 0 if none.
  std::array<std::uint64_t, storage::kPartitionCount> seen_epochs{};

  /// Whether partitions have been placed.
  bool ready() const { return format && format->row.ready; }

  /// Nothing while nobody is known to own the partition: its row is older than an epoch that was
  /// seen, or there is none.
  std::optional<ShardNumber> OwnerOf(std::uint32_t partition) const;
  /// The name of the node that serves a shard, or nothing if there is no such shard.
  std::optional<std::string_view> NodeOf(ShardNumber shard) const;
  /// The row of the node that serves a partition, or null where the way there is not known.
  const NodeRow* NodeOf(std::uint32_t partition) const;

  Owners owners() const;

  /// Puts in a row of a later change than the one that is there, or passes over it. False if the
  /// row is none that this software can read.
  [[nodiscard]] bool Take(const AgreedRow& row);
};

}  // namespace warble::sharding
