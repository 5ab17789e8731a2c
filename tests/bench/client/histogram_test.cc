#include "bench/client/histogram.h"

#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace warble::bench {
namespace {

/// The nearest-rank percentile of sorted values.
std::uint64_t ExactPercentile(const std::vector<std::uint64_t>& sorted, double percent) {
  const double share = percent / 100 * static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share - 1e-6));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

constexpr double kPercents[] = {0, 1, 25, 50, 90, 99, 99.9, 99.99, 100};

TEST_CASE("histogram: a percentile is never below the exact one and at most 0.1 % above") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("WARBLE_TEST_SEED=" << seed);
  tests::Random random(seed);
  for (const unsigned most_bits : {3U, 11U, 20U, 33U, Histogram::kMaxBits}) {
    Histogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 20'000; ++i) {
      // As many small as large ones: every octave is hit.
      const std::uint64_t value = random.Number() >> (64 - 1 - random.Below(most_bits));
      values.push_back(value);
      histogram.Record(value);
    }
    std::sort(values.begin(), values.end());
    CHECK(histogram.count() == values.size());
    CHECK(histogram.min() == values.front());
    CHECK(histogram.max() == values.back());
    for (const double percent : kPercents) {
      CAPTURE(most_bits);
      CAPTURE(percent);
      const std::uint64_t exact = ExactPercentile(values, percent);
      CHECK(histogram.Percentile(percent) >= exact);
      CHECK(static_cast<double>(histogram.Percentile(percent)) <=
            static_cast<double>(exact) * 1.001);
    }
  }
}

TEST_CASE("histogram: small values are exact") {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 2048; ++value) histogram.Record(value);
  CHECK(histogram.Percentile(50) == 1023);
  CHECK(histogram.Percentile(100) == 2047);
  CHECK(histogram.mean() == doctest::Approx(1023.5));
}

TEST_CASE("histogram: merged ones say what one would have said") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("WARBLE_TEST_SEED=" << seed);
  tests::Random random(seed);
  Histogram parts[2];
  Histogram whole;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = random.Below(1'000'000'000);
    parts[i % 2].Record(value);
    whole.Record(value);
  }
  parts[0].Merge(parts[1]);
  CHECK(parts[0].count() == whole.count());
  CHECK(parts[0].min() == whole.min());
  CHECK(parts[0].mean() == doctest::Approx(whole.mean()));
  for (const double percent : kPercents) {
    CHECK(parts[0].Percentile(percent) == whole.Percentile(percent));
  }
}

TEST_CASE("histogram: an empty one is all zeros, one too large a value is the largest") {
  Histogram histogram;
  CHECK(histogram.Percentile(99) == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.mean() == 0);
  histogram.Record(~std::uint64_t{0});
  CHECK(histogram.max() == Histogram::kMaxValue);
  CHECK(histogram.Percentile(50) == Histogram::kMaxValue);
}

}  // namespace
}  // namespace warble::bench
