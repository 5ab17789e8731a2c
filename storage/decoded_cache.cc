#include "storage/decoded_cache.h"

#include "storage/check.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace warble::storage {
namespace {

// The tags of what is not a row; a row's is its family.
enum Tag : std::uint8_t { kNewestTag = 128, kFolloweesTag };

// As an entry's value: the floor, then the ids. Never leaves this process.
void AppendId(std::string& bytes, TweetId id) {
  bytes.append(reinterpret_cast<const char*>(&id.value), sizeof id.value);
}
TweetId IdAt(std::string_view bytes, std::size_t index) {
  TweetId id;
  std::memcpy(&id.value, bytes.data() + index * sizeof id.value, sizeof id.value);
  return id;
}

std::string Pack(const NewestTweets& newest) {
  std::string bytes;
  bytes.reserve((newest.count + 1) * sizeof(TweetId));
  AppendId(bytes, newest.floor);
  for (const TweetId id : newest) AppendId(bytes, id);
  return bytes;
}

NewestTweets Unpack(std::string_view bytes, const std::optional<TweetId>& before,
                    std::size_t limit) {
  NewestTweets newest;
  const std::size_t end = bytes.size() / sizeof(TweetId);
  std::size_t next = 1;
  while (before && next < end && IdAt(bytes, next) >= *before) ++next;
  for (; next < end && newest.count < limit; ++next) newest.PushBack(IdAt(bytes, next));
  newest.floor = next < end ? newest.ids[newest.count - 1] : IdAt(bytes, 0);
  return newest;
}

// The newest tweets after `id` was posted or deleted; nothing where that cannot be told.
std::optional<NewestTweets> WithChange(const NewestTweets& old, TweetId id, bool posted) {
  NewestTweets changed;
  changed.floor = old.floor;
  const bool known = std::find(old.begin(), old.end(), id) != old.end();
  bool inserting = posted && !known && id >= old.floor;
  for (const TweetId other : old) {
    if (!posted && other == id) continue;
    if (inserting && id > other) {
      changed.PushBack(id);
      inserting = false;
    }
    if (changed.count == NewestTweets::kLimit) {  // `other` has fallen out
      changed.floor = changed.ids.back();
      return changed;
    }
    changed.PushBack(other);
  }
  if (inserting && changed.count < NewestTweets::kLimit) changed.PushBack(id);
  if (changed.count == 0 && changed.floor.value != 0) return std::nullopt;  // it would help nobody
  return changed;
}

}  // namespace

void NewestTweets::Keep(const std::optional<TweetId>& before, std::size_t limit) {
  *this = Unpack(Pack(*this), before, limit);
}

CacheKey DecodedCache::NewestKey(UserId author) { return {kNewestTag, UserKey(author)}; }
CacheKey DecodedCache::FolloweesKey(UserId user) { return {kFolloweesTag, UserKey(user)}; }

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

DecodedCache::Row DecodedCache::FindRow(Family family, std::string_view key, std::string* value) {
  Row row = Row::kUnknown;
  table_.Find(RowKey(family, key), completed(), [&](const CacheTable::Value& found) {
    row = found ? Row::kPresent : Row::kAbsent;
    if (found) value->assign(*found);
  });
  return row;
}

bool DecodedCache::FindNewest(UserId author, const std::optional<TweetId>& before,
                              std::size_t limit, NewestTweets* newest) {
  return table_.Find(NewestKey(author), completed(), [&](const CacheTable::Value& found) {
    *newest = Unpack(*found, before, limit);
  });
}

bool DecodedCache::FindFollowees(UserId user, std::vector<EdgePosition>* followees) {
  return table_.Find(FolloweesKey(user), completed(), [&](const CacheTable::Value& found) {
    followees->resize(found->size() / sizeof(EdgePosition));
    if (!found->empty()) std::memcpy(followees->data(), found->data(), found->size());
  });
}

void DecodedCache::PrefetchRows(std::span<const RowName> rows) const {
  std::vector<CacheKey> keys;
  keys.reserve(rows.size());
  for (const RowName& row : rows) keys.push_back(RowKey(row.family, row.key));
  table_.Prefetch(keys);
}

void DecodedCache::PrefetchNewest(std::span<const EdgePosition> authors) const {
  std::vector<CacheKey> keys;
  keys.reserve(authors.size());
  for (const EdgePosition& author : authors) keys.push_back(NewestKey(author.user));
  table_.Prefetch(keys);
}

void DecodedCache::FillRow(Family family, std::string_view key,
                           std::optional<std::string_view> value, std::uint64_t completed) {
  table_.Insert(RowKey(family, key), value, completed);
}

void DecodedCache::FillNewest(UserId author, const NewestTweets& newest, std::uint64_t completed) {
  table_.Insert(NewestKey(author), Pack(newest), completed);
}

void DecodedCache::FillFollowees(UserId user, const std::vector<EdgePosition>& followees,
                                 std::uint64_t completed) {
  const std::string_view bytes(reinterpret_cast<const char*>(followees.data()),
                               followees.size() * sizeof(EdgePosition));
  table_.Insert(FolloweesKey(user), bytes, completed);
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
  if (Holds(change.family)) table_.Stamp(RowKey(change.family, change.key), batch);
  if (change.family == Family::kTweets) {
    table_.Stamp(NewestKey(DecodeUserKey(change.key)), batch);
  }
  if (change.family == Family::kFollowsOut) {
    table_.Stamp(FolloweesKey(DecodeUserKey(change.key)), batch);
  }
}

void DecodedCache::Apply(const Change& change) {
  using Replaced = std::optional<std::optional<std::string>>;
  if (Holds(change.family)) {
    table_.Update(RowKey(change.family, change.key), [&](const CacheTable::Value&) {
      return std::optional<CacheTable::Value>(change.value);
    });
  }
  if (change.family == Family::kTweets) {
    const TweetKeyParts parts = DecodeTweetKey(change.key);
    table_.Update(NewestKey(parts.author), [&](const CacheTable::Value& old) -> Replaced {
      const NewestTweets known = Unpack(*old, std::nullopt, NewestTweets::kLimit);
      const auto changed = WithChange(known, parts.id, change.value.has_value());
      return changed ? Replaced(Pack(*changed)) : Replaced();
    });
  }
  if (change.family == Family::kFollowsOut) {
    table_.Update(FolloweesKey(DecodeUserKey(change.key)),
                  [](const CacheTable::Value&) { return Replaced(); });
  }
}

}  // namespace warble::storage
