#include "storage/engine/clock.h"

#include "storage/base/check.h"

#include <spdlog/spdlog.h>
#include <time.h>

#include <algorithm>

namespace warble::storage {
namespace {

constexpr std::int64_t kLongestJumpMs = std::chrono::milliseconds(Clock::kLongestJump).count();
constexpr std::uint64_t kGraceMs = std::chrono::milliseconds(Clock::kGrace).count();

std::int64_t Signed(std::uint64_t ms) { return static_cast<std::int64_t>(ms); }

// Raises `number` to at least `value`; returns its new value.
template <class Number>
Number Raise(std::atomic<Number>& number, Number value) {
  Number present = number.load();
  while (present < value && !number.compare_exchange_weak(present, value)) {
  }
  return std::max(present, value);
}

}  // namespace

Clock::Clock(Source source, Timestamp stored_ceiling) : Clock(source, stored_ceiling, source()) {}

// The lead is counted from the ceiling where the wall clock is behind it: catching up is no jump.
Clock::Clock(Source source, Timestamp stored_ceiling, Reading start)
    : source_(std::move(source)),
      stored_ceiling_(stored_ceiling),
      started_ms_(start.steady_ms),
      last_ms_(std::max(std::clamp(start.wall, kTweetEpoch, kEnd), stored_ceiling).ms),
      furthest_lead_ms_(Signed(last_ms_) - Signed(started_ms_)) {}

Timestamp Clock::Now() const { return Follow(source_()); }

Timestamp Clock::Follow(const Reading& reading) const {
  const std::int64_t steady_ms = Signed(reading.steady_ms);
  const std::int64_t lead_ms = Signed(reading.wall.ms) - steady_ms;
  // The furthest one: a wall clock that fell and is set right again has not jumped.
  const std::int64_t furthest_ms = furthest_lead_ms_;
  const bool has_jumped = lead_ms > furthest_ms + kLongestJumpMs;
  if (has_jumped != has_jumped_) NoteJump(has_jumped, lead_ms - furthest_ms);
  if (!has_jumped) Raise(furthest_lead_ms_, lead_ms);
  const std::int64_t now_ms = steady_ms + (has_jumped ? furthest_ms : lead_ms);
  const std::int64_t held_ms = std::clamp(now_ms, Signed(kTweetEpoch.ms), Signed(kEnd.ms));
  return {Raise(last_ms_, static_cast<std::uint64_t>(held_ms))};
}

void Clock::NoteJump(bool has_jumped, std::int64_t by_ms) const {
  if (has_jumped_.exchange(has_jumped) == has_jumped) return;  // another thread was faster
  if (has_jumped) {
    spdlog::error(
        "the clock of this machine jumped {} s ahead and is not followed; set it right, or, if it "
        "is right now, restart the server",
        by_ms / 1000);
  } else {
    spdlog::info("the clock of this machine is back and is followed again");
  }
}

Timestamp Clock::SurelyPast() const {
  const Reading reading = source_();
  std::uint64_t past_ms = std::min(Follow(reading), reading.wall).ms;
  const std::uint64_t up_ms = reading.steady_ms - started_ms_;
  if (up_ms < kGraceMs) past_ms = std::min(past_ms, stored_ceiling_.ms + up_ms);
  return {past_ms - std::min(past_ms, kGraceMs)};
}

std::int64_t Clock::LeadMs() const {
  const Reading reading = source_();
  return Signed(reading.wall.ms) - Signed(Follow(reading).ms);
}

std::pair<Timestamp, std::uint32_t> Clock::Unique() {
  const Timestamp now = Now();
  if (now > unique_at_) {
    unique_at_ = now;
    next_sequence_ = 0;
  } else if (next_sequence_ >> TweetId::kSequenceBits != 0) {
    unique_at_.ms = Raise(last_ms_, unique_at_.ms + 1);
    next_sequence_ = 0;
  }
  return {unique_at_, next_sequence_++};
}

Clock::Reading Clock::ReadSystem() {
  const auto read_ms = [](clockid_t clock) {
    timespec now{};
    WARBLE_CHECK(::clock_gettime(clock, &now) == 0);
    const std::int64_t ms = std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0));
  };
  // In this order: a pause between the two looks like a fall, which is harmless, and not like a
  // jump.
  const Timestamp wall{read_ms(CLOCK_REALTIME)};
  return {wall, read_ms(CLOCK_BOOTTIME)};
}

}  // namespace warble::storage
