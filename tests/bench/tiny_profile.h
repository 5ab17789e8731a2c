// A world of a moment's work, for tests that put a load on something.
#pragma once

#include "bench/world/world.h"

namespace warble::tests {

inline bench::Profile TinyProfile() {
  bench::Profile profile = bench::ProfileNamed("small");
  profile.users = 200;
  profile.follows_mean = 10;
  profile.tweets_mean = 5;
  profile.favorites_mean = 1;
  return profile;
}

}  // namespace warble::tests
