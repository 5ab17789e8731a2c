// Schedule: when the requests of an open loop are due, whatever the server does.
//
// Poisson arrivals, like requests of many independent people, or one every 1/rate. The times depend
// on nothing but the seed and are never moved, so no omission is coordinated with the server. Not
// thread-safe: one a thread, each with its part of the rate.
#pragma once

#include "bench/world/random.h"

#include <chrono>
#include <cmath>
#include <cstdint>

namespace warble::bench {

enum class Arrivals { kPoisson, kConstant };

class Schedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// rate_per_s > 0. `phase`, 0 to 1, shifts constant arrivals by that part of their interval.
  Schedule(Arrivals arrivals, double rate_per_s, TimePoint start, std::uint64_t seed, double phase)
      : arrivals_(arrivals), interval_ns_(1e9 / rate_per_s), start_(start), random_(seed) {
    elapsed_ns_ = arrivals == Arrivals::kConstant ? phase * interval_ns_ : Gap();
  }

  /// When the next request is due.
  TimePoint due() const {
    return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(elapsed_ns_));
  }
  void Advance() { elapsed_ns_ += Gap(); }

 private:
  double Gap() {
    if (arrivals_ == Arrivals::kConstant) return interval_ns_;
    return -std::log(random_.Unit()) * interval_ns_;
  }

  Arrivals arrivals_;
  double interval_ns_;
  TimePoint start_;
  Random random_;
  double elapsed_ns_ = 0;  // a double holds whole nanoseconds for 100 days
};

}  // namespace warble::bench
