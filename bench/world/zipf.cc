#include "bench/world/zipf.h"

#include "storage/base/check.h"

#include <algorithm>
#include <cmath>

namespace warble::bench {
namespace {

/// log(1+x)/x and (e^x-1)/x, continued smoothly through 0, where the exponent is 1.
double LogRatio(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double ExpRatio(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

}  // namespace

// With ranks from 1: h(x) = x^-s is the density, H(x) = (x^(1-s) - 1) / (1-s) its integral. A
// uniform y between H(1.5) - h(1) and H(size + 0.5) is turned back into x = H^-1(y); the rank k
// nearest to x is taken if y lies in the part of k's strip that has h(k)'s area.
Zipf::Zipf(std::uint32_t size, double exponent) : size_(size), exponent_(exponent) {
  WARBLE_CHECK(size >= 1 && exponent > 0);
  integral_of_first_ = Integral(1.5) - 1;
  integral_of_last_ = Integral(size_ + 0.5);
  always_accepted_ = 2 - InverseOfIntegral(Integral(2.5) - Density(2));
}

double Zipf::Density(double x) const { return std::exp(-exponent_ * std::log(x)); }

double Zipf::Integral(double x) const {
  const double log = std::log(x);
  return ExpRatio((1 - exponent_) * log) * log;
}

double Zipf::InverseOfIntegral(double y) const {
  const double t = std::max(-1.0, y * (1 - exponent_));
  return std::exp(LogRatio(t) * y);
}

std::uint32_t Zipf::operator()(Random& random) const {
  while (true) {
    const double y = integral_of_last_ + random.Unit() * (integral_of_first_ - integral_of_last_);
    const double x = InverseOfIntegral(y);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, size_);
    if (rank - x <= always_accepted_ || y >= Integral(rank + 0.5) - Density(rank)) {
      return static_cast<std::uint32_t>(rank) - 1;
    }
  }
}

}  // namespace warble::bench
