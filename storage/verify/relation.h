// Comparing two sets of facts that lie in different orders, in memory that does not grow with them.
//
// The two directions of an edge are kept in two families that are sorted differently, so they
// cannot be merged. Instead every fact is hashed; its hash picks a bucket and is added to the
// bucket's sum, or for the other side taken from it. Sums do not depend on order, so equal sets
// leave every sum at zero, and with 128 bits nothing else does in practice. A second look at the
// facts of the buckets that are not zero names those which lie on one side only.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warble::storage {

/// Where a fact was found.
enum class Side { kLeft, kRight };

/// The first look: 24 bytes for each of 2^16 buckets.
class Relation {
 public:
  Relation() : buckets_(kBucketCount) {}

  void Add(Side side, std::string_view fact);
  /// Whether both sides held the same facts.
  bool Agrees() const { return DifferingBuckets() == 0; }
  std::size_t DifferingBuckets() const;

 private:
  friend class Differences;
  static constexpr std::size_t kBucketCount = std::size_t{1} << 16;
  struct Bucket {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::uint64_t facts = 0;  // of both sides
    bool Agrees() const { return low == 0 && high == 0; }
  };
  static std::size_t BucketOf(std::uint64_t low_hash) { return low_hash % kBucketCount; }

  std::vector<Bucket> buckets_;
};

/// The second look: takes the same facts once more and keeps those of differing buckets that were
/// not yet met on both sides, at most `limit` at a time.
class Differences {
 public:
  Differences(const Relation& relation, std::uint64_t limit);

  void Add(Side side, std::string_view fact);

  struct Fact {
    std::string bytes;
    Side only_on;
  };
  /// What lies on one side only, in the order of the bytes.
  std::vector<Fact> Take();
  /// Differing buckets that would have gone past the limit: their facts are not in Take().
  std::size_t buckets_left_out() const { return buckets_left_out_; }

 private:
  std::vector<bool> chosen_;
  std::size_t buckets_left_out_ = 0;
  std::unordered_map<std::string, int> balance_;  // left minus right; never 0
};

}  // namespace warble::storage
