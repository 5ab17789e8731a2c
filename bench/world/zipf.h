// Zipf: ranks of which a few come often and most seldom, as people and tweets do.
//
// P(rank k) is proportional to 1 / (k+1)^exponent for 0 ≤ k < size. Sampled by rejection-inversion
// (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
// distributions", ACM TOMACS 6(3), 1996): constant time and memory for any size. Immutable,
// thread-safe.
#pragma once

#include "bench/world/random.h"

#include <cstdint>

namespace warble::bench {

class Zipf {
 public:
  /// size ≥ 1, exponent > 0 (1 included).
  Zipf(std::uint32_t size, double exponent);

  std::uint32_t operator()(Random& random) const;

 private:
  double Density(double x) const;
  double Integral(double x) const;
  double InverseOfIntegral(double y) const;

  double size_;
  double exponent_;
  double integral_of_first_;
  double integral_of_last_;
  double always_accepted_;  // a distance from the rank within which no rejection test is needed
};

}  // namespace warble::bench
