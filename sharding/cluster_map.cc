#include "sharding/cluster_map.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace warble::sharding {
namespace {

/// Puts a row into the place of its key, which may be empty. Nothing for `parsed` is a malformed
/// row; a row without a value has been removed.
template <class T>
bool Put(std::optional<Agreed<T>>& place, const AgreedRow& row,
         std::optional<T> (*parse)(std::string_view)) {
  if (place && place->changed_at >= row.changed_at) return true;
  if (!row.value) {
    place.reset();
    return true;
  }
  std::optional<T> parsed = parse(*row.value);
  if (!parsed) return false;
  place = Agreed<T>{std::move(*parsed), row.changed_at};
  return true;
}

template <class Rows, class Key, class T>
bool PutInto(Rows& rows, Key key, const AgreedRow& row,
             std::optional<T> (*parse)(std::string_view)) {
  std::optional<Agreed<T>> place;
  const auto at = rows.find(key);
  if (at != rows.end()) place = std::move(at->second);
  const bool well_formed = Put(place, row, parse);
  if (place) {
    rows.insert_or_assign(std::move(key), std::move(*place));
  } else if (at != rows.end()) {
    rows.erase(at);
  }
  return well_formed;
}

}  // namespace

std::optional<ShardNumber> ClusterMap::OwnerOf(std::uint32_t partition) const {
  const auto& agreed = partitions[partition];
  if (!agreed || agreed->row.epoch < seen_epochs[partition]) return std::nullopt;
  return agreed->row.owner;
}

std::optional<std::string_view> ClusterMap::NodeOf(ShardNumber shard) const {
  const auto at = shards.find(shard);
  if (at == shards.end()) return std::nullopt;
  return at->second.row.node;
}

const NodeRow* ClusterMap::NodeOf(std::uint32_t partition) const {
  const auto owner = OwnerOf(partition);
  const auto node = owner ? NodeOf(*owner) : std::nullopt;
  if (!node) return nullptr;
  const auto at = nodes.find(*node);
  return at == nodes.end() ? nullptr : &at->second.row;
}

Owners ClusterMap::owners() const {
  Owners owners{};
  for (std::uint32_t p = 0; p < storage::kPartitionCount; ++p) owners[p] = OwnerOf(p);
  return owners;
}

bool ClusterMap::Take(const AgreedRow& row) {
  const Subject subject = SubjectOf(row.key);
  if (std::holds_alternative<FormatSubject>(subject)) return Put(format, row, ParseFormat);
  if (const auto* shard = std::get_if<ShardSubject>(&subject)) {
    return PutInto(shards, shard->shard, row, ParseShard);
  }
  if (const auto* node = std::get_if<NodeSubject>(&subject)) {
    return PutInto(nodes, node->name, row, ParseNode);
  }
  if (const auto* partition = std::get_if<PartitionSubject>(&subject)) {
    return Put(partitions[partition->partition], row, ParsePartition);
  }
  return true;  // `rev`, and what is another version's
}

}  // namespace warble::sharding
