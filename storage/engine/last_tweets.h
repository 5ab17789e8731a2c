// LastTweets: for every user an id that no tweet of theirs exceeds, in memory.
//
// It is what makes the home timeline cheap to pull: of the hundreds of authors that one follows, it
// tells without a look-up who can be among the newest twenty. What is told is a bound and not a
// tweet: deletions do not lower it, and it is only ever raised, so it needs no order with anything:
//   - it is raised before a tweet is written, so no reader sees a tweet above it;
//   - what the directory held at its opening (`last_tweet` of user_counters) is read in the
//     background, a partition after the other, and of a partition not yet read nothing is known.
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

  /// No tweet of `user` has a greater id. 0: there is none; kMaxValue: nothing is known yet.
  TweetId Bound(UserId user) const;

  void Raise(UserId user, TweetId id);
  /// Raises what these changes raise; before they are written.
  void Raise(const ChangeSet& changes);

  /// All that a partition held at the opening has been raised.
  void MarkKnown(std::uint32_t partition);
  /// Raises what the rows of user_counters say and marks the partitions known, one after the other,
  /// until `stop`. The partitions behind rows that cannot be read stay unknown, and are logged.
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
