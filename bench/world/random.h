// Random: the load generator's own small, quick source of randomness.
//
// xoshiro256++ (D. Blackman, S. Vigna, 2019), its state filled by splitmix64 as its authors
// advise. The same seed gives the same numbers everywhere. Not thread-safe.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace warble::bench {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15;
      std::uint64_t z = seed;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
      z = (z ^ z >> 27) * 0x94D049BB133111EB;
      word = z ^ z >> 31;
    }
  }

  std::uint64_t Number() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// 0 ≤ result < limit; limit ≥ 1. By multiplication (D. Lemire): the bias is below limit / 2^32.
  std::uint32_t Below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(((Number() >> 32) * limit) >> 32);
  }

  /// 0 < result ≤ 1, so that its logarithm is finite.
  double Unit() { return static_cast<double>((Number() >> 11) + 1) * 0x1.0p-53; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace warble::bench
