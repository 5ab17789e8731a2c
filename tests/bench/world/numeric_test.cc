#include "bench/world/numeric.h"

#include <doctest/doctest.h>

#include <cmath>

namespace warble::bench {

TEST_CASE("numeric: powers and logarithms agree with the mathematical library to 11 digits") {
  for (double x = -60; x < 60; x += 0.0371) {
    CAPTURE(x);
    CHECK(std::abs(Exp2(x) / std::exp2(x) - 1) < 1e-11);
    CHECK(std::abs(Log2(std::exp2(x)) - x) < 1e-11);
  }
  CHECK(Exp2(0) == 1);
  CHECK(Log2(1) == 0);
}

TEST_CASE("numeric: normal deviates have the mean, the deviation and the tails of a normal") {
  constexpr int kCount = 100'000;
  Random random(7);
  double sum = 0;
  double squares = 0;
  int beyond_two = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = Normal(random);
    sum += x;
    squares += x * x;
    if (std::abs(x) > 2) ++beyond_two;
  }
  CHECK(std::abs(sum / kCount) < 0.015);
  CHECK(std::abs(squares / kCount - 1) < 0.02);
  CHECK(std::abs(static_cast<double>(beyond_two) / kCount - 0.0455) < 0.003);
}

TEST_CASE("numeric: a reduced hash is below its limit and reaches both ends") {
  CHECK(Reduce(0, 10) == 0);
  CHECK(Reduce(~std::uint64_t{0}, 10) == 9);
  CHECK(Reduce(~std::uint64_t{0}, 1) == 0);
}

}  // namespace warble::bench
