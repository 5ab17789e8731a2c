#include "bench/client/histogram.h"

#include "storage/base/check.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace warble::bench {

// Values below 2^(bits+1) have a cell each. Above, a value keeps its top bits+1 bits: its cell is
// (octave, those bits without the leading one).
Histogram::Histogram(unsigned precision_bits) : precision_bits_(precision_bits) {
  WARBLE_CHECK(precision_bits >= 1 && precision_bits <= 14);
  cells_.resize(CellOf(kMaxValue) + 1);
}

std::size_t Histogram::CellOf(std::uint64_t value) const {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > precision_bits_ + 1 ? width - precision_bits_ - 1 : 0;
  return (std::size_t{shift} << precision_bits_) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::LastValueOf(std::size_t cell) const {
  const std::size_t octave = cell >> precision_bits_;
  if (octave < 2) return cell;
  const std::size_t shift = octave - 1;
  const std::uint64_t top = cell - (shift << precision_bits_);
  return ((top + 1) << shift) - 1;
}

void Histogram::Record(std::uint64_t value) {
  value = std::min(value, kMaxValue);
  ++cells_[CellOf(value)];
  ++count_;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::Merge(const Histogram& other) {
  WARBLE_CHECK(precision_bits_ == other.precision_bits_);
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) cells_[cell] += other.cells_[cell];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double Histogram::mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

std::uint64_t Histogram::Percentile(double percent) const {
  if (count_ == 0) return 0;
  const double share = percent / 100 * static_cast<double>(count_);
  // A rank that is whole but for rounding must not become the next one.
  const auto rank = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(share - 1e-9 * static_cast<double>(count_))), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    seen += cells_[cell];
    if (seen >= rank) return std::min(LastValueOf(cell), max_);
  }
  return max_;
}

}  // namespace warble::bench
