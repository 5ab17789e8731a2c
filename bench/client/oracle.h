// Oracle: knows what a server must answer, and says where it does not.
//
// It knows from three sources: the world that was loaded, the journal of acknowledged writes, and
// its own writes, as users that no load acts as (the kReservedUsers least popular).
//
// While a load runs, Probe() checks again and again: a write is seen by the next read on both sides
// of an edge; a walk by cursors over a growing list is complete, in order and without doubles. When
// it has ended, Verify() checks every journaled write and, for sampled users, that counts equal
// lists, that the loaded world is whole and that the home timeline is the merge of what its authors
// wrote. Not thread-safe; one oracle may probe while others' load runs.
#pragma once

#include "bench/client/api_client.h"
#include "bench/client/journal.h"
#include "bench/client/mix.h"
#include "bench/world/random.h"

#include <cstdint>
#include <string>
#include <vector>

namespace warble::bench {

inline constexpr std::uint32_t kReservedUsers = 16;

/// What was checked and what was wrong.
class Findings {
 public:
  /// Counts a check; keeps `what` when it failed.
  void Check(bool holds, const std::string& what);
  std::uint64_t checks() const { return checks_; }
  std::uint64_t failures() const { return failures_; }
  /// The first kMaxListed failures.
  const std::vector<std::string>& listed() const { return listed_; }

  static constexpr std::size_t kMaxListed = 50;

 private:
  std::uint64_t checks_ = 0;
  std::uint64_t failures_ = 0;
  std::vector<std::string> listed_;
};

class Oracle {
 public:
  /// `mix` is the load's, which decides what a concurrent walk can be held to. The journal takes
  /// the oracle's own writes. Throws std::runtime_error when the server cannot be reached.
  Oracle(const Endpoint& endpoint, const World& world, const LoadMix& mix, std::uint64_t seed,
         Journal& journal);

  /// One round of checks beside a load, under a second on an idle server.
  void Probe();
  /// The checks of a server at rest, of all records.
  void Verify(const std::vector<WriteRecord>& records);

  const Findings& findings() const { return findings_; }

 private:
  UserNumber DrawReserved();
  UserNumber DrawPopular();

  void ProbeTweet();
  void ProbeFollow();
  void ProbeFavorite();
  void ProbeWalk();

  ApiClient client_;
  const World& world_;
  const LoadMix& mix_;
  Random random_;
  Journal& journal_;
  Findings findings_;
};

}  // namespace warble::bench
