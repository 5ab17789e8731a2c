// Histogram: how often each value came, to a fixed relative precision.
//
// Log-linear, as in Gil Tene's HdrHistogram: every power of two is cut into 2^precision_bits equal
// cells, so a reported value is within 2^-precision_bits of the true one, whatever its size. With
// the default of 10 bits that is under 0.1 %: three significant digits. Values are unsigned (here:
// nanoseconds) and those above kMaxValue are counted as kMaxValue. Recording is a few
// instructions and never allocates. Not thread-safe: one a thread, merged at the end.
#pragma once

#include <cstdint>
#include <vector>

namespace warble::bench {

class Histogram {
 public:
  static constexpr unsigned kMaxBits = 42;
  static constexpr std::uint64_t kMaxValue = (std::uint64_t{1} << kMaxBits) - 1;  // 73 min in ns

  /// 1 ≤ precision_bits ≤ 14.
  explicit Histogram(unsigned precision_bits = 10);

  void Record(std::uint64_t value);
  /// Both must have the same precision.
  void Merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  /// The exact extremes and mean of what was recorded; 0 when nothing was.
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  std::uint64_t max() const { return max_; }
  double mean() const;
  /// The least value that at least `percent` % of the recorded ones do not exceed (nearest rank),
  /// rounded up to the end of its cell but never above max(). 0 ≤ percent ≤ 100; 0 when empty.
  std::uint64_t Percentile(double percent) const;

 private:
  std::size_t CellOf(std::uint64_t value) const;
  std::uint64_t LastValueOf(std::size_t cell) const;

  unsigned precision_bits_;
  std::vector<std::uint64_t> cells_;
  std::uint64_t count_ = 0;
  std::uint64_t min_ = kMaxValue;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace warble::bench
