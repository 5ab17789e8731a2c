#include "sharding/map_keeper.h"

#include "storage/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace warble::sharding {
namespace {

using storage::kPartitionCount;

/// Why the format is none that this software serves, or none that can follow; empty if it is.
std::string WhyNot(const ClusterMap& now, const ClusterMap& next) {
  if (!next.format) return "etcd holds no such cluster";
  const FormatRow& format = next.format->row;
  if (format.partitions != kPartitionCount || format.hash != storage::kPartitionHash) {
    return fmt::format("the cluster has {} partitions by the hash {}, this software {} by {}",
                       format.partitions, format.hash, kPartitionCount, storage::kPartitionHash);
  }
  if (now.ready() && !format.ready) return "the cluster was ready and is being initialised again";
  return {};
}

/// Why a partition's row cannot follow; empty if it can.
std::string WhyNot(std::uint32_t partition, const std::optional<Agreed<PartitionRow>>& now,
                   const std::optional<Agreed<PartitionRow>>& next, bool ready) {
  const std::string key = PartitionKey(partition);
  if (!next) return now || ready ? fmt::format("{} is missing", key) : "";
  if (!now) return {};
  if (next->changed_at < now->changed_at) {
    return fmt::format("{} was changed at revision {}, etcd says at {}", key, now->changed_at,
                       next->changed_at);
  }
  if (next->changed_at == now->changed_at && next->row != now->row) {
    return fmt::format("{} differs from what it was at the same revision", key);
  }
  if (next->row.epoch < now->row.epoch) {
    return fmt::format("the epoch of {} fell from {} to {}", key, now->row.epoch, next->row.epoch);
  }
  if (next->row.epoch == now->row.epoch && next->row.owner != now->row.owner) {
    return fmt::format("the owner of {} changed within epoch {}", key, now->row.epoch);
  }
  return {};
}

}  // namespace

MapKeeper::Verdict MapKeeper::Read(Revision revision, std::span<const AgreedRow> rows) {
  if (revision < map_.revision) return Verdict::kOlder;
  if (revision == map_.revision) return Verdict::kNothingNew;
  ClusterMap next;
  next.revision = revision;
  for (const AgreedRow& row : rows) {
    if (!next.Take(row)) return Refuse(fmt::format("{} is malformed", row.key));
  }
  return Adopt(next);
}

MapKeeper::Verdict MapKeeper::Watched(std::span<const AgreedRow> changes) {
  ClusterMap next = map_;
  for (const AgreedRow& row : changes) {
    if (row.changed_at <= map_.revision) continue;  // of before a read
    SeeRevision(row.changed_at);
    next.revision = std::max(next.revision, row.changed_at);
    if (!next.Take(row)) return Refuse(fmt::format("{} is malformed", row.key));
  }
  return next.revision == map_.revision ? Verdict::kNothingNew : Adopt(next);
}

void MapKeeper::SeeRevision(Revision revision) {
  seen_revision_ = std::max(seen_revision_, revision);
}

void MapKeeper::SeeEpoch(std::uint32_t partition, std::uint64_t epoch) {
  std::uint64_t& seen = map_.seen_epochs[partition];
  seen = std::max(seen, epoch);
}

bool MapKeeper::IsBehind() const {
  if (map_.revision == 0 || map_.revision < seen_revision_) return true;
  for (std::uint32_t p = 0; p < kPartitionCount; ++p) {
    if (map_.seen_epochs[p] > 0 && !map_.OwnerOf(p)) return true;
  }
  return false;
}

MapKeeper::Verdict MapKeeper::Adopt(const ClusterMap& next) {
  std::string why = WhyNot(map_, next);
  if (why.empty() && cluster_ && next.format->row.cluster != *cluster_) {
    why = fmt::format("etcd holds the cluster {}, this node is of {}", next.format->row.cluster,
                      *cluster_);
  }
  for (std::uint32_t p = 0; p < kPartitionCount && why.empty(); ++p) {
    why = WhyNot(p, map_.partitions[p], next.partitions[p], next.ready());
  }
  if (!why.empty()) return Refuse(std::move(why));
  const auto seen_epochs = map_.seen_epochs;
  map_ = next;
  map_.seen_epochs = seen_epochs;
  for (std::uint32_t p = 0; p < kPartitionCount; ++p) {
    if (map_.partitions[p]) SeeEpoch(p, map_.partitions[p]->row.epoch);
  }
  cluster_ = map_.format->row.cluster;
  refusal_.clear();
  return Verdict::kAdopted;
}

MapKeeper::Verdict MapKeeper::Refuse(std::string why) {
  refusal_ = std::move(why);
  return Verdict::kRefused;
}

}  // namespace warble::sharding
