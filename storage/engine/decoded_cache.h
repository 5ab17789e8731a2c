// The decoded cache: rows and short lists that are read over and over, kept outside RocksDB's
// blocks, so that a hot read costs one look-up and no seek.
//
// It holds rows that were looked up by key (also the fact that a row is *absent*), the newest tweet
// ids of an author, the followees of a user, and the first page of the lists of edges. All are in
// one table, so that they compete for one limit in bytes.
//
// I6: no read is ever staler than its shard. Batches have numbers. Before the committer writes a
// batch, it stamps each set of the table that the batch touches with the batch's number. After the
// write it brings the cache up to date, and only then calls the batch completed. So
//   - if a set's stamp is above the last completed batch, the set is being written: readers go to
//     the database;
//   - a reader may insert a row only if the set's stamp is at most the last batch completed
//     *before* it took its snapshot: else a batch may have replaced the row since.
// (The idea is that of memcached leases, Nishtala et al. 2013, with the writer in the same
// process.)
//
// A partition that was away comes back with rows that no batch here has changed. So its return
// makes other keys of its entries: they carry the number of the batch with which it came, and what
// was kept or read before that batch is never found again. While none has come back, keys are bare.
//
// BeginBatch() and EndBatch() by the committer's thread; everything else thread-safe.
#pragma once

#include "storage/engine/cache_table.h"
#include "storage/format/change_set.h"
#include "storage/format/keys.h"

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {

/// What the cache knows of an author's newest tweets; their ids, newest first, lie elsewhere.
struct NewestTweets {
  /// The cache keeps no more: a page of 20, and whether there are more.
  static constexpr std::size_t kLimit = 21;
  std::size_t count = 0;  ///< of ids
  TweetId floor{};        ///< the ids are complete from here on; 0: complete
};

/// The first rows of a list: of all rows of an edge family under one prefix.
struct FirstRows {
  /// The cache keeps no more: a page of 20, whether there are more, and the row that a walk stops
  /// at.
  static constexpr std::size_t kLimit = 22;
  std::string
      rows;  ///< each: size of the key, size of the value, key, value; the sizes a byte each
  bool all = false;  ///< there are no others
};

class DecodedCache {
 public:
  enum class Row {
    kUnknown,  ///< ask the database
    kAbsent,
    kPresent,
  };

  explicit DecodedCache(std::size_t capacity_bytes)
      : returned_(kPartitionCount), table_(capacity_bytes) {}

  /// The number of the last completed batch; a view asks before it takes its snapshot.
  std::uint64_t completed() const { return completed_.load(std::memory_order_acquire); }

  static bool Holds(Family family);  ///< rows of which families are kept
  bool keeps_anything() const { return table_.keeps_anything(); }

  /// Looks a row up; its value goes to *value if it is present.
  Row FindRow(Family family, std::string_view key, std::string* value);
  /// Writes an author's newest tweets older than `before` to `ids`, as far as they have room.
  /// Returns nothing if the cache knows nothing of them that is as old as batch `trusted`: a list
  /// is read beside a snapshot, and must not be of a later moment. `trusted` is at most
  /// completed().
  std::optional<NewestTweets> FindNewest(const CacheKey& key, const std::optional<TweetId>& before,
                                         std::span<TweetId> ids, std::uint64_t trusted);
  /// The followees of a user, newest first. False: unknown.
  bool FindFollowees(UserId user, std::vector<EdgePosition>* followees, std::uint64_t trusted);
  /// The same of a list whose first rows the cache may keep (ListPrefixSize()).
  bool FindFirstRows(Family family, std::string_view prefix, FirstRows* first,
                     std::uint64_t trusted);
  /// How many bytes of its keys name a list of that family; 0: the cache keeps no list of it.
  static std::size_t ListPrefixSize(Family family);

  /// The keys of a row of a family, of an author's newest tweets, of a user's followees, and of the
  /// first rows of a list (`key`: any row of the list, or its prefix).
  static CacheKey RowKey(Family family, std::string_view key) {
    return {static_cast<std::uint8_t>(family), key};
  }
  static CacheKey NewestKey(UserId author);
  static CacheKey FolloweesKey(UserId user);
  static CacheKey ListKey(Family family, std::string_view key);
  /// Hints that these are asked for next, see CacheTable.
  void Prefetch(std::span<const CacheKey> keys) const;
  void PrefetchSets(std::span<const CacheKey> keys) const;

  /// Each keeps what a view read that saw `completed` batches, unless it may be out of date.
  void FillRow(Family family, std::string_view key, std::optional<std::string_view> value,
               std::uint64_t completed);
  void FillNewest(const CacheKey& key, std::span<const TweetId> ids, TweetId floor,
                  std::uint64_t completed);
  void FillFollowees(UserId user, const std::vector<EdgePosition>& followees,
                     std::uint64_t completed);
  void FillFirstRows(Family family, std::string_view prefix, const FirstRows& first,
                     std::uint64_t completed);

  /// Around the write of a batch.
  void BeginBatch(const ChangeSet& changes);
  void EndBatch(const ChangeSet& changes);

  std::size_t used_bytes() const { return table_.used_bytes(); }
  std::uint64_t misses() const { return table_.misses(); }

 private:
  // A key as entries have it since their partition came back.
  class Current;
  std::vector<CacheKey> AllCurrent(std::span<const CacheKey> keys) const;
  bool AnyReturned() const { return any_returned_.load(std::memory_order_acquire); }
  void NoteReturn(const Change& change, std::uint64_t batch);
  template <class Visit>
  bool Find(const CacheKey& key, std::uint64_t trusted, Visit visit);
  void Insert(const CacheKey& key, const CacheTable::Value& value, std::uint64_t completed);
  void StampAll(const Change& change, std::uint64_t batch);
  void Apply(const Change& change);

  std::atomic<std::uint64_t> completed_{0};
  // Of each partition the batch with which it came back; 0: it never has since the start.
  std::vector<std::atomic<std::uint64_t>> returned_;
  std::atomic<bool> any_returned_{false};
  CacheTable table_;
};

}  // namespace warble::storage
