// Reading: points and ranges of one moment of the database.
//
// Failure is sticky: a Get that fails says "absent" and an iterator that fails ends, and from then
// on status() is not kOk. So queries read straight on, and the *maker of the view* looks at
// status() once, after the whole query, and throws the result away unless it is kOk. For queries
// that is the API's runner, for commands the committer. Code that runs on a failed view must only
// end: it must draw no conclusion (Transaction::Check() knows that).
//
// A view that needs rows of other shards is as failed as any other, but for one thing: it goes on
// noting rows that it is asked for, so that they are asked for together.
//
// A view belongs to one thread at a time.
#pragma once

#include "storage/engine/decoded_cache.h"
#include "storage/format/keys.h"
#include "storage/remote_rows.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rocksdb {
class Iterator;
struct ReadOptions;
}  // namespace rocksdb

namespace warble::storage {

class Engine;

enum class ReadStatus {
  kOk,
  kWouldBlock,  ///< cache-only view: a block is not in memory, or the query is too long; run the
                ///< same query again on a view that may block
  kFailed,      ///< the disk or a checksum failed; logged where it happened
  kNeedsRows,   ///< rows of other shards are needed: they are noted in the view's RemoteRows
};

/// A source of points: a ReadView, or a Transaction that sees its own writes over one.
class PointReader {
 public:
  virtual ~PointReader() = default;
  /// Whether the key is there; if so its value is in *value.
  virtual bool Get(Family family, std::string_view key, std::string* value) = 0;
  /// Hints at the next look-ups (see DecodedCache's keys), so that the waits for memory overlap.
  /// Rows of other shards are noted as needed, once any of them is asked for.
  virtual void Prefetch(std::span<const CacheKey> keys) = 0;
  /// Whether the key is there.
  bool Has(Family family, std::string_view key) { return Get(family, key, &scratch_); }

 private:
  std::string scratch_;
};

/// An ascending walk over the keys of [lower, upper) of one family; made by ReadView::Scan… and not
/// outliving its view. Usual use: for (Scan s = view.ScanPrefix(...); s.Valid(); s.Next()) ...
class Scan {
 public:
  Scan(Scan&&) noexcept;
  ~Scan();
  bool Valid() const;
  void Next();
  void Seek(std::string_view key);  ///< to the first key ≥ `key` within the bounds
  std::string_view key() const;     ///< valid until the next move
  std::string_view value() const;   ///< valid until the next move

 private:
  friend class ReadView;
  struct State;  // the iterator and the bounds it points into
  explicit Scan(std::unique_ptr<State> state);
  void CheckIterator();
  bool InFirstRows() const;
  std::unique_ptr<State> state_;
};

class ReadView final : public PointReader {
 public:
  enum class Mode {
    kCacheOnly,  ///< never touches the disk and never works long: for the event loop
    kMayBlock,   ///< for pool threads, the committer and tools
    kPassing,    ///< the same, for long walks: the blocks that it reads are not kept in memory
  };
  enum class Rows {
    kSnapshot,  ///< everything is of one moment
    kCached,    ///< points may come from the decoded cache, and so be of a later moment than
                ///< scans; lists only while nothing in them has changed since the snapshot
  };
  /// Rows that a cache-only view may look for, by a key or a seek, before it says kWouldBlock: not
  /// blocking includes CPU. A step of a walk counts as an eighth of one, and so does a deleted or
  /// replaced row that it comes past; one move comes past no more than all of them together.
  static constexpr std::uint32_t kCacheOnlyRows = 500;

  /// A view of the database as of now; with Rows::kCached as of when the cache first did not do.
  /// `remote`, which outlives the view, knows what is another shard's; null: nothing is.
  ReadView(const Engine& engine, Mode mode, Rows rows = Rows::kSnapshot,
           RemoteRows* remote = nullptr);
  ~ReadView() override;
  ReadView(const ReadView&) = delete;
  ReadView& operator=(const ReadView&) = delete;

  bool Get(Family family, std::string_view key, std::string* value) override;
  void Prefetch(std::span<const CacheKey> keys) override { Prefetch(keys, Wanted::kRow); }
  void Prefetch(std::span<const CacheKey> keys, Wanted wanted);
  /// Whether the row is there, and no deleted user's. Of another shard only that is asked.
  bool HasLiving(Family family, std::string_view key);

  /// Every key that starts with `prefix`.
  Scan ScanPrefix(Family family, std::string_view prefix);
  /// The same from the start of a list of edges, whose first rows may come from the decoded cache
  /// (DecodedCache::ListPrefixSize()). Only to be walked, not to be sought in.
  Scan ScanList(Family family, std::string_view prefix);
  /// For a walk over many users' rows: each Seek(key) is bounded to the rows of the key's user.
  Scan ScanByUser(Family family);
  /// The keys of [lower, upper); an empty `upper` is no bound.
  Scan ScanRange(Family family, std::string_view lower, std::string_view upper);

  ReadStatus status() const { return status_; }
  /// Whether rows may be another shard's.
  bool asks_others() const { return remote_ != nullptr; }
  /// The shard of a user of another one; nothing: this one's.
  std::optional<ShardNumber> ShardElsewhere(UserId user) const;
  /// What another shard told of a timeline; null, and the view needs rows, if it was not asked yet.
  const TimelinePart* FindTimeline(ShardNumber shard, const TimelineRequest& request);
  /// Whether a user's lists are served here. If not, the view has failed, and no row will help it:
  /// a list is read on the shard of its user alone.
  bool Serves(UserId user);
  /// From now on; for the committer, whose commands were told different rows.
  void set_remote(RemoteRows* remote) { remote_ = remote; }

  // For a query with a decoded list of its own beside the view's rows.

  const Engine& engine() const { return engine_; }
  /// Null where points and lists come from the database alone.
  DecodedCache* cache() const { return cache_; }
  /// Up to which batch lists of the cache may be: they must not be of a later moment than rows.
  std::uint64_t Trusted() const;
  /// The batches that every row of the view has seen; what is filled into the cache says so.
  std::uint64_t completed() const { return completed_; }
  /// Counts a look-up in a list against kCacheOnlyRows, as Get() does for a row.
  void SpendLookUp() { Spend(kLookUpCost); }

 private:
  friend class Scan;
  static constexpr std::uint32_t kLookUpCost = 8;
  static constexpr std::uint32_t kStepCost = 1;
  class Operation;
  class Move;
  void Spend(std::uint64_t cost);
  void Fail(bool incomplete, std::string_view what);

  // Whether a row of another shard is there; nothing for a row that is served here.
  std::optional<bool> FindElsewhere(Family family, std::string_view key, Wanted wanted,
                                    std::string* value);
  // The same of the user whose list begins at `lower`.
  bool ServesList(Family family, std::string_view lower);
  Scan NewScan(Family family);
  void Open(Scan& scan);                  // its iterator, at the first row of its bounds
  const rocksdb::ReadOptions& Options();  // with the snapshot, which is taken at the first call
  bool GetFromDatabase(Family family, std::string_view key, std::string* value);

  const Engine& engine_;
  const Mode mode_;
  RemoteRows* remote_;
  DecodedCache* const cache_;      // null with kSnapshot, and when it keeps nothing
  const std::uint64_t completed_;  // batches; read before the snapshot is taken
  std::unique_ptr<rocksdb::ReadOptions> options_;
  ReadStatus status_ = ReadStatus::kOk;
  std::uint32_t budget_ = kCacheOnlyRows * kLookUpCost;
};

}  // namespace warble::storage
