#include "api/rate_limiter.h"

#include "api/service.h"

#include <doctest/doctest.h>

namespace warble::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RateLimiter::Time kStart{seconds(1000)};

TEST_CASE("rate limiter: a burst passes, then one an interval") {
  RateLimiter limiter(milliseconds(100), 5);
  for (unsigned i = 0; i < 5; ++i) {
    const auto verdict = limiter.Count(1, kStart);
    CHECK(verdict.allowed);
    CHECK(verdict.limit == 5);
    CHECK(verdict.remaining == 4 - i);
  }
  const auto refused = limiter.Count(1, kStart);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.remaining == 0);
  CHECK(refused.retry_after_s == 1);
  CHECK_FALSE(limiter.Count(1, kStart + milliseconds(99)).allowed);
  CHECK(limiter.Count(1, kStart + milliseconds(100)).allowed);
  CHECK_FALSE(limiter.Count(1, kStart + milliseconds(100)).allowed);
}

TEST_CASE("rate limiter: each key has its own bucket, and an idle one is full again") {
  RateLimiter limiter(seconds(1), 2);
  CHECK(limiter.Count(1, kStart).allowed);
  CHECK(limiter.Count(1, kStart).allowed);
  CHECK_FALSE(limiter.Count(1, kStart).allowed);
  CHECK(limiter.Count(2, kStart).allowed);
  const auto later = limiter.Count(1, kStart + seconds(2));
  CHECK(later.allowed);
  CHECK(later.remaining == 1);
  CHECK(later.reset_s == 1);
}

TEST_CASE("rate limiter: what is given back can be taken again") {
  RateLimiter limiter(seconds(30), 1);
  CHECK(limiter.Count(7, kStart).allowed);
  CHECK_FALSE(limiter.Count(7, kStart).allowed);
  limiter.Refund(7, kStart);
  CHECK(limiter.Count(7, kStart).allowed);
  limiter.Refund(8, kStart);  // nothing was taken: nothing happens
  CHECK(limiter.Count(8, kStart).allowed);
  CHECK_FALSE(limiter.Count(8, kStart).allowed);
}

TEST_CASE("rate limiter: the highest rate that a server takes is told apart from the next lower") {
  for (const unsigned rate : {kMaxRateLimit, kMaxRateLimit - 1}) {
    RateLimiter limiter(std::chrono::nanoseconds(1'000'000'000) / rate, rate * 4);
    const auto first = limiter.Count(1, kStart);
    CHECK(first.allowed);
    CHECK(first.limit == rate * 4);
    CHECK(first.remaining == rate * 4 - 1);
    CHECK(first.reset_s == 1);
  }
}

TEST_CASE("rate limiter: more keys than it has room for are still each limited at first") {
  RateLimiter limiter(seconds(1), 1);
  constexpr std::uint64_t kKeys = 40'000;  // all in one stripe, which holds 16,384
  for (std::uint64_t key = 0; key < kKeys; ++key) CHECK(limiter.Count(key, kStart).allowed);
  CHECK_FALSE(limiter.Count(kKeys - 1, kStart).allowed);
}

}  // namespace
}  // namespace warble::api
