// verify: recounts everything in a data directory and names what does not agree.
//
// One pass walks all families that begin with a user side by side, so each user's rows are counted
// against the counters and each tweet's favorites against its own. The two directions of edges, and
// names against users, are compared by sums (relation.h). Everything is a sequential scan of one
// snapshot, and memory does not grow with the data but for the tweet ids of one partition at a time
// (8 bytes each), so it is fit for billions of edges.
//
// It only reads, and may do so beside a running committer: between two batches everything agrees.
#pragma once

#include "storage/format/keys.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace warble::storage {

class Engine;

struct VerifyOptions {
  /// Faults, and pending purges, that are kept as text; all are counted.
  std::size_t texts_kept = 100;
  /// Facts held in memory at a time while the differences between two directions are named.
  std::uint64_t facts_limit = 2'000'000;
  /// Tweet ids of one partition held in memory to find those given twice.
  std::uint64_t tweet_ids_limit = 16'000'000;
  /// Called now and then with the rows read and RocksDB's estimate of all that will be read.
  std::function<void(std::uint64_t rows, std::uint64_t estimate)> progress;
};

struct VerifyReport {
  /// Rows seen, by Family. Those behind a fault of form are included.
  std::array<std::uint64_t, kFamilyCount> rows{};
  std::uint64_t living_users = 0;
  std::uint64_t deleted_users = 0;

  /// One line each. No faults: everything agrees.
  std::vector<std::string> faults;
  std::uint64_t fault_count = 0;

  /// Deletions that the server is still working on: no faults.
  std::vector<std::string> pending_purges;
  std::uint64_t pending_purge_count = 0;
  /// What could not be checked within the limits.
  std::vector<std::string> left_out;
};

/// Checks everything. A failed read is a fault too, and ends the check.
VerifyReport Verify(const Engine& engine, const VerifyOptions& options = {});

}  // namespace warble::storage
