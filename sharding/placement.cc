#include "sharding/placement.h"

#include "storage/base/check.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

namespace warble::sharding {
namespace {

using storage::kPartitionCount;

struct Place {
  ShardNumber shard;
  std::uint32_t weight;
  std::vector<std::uint32_t> held{};  // ascending
  std::size_t quota = 0;
  std::uint64_t remainder = 0;  // of the exact share, in parts of the sum of weights

  std::size_t room() const { return quota - std::min(quota, held.size()); }
};

/// In the order of their numbers, with what they hold. The others' partitions, and those of nobody,
/// go to `free`.
std::vector<Place> PlacesOf(const Owners& now, std::span<const ShardWeight> shards,
                            std::vector<std::uint32_t>& free) {
  std::map<ShardNumber, std::uint32_t> weights;
  for (const ShardWeight& one : shards) {
    WARBLE_CHECK(one.weight >= 1 && one.weight <= kMaxWeight);
    WARBLE_CHECK(weights.emplace(one.shard, one.weight).second);
  }
  WARBLE_CHECK(!weights.empty() && weights.size() <= kPartitionCount);
  std::vector<Place> places;
  std::map<ShardNumber, std::size_t> index;
  for (const auto& [shard, weight] : weights) {
    index.emplace(shard, places.size());
    places.push_back({shard, weight});
  }
  for (std::uint32_t partition = 0; partition < kPartitionCount; ++partition) {
    const auto owner = now[partition] ? index.find(*now[partition]) : index.end();
    (owner == index.end() ? free : places[owner->second].held).push_back(partition);
  }
  return places;
}

/// Shares rounded down, and one more for as many as that leaves over. Those that own it already
/// come first, so that nothing moves for the sake of rounding.
void SetQuotas(std::vector<Place>& places) {
  std::uint64_t sum = 0;
  for (const Place& place : places) sum += place.weight;
  std::size_t left = kPartitionCount;
  std::vector<Place*> rounded;
  for (Place& place : places) {
    const std::uint64_t share = std::uint64_t{kPartitionCount} * place.weight;
    place.quota = static_cast<std::size_t>(share / sum);
    place.remainder = share % sum;
    left -= place.quota;
    if (place.remainder > 0) rounded.push_back(&place);
  }
  std::sort(rounded.begin(), rounded.end(), [](const Place* a, const Place* b) {
    const bool a_less = a->held.size() <= a->quota;
    const bool b_less = b->held.size() <= b->quota;
    return std::tie(a_less, b->remainder, a->shard) < std::tie(b_less, a->remainder, b->shard);
  });
  for (std::size_t place = 0; place < left; ++place) ++rounded[place]->quota;
}

/// What a shard holds above its quota, by what prefers it least, goes to `free`.
void Release(Place& place, std::vector<std::uint32_t>& free) {
  if (place.held.size() <= place.quota) return;
  struct Held {
    Score score;
    std::uint32_t partition;
  };
  std::vector<Held> order;
  for (const std::uint32_t partition : place.held) {
    order.push_back({ScoreOf(partition, place.shard, place.weight), partition});
  }
  std::sort(order.begin(), order.end(), [](const Held& a, const Held& b) {
    const int compared = Score::Compare(a.score, b.score);
    return compared != 0 ? compared < 0 : a.partition < b.partition;
  });
  const std::size_t released = order.size() - place.quota;
  place.held.clear();
  for (std::size_t i = 0; i < order.size(); ++i) {
    (i < released ? free : place.held).push_back(order[i].partition);
  }
}

/// The shard with room that a partition prefers, of equal ones that with the least number.
Place& Preferred(std::uint32_t partition, std::vector<Place>& places) {
  Place* best = nullptr;
  Score best_score{};
  for (Place& place : places) {
    if (place.room() == 0) continue;
    const Score score = ScoreOf(partition, place.shard, place.weight);
    if (best == nullptr || Score::Compare(score, best_score) > 0) {
      best = &place;
      best_score = score;
    }
  }
  WARBLE_CHECK(best != nullptr);  // the quotas add up to the partitions
  return *best;
}

}  // namespace

Owners PlanOwners(const Owners& now, std::span<const ShardWeight> shards) {
  std::vector<std::uint32_t> free;
  std::vector<Place> places = PlacesOf(now, shards, free);
  SetQuotas(places);
  for (Place& place : places) Release(place, free);
  std::sort(free.begin(), free.end());
  for (const std::uint32_t partition : free) Preferred(partition, places).held.push_back(partition);
  Owners target;
  for (const Place& place : places) {
    for (const std::uint32_t partition : place.held) target[partition] = place.shard;
  }
  return target;
}

}  // namespace warble::sharding
