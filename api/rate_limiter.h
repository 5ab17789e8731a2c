// Rate limits: a token bucket a key, in the form of the generic cell rate algorithm (GCRA, from
// ATM traffic control): one time a key says how full its bucket is, and an idle key needs no row.
//
// Thread-safe. Bounded: when the table is full, idle keys are forgotten, then any.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace warble::api {

class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Verdict {
    bool allowed;
    unsigned limit;          ///< what a full bucket holds
    unsigned remaining;      ///< what is left in it
    unsigned reset_s;        ///< until it is full again, rounded up
    unsigned retry_after_s;  ///< until one more is allowed, rounded up; 0 when allowed
  };

  /// One every `interval` in the long run, `burst` at once. Both are above 0, and a full bucket is
  /// less than a century.
  RateLimiter(std::chrono::nanoseconds interval, unsigned burst);

  /// Takes one from the bucket of `key` if there is one. Keys are hashes: 64 well-mixed bits.
  Verdict Count(std::uint64_t key, Time now);
  /// Gives one back that Count() allowed.
  void Refund(std::uint64_t key, Time now);

 private:
  static constexpr std::size_t kStripes = 64;
  static constexpr std::size_t kKeysPerStripe = 1 << 14;
  struct Stripe {
    std::mutex mutex;
    boost::unordered_flat_map<std::uint64_t, Time> full_again_at;
  };

  Stripe& StripeOf(std::uint64_t key) { return stripes_[key >> 58]; }
  static void MakeRoom(Stripe& stripe, Time now);

  const std::chrono::nanoseconds interval_;
  const unsigned burst_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace warble::api
