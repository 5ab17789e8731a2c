// Which shard is to own each partition.
//
// Every shard has a quota by its weight, in whole partitions. It keeps what it owns up to the
// quota, and lets go of what prefers it least (sharding/consistent_hash.h); what was let go or has
// no owner goes to the shard with room that it prefers. So
//   - every shard owns its weighted share, rounded down or up;
//   - no plan that comes to such shares moves fewer partitions;
//   - planning again, after any part of a plan was carried out, gives the same target.
// The target depends on today's owners: what is added and drained again may leave others behind.
#pragma once

#include "sharding/consistent_hash.h"
#include "storage/format/types.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace warble::sharding {

/// A shard that is to own partitions; one that is being drained is left out.
struct ShardWeight {
  ShardNumber shard;
  std::uint32_t weight;  ///< 1 to kMaxWeight
};

/// By partition; nothing: nobody owns it.
using Owners = std::array<std::optional<ShardNumber>, storage::kPartitionCount>;

/// Who is to own what. `shards`: at least one and at most kPartitionCount, each once, in any order.
Owners PlanOwners(const Owners& now, std::span<const ShardWeight> shards);

}  // namespace warble::sharding
