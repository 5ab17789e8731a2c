#include "storage/decoded_cache.h"

#include "storage/check.h"

#include <algorithm>

namespace warble::storage {

DecodedCache::DecodedCache(std::size_t capacity_bytes)
    : rows_(capacity_bytes / 2), newest_(capacity_bytes / 4), followees_(capacity_bytes / 4) {
  for (std::unique_ptr<Stamps>& stamps : stamps_) stamps = std::make_unique<Stamps>();
}

bool DecodedCache::Holds(Family family) {
  switch (family) {
    case Family::kUsers:
    case Family::kUsernames:
    case Family::kTweets:
    case Family::kTweetCounters:
    case Family::kUserCounters:
    case Family::kSessions:
      return true;
    default:
      return false;
  }
}

DecodedCache::RowKey DecodedCache::MakeRowKey(Family family, std::string_view key) {
  RowKey row_key;
  WARBLE_CHECK(key.size() + 2 <= row_key.bytes.size());
  row_key.bytes[0] = static_cast<char>(family);
  row_key.bytes[1] = static_cast<char>(key.size());
  std::memcpy(row_key.bytes.data() + 2, key.data(), key.size());
  return row_key;
}

std::optional<DecodedCache::Row> DecodedCache::FindRow(Family family, std::string_view key) {
  const RowKey row_key = MakeRowKey(family, key);
  if (IsBeingWritten(kRows, RowHash()(row_key))) return std::nullopt;
  return rows_.Find(row_key);
}

std::optional<DecodedCache::Newest> DecodedCache::FindNewest(UserId author) {
  if (IsBeingWritten(kNewest, UserHash()(author))) return std::nullopt;
  return newest_.Find(author);
}

std::optional<DecodedCache::Followees> DecodedCache::FindFollowees(UserId user) {
  if (IsBeingWritten(kFollowees, UserHash()(user))) return std::nullopt;
  return followees_.Find(user);
}

void DecodedCache::FillRow(Family family, std::string_view key, Row row, std::uint64_t completed) {
  const RowKey row_key = MakeRowKey(family, key);
  const std::size_t size_bytes = row == nullptr ? 0 : row->size();
  rows_.Insert(row_key, std::move(row), size_bytes, [&] {
    return Stamp(kRows, RowHash()(row_key)).load(std::memory_order_acquire) <= completed;
  });
}

void DecodedCache::FillNewest(UserId author, Newest newest, std::uint64_t completed) {
  const std::size_t size_bytes = newest->ids.capacity() * sizeof(TweetId);
  newest_.Insert(author, std::move(newest), size_bytes, [&] {
    return Stamp(kNewest, UserHash()(author)).load(std::memory_order_acquire) <= completed;
  });
}

void DecodedCache::FillFollowees(UserId user, Followees followees, std::uint64_t completed) {
  const std::size_t size_bytes = followees->capacity() * sizeof(UserId);
  followees_.Insert(user, std::move(followees), size_bytes, [&] {
    return Stamp(kFollowees, UserHash()(user)).load(std::memory_order_acquire) <= completed;
  });
}

void DecodedCache::BeginBatch(const ChangeSet& changes) {
  const std::uint64_t batch = completed() + 1;
  changes.ForEach([&](const Change& change) { StampAll(change, batch); });
}

void DecodedCache::EndBatch(const ChangeSet& changes) {
  changes.ForEach([&](const Change& change) { Apply(change); });
  completed_.fetch_add(1, std::memory_order_release);
}

void DecodedCache::StampAll(const Change& change, std::uint64_t batch) {
  if (Holds(change.family)) {
    const RowKey row_key = MakeRowKey(change.family, change.key);
    Stamp(kRows, RowHash()(row_key)).store(batch, std::memory_order_release);
  }
  if (change.family == Family::kTweets) {
    Stamp(kNewest, UserHash()(DecodeUserKey(change.key))).store(batch, std::memory_order_release);
  }
  if (change.family == Family::kFollowsOut) {
    Stamp(kFollowees, UserHash()(DecodeUserKey(change.key)))
        .store(batch, std::memory_order_release);
  }
}

namespace {

using NewestAndSize = std::optional<std::pair<DecodedCache::Newest, std::size_t>>;

// The newest tweets after `id` was posted or deleted; nothing where that cannot be told.
NewestAndSize WithChange(const DecodedCache::Newest& old, TweetId id, bool posted) {
  auto changed = std::make_shared<NewestTweets>(*old);
  std::vector<TweetId>& ids = changed->ids;
  const auto place = std::lower_bound(ids.begin(), ids.end(), id, std::greater<>());
  const bool known = place != ids.end() && *place == id;
  if (posted && !known && id >= changed->floor) {
    ids.insert(place, id);
    if (ids.size() > NewestTweets::kLimit) {
      ids.pop_back();
      changed->floor = ids.back();
    }
  } else if (!posted && known) {
    ids.erase(place);
    if (ids.empty() && changed->floor.value != 0) return std::nullopt;  // it would help nobody
  }
  const std::size_t size_bytes = ids.capacity() * sizeof(TweetId);
  return NewestAndSize({std::move(changed), size_bytes});
}

}  // namespace

void DecodedCache::Apply(const Change& change) {
  if (Holds(change.family)) {
    rows_.Update(MakeRowKey(change.family, change.key), [&](const Row&) {
      Row row = change.value ? std::make_shared<const std::string>(*change.value) : nullptr;
      const std::size_t size_bytes = change.value ? change.value->size() : 0;
      return std::optional(std::pair(std::move(row), size_bytes));
    });
  }
  if (change.family == Family::kTweets) {
    const TweetKeyParts parts = DecodeTweetKey(change.key);
    newest_.Update(parts.author, [&](const Newest& old) {
      return WithChange(old, parts.id, change.value.has_value());
    });
  }
  if (change.family == Family::kFollowsOut) {
    followees_.Update(DecodeUserKey(change.key), [](const Followees&) {
      return std::optional<std::pair<Followees, std::size_t>>();
    });
  }
}

std::size_t DecodedCache::used_bytes() const {
  return rows_.used_bytes() + newest_.used_bytes() + followees_.used_bytes();
}

}  // namespace warble::storage
