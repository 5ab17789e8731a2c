// The hybrid clock: every time and every tweet id of a node comes from here (I1).
//
// It follows the wall clock but never falls: when the wall clock does, it stands still. Its ceiling
// is stored 10 s ahead of what was ever given out, in the same batch as the first use beyond it; a
// restart begins above the stored ceiling, so no id is given out twice whatever the wall clock
// says. The idea is that of HLCs (Kulkarni et al., 2014), without the message part.
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
  static constexpr std::uint64_t kCeilingAheadMs = 10'000;

  /// `stored_ceiling` is what meta held: nothing at or above it has been given out.
  Clock(WallClock wall, Timestamp stored_ceiling);

  /// The time now; never less than any earlier answer, and at least the stored ceiling.
  Timestamp Now();
  /// A pair of time and sequence (10 bits) that was never given out before.
  std::pair<Timestamp, std::uint32_t> Unique();
  /// The ceiling to store with the current batch, when it must rise; else nothing.
  std::optional<Timestamp> NewCeiling();

  static Timestamp SystemTime();

 private:
  WallClock wall_;
  Timestamp last_;
  std::uint32_t next_sequence_ = 0;
  Timestamp ceiling_;
};

}  // namespace warble::storage
