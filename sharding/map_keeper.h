// Keeps the cluster map by what etcd and the peers tell. A state machine without I/O.
//
// What was seen once is a fact, in whatever order it is told: a row with a later revision replaces
// an earlier one, an epoch never falls, and whoever is told of a greater epoch or revision than the
// map has knows that the map is behind. That nothing newer was told means nothing.
//
// What cannot be a later state of the same cluster (another cluster, an etcd that was restored from
// an old copy, a row that is malformed) is refused as a whole: the map stays as it is. Not
// thread-safe.
#pragma once

#include "sharding/agreement.h"
#include "sharding/cluster_map.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace warble::sharding {

class MapKeeper {
 public:
  /// `cluster`: the ID that the node's directory knows; nothing: the first one that is read.
  explicit MapKeeper(std::optional<std::string> cluster) : cluster_(std::move(cluster)) {}

  enum class Verdict {
    kAdopted,     ///< the map has changed, if only its revision
    kNothingNew,  ///< all of it was known
    kOlder,       ///< a read of an older revision than the map's: by a member that lags behind, or
                  ///< by an etcd that was restored
    kRefused,     ///< refusal() says why
  };

  /// All rows of the cluster at one revision.
  Verdict Read(Revision revision, std::span<const AgreedRow> rows);
  /// All changes of the cluster's rows after the map's revision up to the last of these, in order.
  Verdict Watched(std::span<const AgreedRow> changes);
  /// What a poll of `rev` or a peer has shown: the map is to be of this revision at least.
  void SeeRevision(Revision revision);
  /// What the node's own rows or a peer have shown: at least this epoch.
  void SeeEpoch(std::uint32_t partition, std::uint64_t epoch);

  /// Whether something was seen that the map does not have yet: then all is to be read.
  bool IsBehind() const;

  const ClusterMap& map() const { return map_; }
  /// Why the last read or change that would have been new was refused; empty if it was not.
  const std::string& refusal() const { return refusal_; }

 private:
  Verdict Adopt(const ClusterMap& next);
  Verdict Refuse(std::string why);

  std::optional<std::string> cluster_;
  ClusterMap map_;
  Revision seen_revision_ = 0;
  std::string refusal_;
};

}  // namespace warble::sharding
