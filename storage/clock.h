// The hybrid clock: every time and every tweet id of a node comes from here (I1).
//
// It follows the wall clock but never falls: when the wall clock does, it stands still. Every batch
// stores the clock's ceiling, just above the newest time that was given out, and a restart begins
// there: so no time or id that was ever acknowledged is given out twice, whatever the wall clock
// says. (The idea is that of HLCs, Kulkarni et al. 2014, without the message part.)
//
// Owned by the committer; not thread-safe.
#pragma once

#include "storage/types.h"

#include <functional>
#include <utility>

namespace warble::storage {

class Clock {
 public:
  using WallClock = std::function<Timestamp()>;

  /// `stored_ceiling` is what meta held: nothing at or above it has been acknowledged.
  Clock(WallClock wall, Timestamp stored_ceiling);

  /// The time now; never less than any earlier answer, and at least the stored ceiling.
  Timestamp Now();
  /// A pair of time and sequence (10 bits) that was never given out before.
  std::pair<Timestamp, std::uint32_t> Unique();
  /// What to store with a batch: above all that was given out.
  Timestamp Ceiling() const { return {last_.ms + 1}; }

  static Timestamp SystemTime();

 private:
  WallClock wall_;
  Timestamp last_;
  std::uint32_t next_sequence_ = 0;
};

}  // namespace warble::storage
