// Every change of the cluster map, as the transaction that makes it: each compares the rows it
// rests on, and writes `rev`. Pure functions, thread-safe.
#pragma once

#include "sharding/agreement.h"
#include "sharding/cluster_map.h"
#include "sharding/placement.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace warble::sharding {

// ---- A partition's row. `now`: as it was seen; no other than this one is changed. ----

/// The owner is to hand the partition to another shard. Not during another move.
AgreedTransaction StartMove(std::uint32_t partition, const Agreed<PartitionRow>& now,
                            PartitionRow::Move move);
/// The destination of a move becomes the owner. Sent by the destination alone, when it has it all.
AgreedTransaction HandOver(std::uint32_t partition, const Agreed<PartitionRow>& now);
/// The owner keeps the partition, in a new epoch. Only during a move; sent by anyone.
AgreedTransaction AbortMove(std::uint32_t partition, const Agreed<PartitionRow>& now);
/// Another shard owns the partition, without what its owner has. Only for an owner that is lost.
AgreedTransaction ForceOwner(std::uint32_t partition, const Agreed<PartitionRow>& now,
                             ShardNumber owner);

// ---- A new cluster: created, then its partitions placed, then ready. ----

/// `format`: not ready. Refused if there is a cluster of that name.
AgreedTransaction CreateCluster(const FormatRow& format,
                                std::span<const std::pair<ShardNumber, ShardRow>> shards);
/// All of `owners`, each of which is somebody, in epoch 1: as many transactions as etcd's limit
/// demands, in any order. `format`: as it was created; once it is ready, late copies are refused.
std::vector<AgreedTransaction> PlacePartitions(const Agreed<FormatRow>& format,
                                               const Owners& owners);
/// When all of PlacePartitions() has been applied.
AgreedTransaction MakeReady(const Agreed<FormatRow>& format);

}  // namespace warble::sharding
