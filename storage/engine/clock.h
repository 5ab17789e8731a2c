// The hybrid clock: every time and every tweet id of a node comes from here (I1), and it alone says
// whether something has expired.
//
// It follows the wall clock but never falls: when the wall clock does, it stands still. Every batch
// stores the clock's ceiling, just above the newest time that was given out, and a restart begins
// there: so no time or id that was ever acknowledged is given out twice, whatever the wall clock
// says. (The idea is that of HLCs, Kulkarni et al. 2014, without the message part.)
//
// If the wall clock jumps more than kLongestJump beyond the monotonic clock, the hybrid clock stops
// following it and logs a line. It goes on by the monotonic clock until the wall clock is back or
// the server is started again.
//
// Any thread may call the const functions; the committer's thread calls the others.
#pragma once

#include "storage/format/types.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

namespace warble::storage {

class Clock {
 public:
  struct Reading {
    Timestamp wall;
    std::uint64_t steady_ms = 0;  ///< never set, and goes on while the machine sleeps
  };
  using Source = std::function<Reading()>;

  static constexpr std::chrono::minutes kLongestJump{5};
  /// Expired rows stay that long, so that there is time to notice a wrong clock.
  static constexpr std::chrono::hours kGrace{6};

  /// `stored_ceiling` comes from meta: nothing at or above it has been acknowledged. Any thread may
  /// call `source`.
  Clock(Source source, Timestamp stored_ceiling);

  /// The time now; never less than any earlier answer, and at least the stored ceiling.
  Timestamp Now() const;
  /// Rows that expired before this may be deleted for good: they expired over kGrace ago by the
  /// wall clock and by the hybrid clock. A start has to believe the wall clock; so within kGrace of
  /// it they also expired by the stored ceiling and the monotonic clock.
  Timestamp SurelyPast() const;
  /// Whether the time that ids can hold is over: commands under way may finish, and none may begin.
  bool IsAtEnd() const { return Now() >= kEnd; }
  /// How far the wall clock is ahead of Now(): 0 while it is followed, negative while time stands.
  std::int64_t LeadMs() const;

  /// A pair of time and sequence (10 bits) that was never given out before.
  std::pair<Timestamp, std::uint32_t> Unique();
  /// The time to store with a batch: above all that were given out.
  Timestamp Ceiling() const { return {last_ms_.load() + 1}; }

  /// Whether a node can start at this time of the wall clock.
  static bool CanBegin(Timestamp wall) { return wall >= kTweetEpoch && wall < kEnd; }
  static Reading ReadSystem();

 private:
  // Tweet ids hold 41 bits of time: until September 2075. Commands under way in the last minute
  // take far less than a minute of ids.
  static constexpr Timestamp kEnd{kTweetEpoch.ms + (std::uint64_t{1} << 41) - 60'000};

  Clock(Source source, Timestamp stored_ceiling, Reading start);
  Timestamp Follow(const Reading& reading) const;
  void NoteJump(bool has_jumped, std::int64_t by_ms) const;

  const Source source_;
  const Timestamp stored_ceiling_;
  const std::uint64_t started_ms_;                      // by the monotonic clock
  mutable std::atomic<std::uint64_t> last_ms_;          // the newest time given out
  mutable std::atomic<std::int64_t> furthest_lead_ms_;  // of the wall clock over the monotonic one
  mutable std::atomic<bool> has_jumped_{false};

  Timestamp unique_at_;
  std::uint32_t next_sequence_ = 0;
};

}  // namespace warble::storage
