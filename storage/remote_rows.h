// Rows of other shards: those that one request was told, and those that it still needs.
//
// A read never waits for another shard. If another shard serves a row's partition, the view looks
// for the row in here. A row that was not told yet is noted, and reads as absent. The maker of the
// view then asks the other shards, each once, and runs the same read again (the idea is that of
// Haxl, Marlow et al. 2014). So a told row is the truth of a moment, for one request, and never
// enters the decoded cache (I6).
//
// The reads bound how much is noted: a cache-only view notes no more than it may look for, a page
// no more than it walks over in one chunk, and the runs are few.
//
// Of one request; one thread at a time.
#pragma once

#include "storage/engine/cache_table.h"
#include "storage/format/keys.h"
#include "storage/format/types.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warble::storage {

enum class ShardNumber : std::uint16_t {};

/// The shards that serve partitions, as this node believes now. Thread-safe.
class Placement {
 public:
  virtual ~Placement() = default;
  /// The other shard that serves a partition; nothing: this node does.
  virtual std::optional<ShardNumber> ShardElsewhere(std::uint32_t partition) const = 0;
  /// Differs from what it was whenever any partition is served elsewhere than then.
  virtual std::uint64_t revision() const = 0;
};

/// The part of a row that is asked for.
enum class Wanted : std::uint8_t {
  kExistence,  ///< whether it is there and no deleted user's
  kRow,
};

/// The newest tweets before `before` of some authors, the living only, at most `count`. With
/// `content` their rows and their authors' as well.
struct TimelineRequest {
  std::vector<UserId> authors;
  std::optional<TweetId> before;
  std::uint32_t count = 0;
  bool content = false;
  friend bool operator==(const TimelineRequest&, const TimelineRequest&) = default;
};

/// The answer, newest first.
struct TimelinePart {
  struct Named {
    UserId author;
    TweetId id;
  };
  std::vector<Named> tweets;
  bool all = false;  ///< there are no others
};

/// The questions to a shard in one request.
struct Needs {
  struct Row {
    CacheKey key;
    Wanted wanted;
    Family family() const { return static_cast<Family>(key.bytes()[0]); }
    std::string_view name() const { return key.bytes().substr(1); }
  };
  std::vector<Row> rows;
  std::vector<TimelineRequest> timelines;
  bool empty() const { return rows.empty() && timelines.empty(); }
};

/// A shard's answer: each row and timeline that was asked for, in that order. A row is as stored,
/// without the parts that no other shard needs; it is empty if only its existence was asked for.
struct Told {
  struct Row {
    CacheKey key;
    std::string value;
  };
  std::vector<std::optional<std::string>> rows;
  std::vector<TimelinePart> timelines;
  std::vector<Row> rows_of_timelines;
};

class RemoteRows {
 public:
  /// `placement` outlives it.
  explicit RemoteRows(const Placement& placement)
      : placement_(placement), revision_(placement.revision()) {}
  RemoteRows(const RemoteRows&) = delete;
  RemoteRows& operator=(const RemoteRows&) = delete;

  enum class Row {
    kHere,    ///< served here: ask this node
    kNeeded,  ///< not told yet
    kAbsent,
    kPresent,
  };
  /// Looks for a row, and notes it if it is unknown. The value of a row that is present goes to
  /// *value if the row is wanted.
  Row Find(const CacheKey& key, Wanted wanted, std::string* value);
  /// Notes those of these rows that are unknown. Returns how many are other shards'; those served
  /// here go to *here.
  std::size_t Need(std::span<const CacheKey> keys, Wanted wanted, std::vector<CacheKey>* here);
  /// A part of a timeline, or null, noting it, if it was not told yet. Valid until Forget().
  const TimelinePart* FindTimeline(ShardNumber shard, const TimelineRequest& request);
  std::optional<ShardNumber> ShardElsewhere(std::uint32_t partition) const {
    return placement_.ShardElsewhere(partition);
  }

  /// The rows noted since the last call, by shard.
  struct OfShard {
    ShardNumber shard;
    Needs needs;
  };
  std::vector<OfShard> TakeNeeds();
  /// Keeps a shard's answer. False if that does not fit the question: nothing of it is kept.
  [[nodiscard]] bool Tell(const OfShard& asked, Told&& told);

  /// Whether partitions have moved since the first row was asked for, or the last Forget(): then
  /// rows that were read here, or told, may be another shard's by now.
  bool HasMoved() const { return placement_.revision() != revision_; }
  /// Forgets everything, so that the read begins anew.
  void Forget();

 private:
  struct KeyHash {
    std::size_t operator()(const CacheKey& key) const { return key.hash(); }
  };
  struct KeyEqual {
    bool operator()(const CacheKey& a, const CacheKey& b) const { return a.bytes() == b.bytes(); }
  };
  struct Known {
    Wanted wanted;
    bool told = false;
    std::optional<std::string> value;  // empty unless the row was wanted
  };
  struct KnownTimeline {
    ShardNumber shard;
    TimelineRequest request;
    bool asked;
    std::optional<TimelinePart> part;
  };

  void Note(const CacheKey& key, Wanted wanted);

  const Placement& placement_;
  std::uint64_t revision_;
  std::unordered_map<CacheKey, Known, KeyHash, KeyEqual> rows_;
  std::vector<CacheKey> noted_;
  std::list<KnownTimeline> timelines_;  // pointers to its parts are given away
};

/// Whether other shards may be told a family's rows, one at a time.
bool MayBeTold(Family family);
/// A row as it is told.
std::string RowToTell(Family family, std::string_view value, Wanted wanted);

}  // namespace warble::storage
