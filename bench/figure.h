// A figure of one operation: what warble-bench storage measures of us and of db_bench.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace warble::bench {

/// Writes under way at a time, ours as db_bench's.
inline constexpr std::size_t kWritesInFlight = 64;

struct Figure {
  double per_s = 0;
  double us = 0;  ///< the mean time of one operation
};

/// Of operations one after the other.
inline Figure FigureOf(std::uint64_t operations, std::chrono::steady_clock::duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const auto count = static_cast<double>(operations);
  return {.per_s = count / seconds, .us = seconds * 1e6 / count};
}

}  // namespace warble::bench
