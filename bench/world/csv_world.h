// CsvWorld: a world as tables of small integers, for databases that are compared with Warble.
//
// Ids can be computed, so that a load generator which knows nothing of worlds draws the same people
// and tweets as ours: the user of popularity rank r has the id 1 + (r · multiplier) mod users, and
// the newest tweet of the user with id u, if there is one, has the id u. All other tweets are
// numbered on from users + 1 in the order of their times.
#pragma once

#include "bench/world/world.h"

#include <cstdint>
#include <filesystem>

namespace warble::bench {

struct CsvCounts {
  std::uint64_t users = 0;
  std::uint64_t tweets = 0;
  std::uint64_t follows = 0;
  std::uint64_t favorites = 0;
};

/// Writes into the directory, which is made if absent: users.csv by id, tweets.csv, follows.csv and
/// favorites.csv by time, timelines.csv (each user's 20 newest tweets of followees, newest first)
/// and, last of all, meta.json. Every table has a line of column names; texts are quoted. Throws
/// std::invalid_argument for a world that does not fit into memory, and std::runtime_error when a
/// file cannot be written.
CsvCounts WriteCsv(const World& world, const std::filesystem::path& directory);

}  // namespace warble::bench
