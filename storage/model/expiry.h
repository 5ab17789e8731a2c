// Expiry: removes sessions and kept answers that have expired. Readers check the expiry themselves,
// so these rows may go late, as long as they go as fast as they come.
//
// A pass walks over all rows of a family, a step at a time, and each step removes what it found in
// one background command, which checks every row again. The blocks of the walk are not kept in
// memory; those of expired rows are read on the walking thread before the committer needs them. A
// block that cannot be read is left out, with the rest of its partition.
#pragma once

#include "storage/damage_skip.h"
#include "storage/format/keys.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace warble::storage {

class Committer;
class Engine;
class Transaction;

/// The passes over one family. Belongs to one thread.
class ExpirySweep {
 public:
  static constexpr std::size_t kRows = 65'536;  ///< looked at in one step
  /// Removed in one step: as many as clients can add in one batch.
  static constexpr std::size_t kExpired = 1024;

  /// Goes on where the last removal in the data directory was.
  ExpirySweep(Engine& engine, Committer& committer, Family family);

  struct Walked {
    std::size_t rows = 0;  ///< looked at
    bool more = false;     ///< false: the pass is at its end, or is to be tried again later
  };
  /// Removes those of the next rows that have expired as of `now`. Behind the end of the family
  /// the next step begins at its start.
  Walked Step(Timestamp now);

 private:
  // What a step has found, and where the next one goes on: empty is the start of the family.
  struct Found {
    std::vector<std::string> expired;
    std::string position;
    Walked walked;
  };
  void ReadPosition();
  Found Walk(Timestamp now);
  void RemoveExpired(Transaction& transaction, const Found& found, Timestamp now) const;

  Engine& engine_;
  Committer& committer_;
  const Family family_;
  std::optional<std::string> position_;  // absent: not read yet
  bool position_is_stored_ = false;
  DamageSkip skip_;
};

class ExpiryWorker {
 public:
  /// So a pass looks at 250,000 rows a second, and takes a small part of a core.
  static constexpr std::chrono::microseconds kPauseForARow{4};
  static constexpr std::chrono::seconds kPassPause{60};

  /// Starts the thread; both must outlive the worker.
  ExpiryWorker(Engine& engine, Committer& committer);

 private:
  void Loop(const std::stop_token& stop);

  Engine& engine_;
  Committer& committer_;
  std::jthread thread_;
};

}  // namespace warble::storage
