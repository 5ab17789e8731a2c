// The second way in for a world: through the REST API of a running, empty server.
//
// Usernames, texts and edges are the world's; ids and times come from the server, in the order of
// the world's times (near enough: requests in flight together may change places, but a user's own
// tweets never do). Every user signs up and in, tweets, follows and favorites as a client would.
//
// Safe to repeat: users of an earlier load sign in, tweets that are there are listed and only the
// missing ones posted, and the server knows edges that it has. So a load that was killed, or whose
// server was, goes on where it stopped.
#pragma once

#include "bench/client/http_client.h"
#include "bench/load/loader.h"
#include "bench/world/world.h"

#include <cstdint>
#include <functional>

namespace warble::bench {

struct ThroughOptions {
  Endpoint endpoint;
  /// Called often; counts the stage at hand, from 0 in each. An exception ends the load.
  std::function<void(const LoadProgress&)> progress;
};

struct ThroughReport {
  struct Count {
    std::uint64_t wanted = 0;  ///< what the world holds
    std::uint64_t made = 0;    ///< by this load; the others were there
  };
  Count users;
  Count tweets;
  Count follows;
  Count favorites;
  std::uint64_t checked = 0;  ///< users whose counters were found equal to the world's
  double seconds = 0;
};

/// Waits when the server says that it goes too fast (429). Throws LoadError on any other refusal,
/// when the server goes away, and when it holds more than the world; std::runtime_error when it
/// cannot be reached. Needs some 40 bytes of memory an edge and a tweet.
ThroughReport LoadThrough(const World& world, const ThroughOptions& options);

}  // namespace warble::bench
