#include "api/rate_limiter.h"

#include "storage/base/check.h"

#include <algorithm>

namespace warble::api {
namespace {

using std::chrono::nanoseconds;

unsigned CeilSeconds(nanoseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  return static_cast<unsigned>(std::max<std::int64_t>(0, seconds));
}

}  // namespace

RateLimiter::RateLimiter(nanoseconds interval, unsigned burst)
    : interval_(interval), burst_(burst) {
  constexpr nanoseconds kCentury = std::chrono::hours(24 * 365 * 100);
  WARBLE_CHECK(interval > nanoseconds::zero() && burst > 0 && burst <= kCentury / interval);
}

RateLimiter::Verdict RateLimiter::Count(std::uint64_t key, Time now) {
  Stripe& stripe = StripeOf(key);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.full_again_at.find(key);
  const Time before = found == stripe.full_again_at.end() ? now : std::max(found->second, now);
  const nanoseconds capacity = interval_ * burst_;
  const Time after = before + interval_;
  if (after - now > capacity) {
    return {false, burst_, 0, CeilSeconds(before - now), CeilSeconds(after - now - capacity)};
  }
  if (found == stripe.full_again_at.end()) {
    if (stripe.full_again_at.size() >= kKeysPerStripe) MakeRoom(stripe, now);
    stripe.full_again_at.emplace(key, after);
  } else {
    found->second = after;
  }
  const auto remaining = static_cast<unsigned>((capacity - (after - now)) / interval_);
  return {true, burst_, remaining, CeilSeconds(after - now), 0};
}

void RateLimiter::Refund(std::uint64_t key, Time now) {
  Stripe& stripe = StripeOf(key);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.full_again_at.find(key);
  if (found == stripe.full_again_at.end()) return;
  found->second -= interval_;
  if (found->second <= now) stripe.full_again_at.erase(found);
}

void RateLimiter::MakeRoom(Stripe& stripe, Time now) {
  auto& table = stripe.full_again_at;
  boost::unordered::erase_if(table, [&](const auto& entry) { return entry.second <= now; });
  // Still crowded: forget an eighth, whichever lie first. Their buckets are full once more; that
  // is the price of a bound, and takes a million busy keys.
  for (std::size_t excess = kKeysPerStripe / 8;
       table.size() > kKeysPerStripe - kKeysPerStripe / 8 && excess > 0; --excess) {
    table.erase(table.begin());
  }
}

}  // namespace warble::api
