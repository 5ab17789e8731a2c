// Which world: the options by which a command names it, and their sum.
#pragma once

#include "bench/world/world.h"

#include <CLI/App.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace warble::bench {

struct WorldOptions {
  std::string world = "small";
  std::optional<std::uint32_t> users;
  std::optional<double> follows_mean;
  std::optional<double> tweets_mean;
  std::optional<double> favorites_mean;
  std::optional<double> celebrity_share;
  std::optional<std::uint64_t> seed;
};

/// Adds --world, --users, --follows, --tweets, --favorites, --celebrity and --world-seed. `options`
/// must live until the command line was read.
void AddWorldOptions(CLI::App& command, WorldOptions& options);

/// Throws std::invalid_argument when there is no such world.
Profile ProfileOf(const WorldOptions& options);

/// The profile on one line, the same for the same world only.
std::string Describe(const Profile& profile);

}  // namespace warble::bench
