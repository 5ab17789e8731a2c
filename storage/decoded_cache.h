// The decoded cache: rows and short lists that are read over and over, kept outside RocksDB's
// blocks, so that a hot read costs one look-up and no seek.
//
// It holds rows of the point families (also that a row is *not* there), the newest tweet ids of an
// author, and whom a user follows.
//
// I6: no read is ever staler than its shard. Batches are numbered. A stamp a hash slot holds the
// number of the last batch that touches anything in it, set before that batch is written; after the
// write the committer brings the cache up to date and only then calls the batch completed. So
//   - a slot stamped beyond what is completed is being written: readers go to the database;
//   - a reader may insert what it read only if its slot's stamp is no later than what was completed
//     *before* it took its snapshot: else it may have read what a batch has since replaced.
// (The idea is that of memcached leases, Nishtala et al. 2013, with the writer in the same
// process.)
//
// BeginBatch() and EndBatch() by the committer's thread; everything else thread-safe.
#pragma once

#include "storage/change_set.h"
#include "storage/keys.h"
#include "storage/lru_pool.h"

#include <xxhash.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace warble::storage {

/// The newest tweets of an author: exactly those with an id ≥ floor, newest first.
struct NewestTweets {
  static constexpr std::size_t kLimit = 8;
  std::vector<TweetId> ids;
  TweetId floor;  ///< 0 when these are all
};

class DecodedCache {
 public:
  using Row = std::shared_ptr<const std::string>;  ///< null: the row is not there
  using Newest = std::shared_ptr<const NewestTweets>;
  using Followees = std::shared_ptr<const std::vector<UserId>>;  ///< ascending

  /// Rows get half of the bytes, newest tweets and followees a quarter each.
  explicit DecodedCache(std::size_t capacity_bytes);

  /// The number of the last completed batch; a view asks before it takes its snapshot.
  std::uint64_t completed() const { return completed_.load(std::memory_order_acquire); }

  static bool Holds(Family family);  ///< rows of which families are kept

  std::optional<Row> FindRow(Family family, std::string_view key);
  std::optional<Newest> FindNewest(UserId author);
  std::optional<Followees> FindFollowees(UserId user);

  /// Each keeps what was read by a view that saw `completed` batches, unless it may be out of date.
  void FillRow(Family family, std::string_view key, Row row, std::uint64_t completed);
  void FillNewest(UserId author, Newest newest, std::uint64_t completed);
  void FillFollowees(UserId user, Followees followees, std::uint64_t completed);

  /// Around the write of a batch.
  void BeginBatch(const ChangeSet& changes);
  void EndBatch(const ChangeSet& changes);

  std::size_t used_bytes() const;

 private:
  // Family, length and bytes of a key, padded with zeros.
  struct RowKey {
    std::array<char, 2 + Key::kCapacity> bytes{};
    friend bool operator==(const RowKey&, const RowKey&) = default;
  };
  struct RowHash {
    using is_avalanching = void;
    std::size_t operator()(const RowKey& key) const {
      return XXH3_64bits(key.bytes.data(), key.bytes.size());
    }
  };
  struct UserHash {
    using is_avalanching = void;
    std::size_t operator()(UserId user) const {
      return XXH3_64bits(&user.value, sizeof(user.value));
    }
  };
  static constexpr std::size_t kSlots = std::size_t{1} << 16;
  enum Kind : std::size_t { kRows, kNewest, kFollowees, kKinds };
  using Stamps = std::array<std::atomic<std::uint64_t>, kSlots>;

  static RowKey MakeRowKey(Family family, std::string_view key);
  std::atomic<std::uint64_t>& Stamp(Kind kind, std::size_t hash) {
    return (*stamps_[kind])[hash & (kSlots - 1)];
  }
  bool IsBeingWritten(Kind kind, std::size_t hash) {
    return Stamp(kind, hash).load(std::memory_order_acquire) > completed();
  }
  void StampAll(const Change& change, std::uint64_t batch);
  void Apply(const Change& change);

  std::atomic<std::uint64_t> completed_{0};
  std::array<std::unique_ptr<Stamps>, kKinds> stamps_;
  LruPool<RowKey, std::string, RowHash> rows_;
  LruPool<UserId, NewestTweets, UserHash> newest_;
  LruPool<UserId, std::vector<UserId>, UserHash> followees_;
};

}  // namespace warble::storage
