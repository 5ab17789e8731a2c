// Permutation: a seeded bijection of 0 … size-1 without a table.
//
// x → (x · factor + offset) mod size, where the factor has no divisor in common with the size.
// Neighbours come to lie far apart, which is all that a rank of popularity needs. Immutable,
// thread-safe.
#pragma once

#include "bench/world/numeric.h"
#include "storage/base/check.h"

#include <cstdint>
#include <numeric>
#include <utility>

namespace warble::bench {

class Permutation {
 public:
  /// 1 ≤ size ≤ 2^31; the limit keeps products within 64 bits.
  Permutation(std::uint32_t size, std::uint64_t seed) : size_(size) {
    WARBLE_CHECK(size >= 1 && size <= std::uint32_t{1} << 31);
    offset_ = Reduce(Mix(seed, 1), size);
    factor_ = size / 4 + Reduce(Mix(seed, 2), size - size / 2);
    while (std::gcd(factor_, size_) != 1) ++factor_;
    factor_ %= size_;
    inverse_ = InverseOf(factor_);
  }

  std::uint32_t operator()(std::uint32_t x) const {
    return static_cast<std::uint32_t>((x * factor_ + offset_) % size_);
  }
  std::uint32_t Inverse(std::uint32_t y) const {
    return static_cast<std::uint32_t>((y + size_ - offset_) % size_ * inverse_ % size_);
  }

 private:
  // By the extended algorithm of Euclid.
  std::uint64_t InverseOf(std::uint64_t factor) const {
    std::int64_t rest = static_cast<std::int64_t>(size_);
    std::int64_t next_rest = static_cast<std::int64_t>(factor);
    std::int64_t inverse = 0;
    std::int64_t next_inverse = 1;
    while (next_rest > 1) {
      const std::int64_t quotient = rest / next_rest;
      rest = std::exchange(next_rest, rest - quotient * next_rest);
      inverse = std::exchange(next_inverse, inverse - quotient * next_inverse);
    }
    const auto size = static_cast<std::int64_t>(size_);
    return static_cast<std::uint64_t>((next_inverse % size + size) % size);
  }

  std::uint64_t size_;
  std::uint64_t offset_;
  std::uint64_t factor_;
  std::uint64_t inverse_;
};

}  // namespace warble::bench
