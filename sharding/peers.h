// The other shards, as far as reads need them.
//
// A leaf answers on the other side (see leaf.h): it asks no shard in turn, so shards never wait for
// each other in a circle.
#pragma once

#include "storage/remote_rows.h"

#include <chrono>
#include <functional>

namespace warble::sharding {

/// The outcome of a question.
struct Reply {
  enum class Kind {
    kTold,
    kMisplaced,  ///< the shard serves some of it no longer; placement() knows as much by now
    kAway,       ///< no answer came in time
  };
  Kind kind = Kind::kAway;
  storage::Told told{};  ///< with kTold
};

/// Thread-safe.
class Peers {
 public:
  virtual ~Peers() = default;
  virtual const storage::Placement& placement() const = 0;
  /// Asks one shard. Calls done() once, on any thread, no later than shortly after `deadline`;
  /// `asked` lives until then.
  virtual void Ask(const storage::RemoteRows::OfShard& asked,
                   std::chrono::steady_clock::time_point deadline,
                   std::function<void(Reply)> done) = 0;
};

}  // namespace warble::sharding
