#include "bench/world/world_options.h"

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace warble::bench {

void AddWorldOptions(CLI::App& command, WorldOptions& options) {
  command.add_option("--world", options.world, "small, medium or brief, as it was loaded. [small]")
      ->type_name("NAME")
      ->check(CLI::IsMember({"small", "medium", "brief"}));
  command
      .add_option("--users", options.users, "These six as they were given to load, if they were.")
      ->type_name("N");
  command.add_option("--follows", options.follows_mean)->type_name("MEAN");
  command.add_option("--tweets", options.tweets_mean)->type_name("MEAN");
  command.add_option("--favorites", options.favorites_mean)->type_name("MEAN");
  command.add_option("--celebrity", options.celebrity_share)->type_name("SHARE");
  command.add_option("--world-seed", options.seed, "What was --seed there.")->type_name("N");
}

Profile ProfileOf(const WorldOptions& options) {
  Profile profile = ProfileNamed(options.world);
  profile.users = options.users.value_or(profile.users);
  profile.follows_mean = options.follows_mean.value_or(profile.follows_mean);
  profile.tweets_mean = options.tweets_mean.value_or(profile.tweets_mean);
  profile.favorites_mean = options.favorites_mean.value_or(profile.favorites_mean);
  profile.celebrity_share = options.celebrity_share.value_or(profile.celebrity_share);
  profile.seed = options.seed.value_or(profile.seed);
  return profile;
}

std::string Describe(const Profile& profile) {
  return fmt::format(
      "{}: {} users, {:g} follows, {:g} tweets, {:g} favorites, {:g} celebrity, seed "
      "{}",
      profile.name, profile.users, profile.follows_mean, profile.tweets_mean,
      profile.favorites_mean, profile.celebrity_share, profile.seed);
}

}  // namespace warble::bench
