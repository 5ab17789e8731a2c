// LastTweets: for every user an id that no tweet of theirs exceeds, in memory.
//
// It makes the home timeline cheap to pull: without a look-up it tells which of a user's hundreds
// of followees can be among the newest twenty. It tells a bound rather than a tweet: deletions
// leave it as it is, and it only ever rises. So it needs no order with anything:
//   - the committer raises it before it writes a tweet, so no reader sees a tweet above it;
//   - a background thread reads what the directory held at its opening (`last_tweet` of
//     user_counters), a partition after the other; until then the bounds of a partition are
//     unknown.
//
// 8 bytes a user, in segments that double, so that nothing ever moves. Thread-safe, without locks.
#pragma once

#include "storage/format/change_set.h"
#include "storage/format/types.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace warble::storage {

class LastTweets {
 public:
  LastTweets() : partitions_(kPartitionCount) {}
  ~LastTweets();
  LastTweets(const LastTweets&) = delete;
  LastTweets& operator=(const LastTweets&) = delete;

  /// No tweet of `user` has a greater id. 0: there is none; kMaxValue: unknown as yet.
  TweetId Bound(UserId user) const;

  void Raise(UserId user, TweetId id);
  /// Raises the bounds of the tweets in these changes; call it before they are written.
  void Raise(const ChangeSet& changes);

  /// Says that all bounds of a partition have been raised to what it held at the opening.
  void MarkKnown(std::uint32_t partition);
  /// Raises the bounds to the rows of user_counters and marks the partitions known, one after the
  /// other, until `stop`. The partitions behind an unreadable row stay unknown; a line of the log
  /// says so.
  void ReadRows(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* user_counters,
                const std::stop_token& stop);

 private:
  static constexpr unsigned kFirstSegmentBits = 4;
  static constexpr unsigned kSegments = UserId::kSequenceBits - kFirstSegmentBits + 1;
  struct Partition {
    std::atomic<bool> known{false};
    std::array<std::atomic<std::atomic<std::uint64_t>*>, kSegments> segments{};
  };
  struct Place {
    std::uint32_t partition;
    unsigned segment;
    std::size_t offset;
  };

  static Place PlaceOf(UserId user);
  static std::size_t SizeOf(unsigned segment);
  std::atomic<std::uint64_t>& Entry(UserId user);  // makes its segment

  std::vector<Partition> partitions_;
};

}  // namespace warble::storage
