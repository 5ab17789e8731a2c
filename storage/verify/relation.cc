#include "storage/verify/relation.h"

#include <xxhash.h>

#include <algorithm>

namespace warble::storage {

void Relation::Add(Side side, std::string_view fact) {
  const XXH128_hash_t hash = XXH3_128bits(fact.data(), fact.size());
  Bucket& bucket = buckets_[BucketOf(hash.low64)];
  if (side == Side::kLeft) {
    bucket.low += hash.low64;
    bucket.high += hash.high64;
  } else {
    bucket.low -= hash.low64;
    bucket.high -= hash.high64;
  }
  ++bucket.facts;
}

std::size_t Relation::DifferingBuckets() const {
  return static_cast<std::size_t>(std::count_if(
      buckets_.begin(), buckets_.end(), [](const Bucket& bucket) { return !bucket.Agrees(); }));
}

Differences::Differences(const Relation& relation, std::uint64_t limit)
    : chosen_(Relation::kBucketCount) {
  for (std::size_t i = 0; i < Relation::kBucketCount; ++i) {
    const Relation::Bucket& bucket = relation.buckets_[i];
    if (bucket.Agrees()) continue;
    if (bucket.facts <= limit) {
      limit -= bucket.facts;
      chosen_[i] = true;
    } else {
      ++buckets_left_out_;
    }
  }
}

void Differences::Add(Side side, std::string_view fact) {
  const XXH128_hash_t hash = XXH3_128bits(fact.data(), fact.size());
  if (!chosen_[Relation::BucketOf(hash.low64)]) return;
  const auto [entry, added] = balance_.try_emplace(std::string(fact), 0);
  entry->second += side == Side::kLeft ? 1 : -1;
  if (entry->second == 0) balance_.erase(entry);
}

std::vector<Differences::Fact> Differences::Take() {
  std::vector<Fact> facts;
  for (const auto& [bytes, balance] : balance_) {
    facts.push_back({bytes, balance > 0 ? Side::kLeft : Side::kRight});
  }
  balance_.clear();
  std::sort(facts.begin(), facts.end(),
            [](const Fact& left, const Fact& right) { return left.bytes < right.bytes; });
  return facts;
}

}  // namespace warble::storage
