#include "storage/clock.h"

#include "storage/check.h"

#include <chrono>

namespace warble::storage {
namespace {
// Tweet ids hold 41 bits of time: until the year 2075.
constexpr std::uint64_t kLastMs = kTweetEpoch.ms + (std::uint64_t{1} << 41) - 1;
}  // namespace

Clock::Clock(WallClock wall, Timestamp stored_ceiling)
    : wall_(std::move(wall)), last_(stored_ceiling) {}

Timestamp Clock::Now() {
  const Timestamp wall = wall_();
  if (wall > last_) {
    last_ = wall;
    next_sequence_ = 0;
  }
  WARBLE_CHECK(last_.ms >= kTweetEpoch.ms && last_.ms < kLastMs);
  return last_;
}

std::pair<Timestamp, std::uint32_t> Clock::Unique() {
  Now();
  if (next_sequence_ >> TweetId::kSequenceBits != 0) {
    ++last_.ms;
    next_sequence_ = 0;
  }
  return {last_, next_sequence_++};
}

Timestamp Clock::SystemTime() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return {ms < 0 ? 0 : static_cast<std::uint64_t>(ms)};
}

}  // namespace warble::storage
