// The decoded cache: rows and short lists that are read over and over, kept outside RocksDB's
// blocks, so that a hot read costs one look-up and no seek.
//
// It holds rows that were asked for by key (also that a row is *not* there), the newest tweet ids
// of an author, whom a user follows, and the first page of the lists of edges; all in one table, so
// that they compete for one limit in bytes.
//
// I6: no read is ever staler than its shard. Batches are numbered. Each set of the table is stamped
// with the number of the last batch that touches anything in it, before that batch is written;
// after the write the committer brings the cache up to date and only then calls the batch
// completed. So
//   - a set stamped beyond what is completed is being written: readers go to the database;
//   - a reader may insert what it read only if the set's stamp is no later than what was completed
//     *before* it took its snapshot: else it may have read what a batch has since replaced.
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

/// What is known of the newest tweets of an author: their ids, newest first, lie elsewhere.
struct NewestTweets {
  /// No more are kept: a page of 20, and whether there are more.
  static constexpr std::size_t kLimit = 21;
  std::size_t count = 0;  ///< of ids
  TweetId floor{};        ///< they are all that there are from here on; 0: all that there are
};

/// The first rows of a list: of all rows of an edge family under one prefix.
struct FirstRows {
  /// No more are kept: a page of 20, whether there are more, and the row that a walk stops at.
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

  /// What is known of a row; its value goes to *value if it is present.
  Row FindRow(Family family, std::string_view key, std::string* value);
  /// What is kept of an author's newest tweets older than `before`, in `ids` as far as they have
  /// room. Nothing where nothing is known of them that is as old as batch `trusted`: a list is read
  /// beside a snapshot, and must not be of a later moment. At most completed().
  std::optional<NewestTweets> FindNewest(const CacheKey& key, const std::optional<TweetId>& before,
                                         std::span<TweetId> ids, std::uint64_t trusted);
  /// Whom a user follows, newest first. False: not known.
  bool FindFollowees(UserId user, std::vector<EdgePosition>* followees, std::uint64_t trusted);
  /// The same of a list of which first rows are kept (ListPrefixSize()).
  bool FindFirstRows(Family family, std::string_view prefix, FirstRows* first,
                     std::uint64_t trusted);
  /// How many bytes of its keys name a list of that family; 0: no list of it is kept.
  static std::size_t ListPrefixSize(Family family);

  /// By which a row of a family, the newest tweets of an author, whom a user follows, and the first
  /// rows of the list that a row of a family is in (or of the list's prefix), are found.
  static CacheKey RowKey(Family family, std::string_view key) {
    return {static_cast<std::uint8_t>(family), key};
  }
  static CacheKey NewestKey(UserId author);
  static CacheKey FolloweesKey(UserId user);
  static CacheKey ListKey(Family family, std::string_view key);
  /// Hints that these are asked for next, see CacheTable.
  void Prefetch(std::span<const CacheKey> keys) const;
  void PrefetchSets(std::span<const CacheKey> keys) const;

  /// Each keeps what was read by a view that saw `completed` batches, unless it may be out of date.
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
