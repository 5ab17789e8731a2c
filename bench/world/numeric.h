// Numeric: hashing and the few functions of real numbers that a world is made with.
//
// A world must be the same on every machine, but the last bit of exp() and log() differs from one
// mathematical library to the next. So these two are written in operations that IEEE 754 defines to
// the bit; compile every source that includes this with -ffp-contract=off. Pure functions.
#pragma once

#include "bench/world/random.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace warble::bench {

/// The finaliser of splitmix64: a bijection that leaves no relation between input and output bits.
inline std::uint64_t Mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}
inline std::uint64_t Mix(std::uint64_t a, std::uint64_t b) { return Mix(Mix(a) ^ b); }
inline std::uint64_t Mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return Mix(Mix(a, b) ^ c);
}

/// Brings a hash into 0 ≤ result < limit (D. Lemire, "Fast random integer generation in an
/// interval", 2019, without the rejection: limits here are far below 2^64).
inline std::uint64_t Reduce(std::uint64_t hash, std::uint64_t limit) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{hash} * limit) >> 64);
}

/// 2^x for |x| ≤ 1000, to about 12 digits: a shift of the exponent and the Taylor series of the
/// rest.
inline double Exp2(double x) {
  // Adding 1.5 · 2^52 leaves the nearest integer in the lowest bits.
  constexpr double kRounder = 0x1.8p52;
  const double shifted = x + kRounder;
  const double y = (x - (shifted - kRounder)) * 0x1.62e42fefa39efp-1;  // · ln 2; |y| ≤ 0.35
  double power = 1.0 / 3628800;
  power = power * y + 1.0 / 362880;
  power = power * y + 1.0 / 40320;
  power = power * y + 1.0 / 5040;
  power = power * y + 1.0 / 720;
  power = power * y + 1.0 / 120;
  power = power * y + 1.0 / 24;
  power = power * y + 1.0 / 6;
  power = power * y + 0.5;
  power = power * y + 1;
  power = power * y + 1;
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(shifted) << 52;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(power) + exponent);
}

/// The binary logarithm of a normal x > 0, to about 12 digits.
inline double Log2(double x) {
  constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  double exponent = static_cast<double>(static_cast<std::int64_t>(bits >> 52) - 1023);
  double m = std::bit_cast<double>((bits & kMantissa) | std::bit_cast<std::uint64_t>(1.0));
  if (m > 0x1.6a09e667f3bcdp0) {  // √2
    m *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh s
  const double s = (m - 1) / (m + 1);
  const double square = s * s;
  double sum = 0;
  for (int k = 15; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent + 2 * s * sum * 0x1.71547652b82fep0;  // 1 / ln 2
}

/// A normal deviate of mean 0 and deviation 1 (G. Marsaglia's polar method).
inline double Normal(Random& random) {
  while (true) {
    const double u = 2 * random.Unit() - 1;
    const double v = 2 * random.Unit() - 1;
    const double s = u * u + v * v;
    if (s >= 1 || s < 1e-300) continue;
    constexpr double kLn2 = 0x1.62e42fefa39efp-1;
    return u * std::sqrt(-2 * kLn2 * Log2(s) / s);
  }
}

}  // namespace warble::bench
