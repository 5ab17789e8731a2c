#include "storage/engine/last_tweets.h"

#include "storage/format/keys.h"

#include <rocksdb/db.h>
#include <spdlog/spdlog.h>

#include <bit>
#include <memory>
#include <string_view>

namespace warble::storage {

LastTweets::~LastTweets() {
  for (Partition& partition : partitions_) {
    for (auto& segment : partition.segments) delete[] segment.load(std::memory_order_relaxed);
  }
}

// The segments of a partition hold 16, 16, 32, 64, … of its users.
LastTweets::Place LastTweets::PlaceOf(UserId user) {
  const std::size_t sequence = user.sequence();
  const auto segment = static_cast<unsigned>(std::bit_width(sequence >> kFirstSegmentBits));
  return {user.partition(), segment, segment == 0 ? sequence : sequence - SizeOf(segment)};
}

std::size_t LastTweets::SizeOf(unsigned segment) {
  return std::size_t{1} << (kFirstSegmentBits + (segment == 0 ? 0 : segment - 1));
}

TweetId LastTweets::Bound(UserId user) const {
  const Place place = PlaceOf(user);
  const Partition& partition = partitions_[place.partition];
  if (!partition.known.load(std::memory_order_acquire)) return {TweetId::kMaxValue};
  const auto* segment = partition.segments[place.segment].load(std::memory_order_acquire);
  if (segment == nullptr) return {};
  return {segment[place.offset].load(std::memory_order_acquire)};
}

std::atomic<std::uint64_t>& LastTweets::Entry(UserId user) {
  const Place place = PlaceOf(user);
  auto& slot = partitions_[place.partition].segments[place.segment];
  std::atomic<std::uint64_t>* segment = slot.load(std::memory_order_acquire);
  if (segment == nullptr) {
    auto made = std::make_unique<std::atomic<std::uint64_t>[]>(SizeOf(place.segment));
    if (slot.compare_exchange_strong(segment, made.get(), std::memory_order_acq_rel)) {
      segment = made.release();
    }
  }
  return segment[place.offset];
}

void LastTweets::Raise(UserId user, TweetId id) {
  std::atomic<std::uint64_t>& entry = Entry(user);
  std::uint64_t bound = entry.load(std::memory_order_relaxed);
  while (bound < id.value &&
         !entry.compare_exchange_weak(bound, id.value, std::memory_order_release)) {
  }
}

void LastTweets::Raise(const ChangeSet& changes) {
  changes.ForEach([this](const Change& change) {
    if (change.family != Family::kTweets || !change.value) return;
    const TweetKeyParts tweet = DecodeTweetKey(change.key);
    Raise(tweet.author, tweet.id);
  });
}

void LastTweets::MarkKnown(std::uint32_t partition) {
  partitions_[partition].known.store(true, std::memory_order_release);
}

void LastTweets::ReadRows(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* user_counters,
                          const std::stop_token& stop) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(database.NewIterator(options, user_counters));
  std::uint32_t known = 0;  // partitions
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    if (stop.stop_requested()) return;
    const std::string_view key = rows->key().ToStringView();
    const std::string_view value = rows->value().ToStringView();
    if (!IsWellFormed(Family::kUserCounters, key, value)) {
      spdlog::error("cannot read the users' last tweets: a damaged row; run warblectl verify");
      return;
    }
    const UserId user = DecodeUserKey(key);
    while (known < user.partition()) MarkKnown(known++);
    Raise(user, DecodeUserCounters(value).last_tweet);
  }
  if (!rows->status().ok()) {
    // Slower, but right: timelines look at everyone of the other partitions.
    spdlog::error("cannot read the users' last tweets: {}", rows->status().ToString());
    return;
  }
  while (known < kPartitionCount) MarkKnown(known++);
}

}  // namespace warble::storage
