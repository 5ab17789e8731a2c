#include "storage/engine/decoded_cache.h"

#include "storage/base/check.h"
#include "storage/format/partition.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace warble::storage {
namespace {

// The tags of what is not a row; a row's is its family.
enum Tag : std::uint8_t { kNewestTag = 128, kFolloweesTag, kFirstListTag };

// As an entry's value: the floor, then the ids. Never leaves this process.
void AppendId(std::string& bytes, TweetId id) {
  bytes.append(reinterpret_cast<const char*>(&id.value), sizeof id.value);
}
TweetId IdAt(std::string_view bytes, std::size_t index) {
  TweetId id;
  std::memcpy(&id.value, bytes.data() + index * sizeof id.value, sizeof id.value);
  return id;
}

std::string Pack(std::span<const TweetId> ids, TweetId floor) {
  std::string bytes;
  bytes.reserve((ids.size() + 1) * sizeof(TweetId));
  AppendId(bytes, floor);
  for (const TweetId id : ids) AppendId(bytes, id);
  return bytes;
}

NewestTweets Unpack(std::string_view bytes, const std::optional<TweetId>& before,
                    std::span<TweetId> ids) {
  NewestTweets newest;
  const std::size_t end = bytes.size() / sizeof(TweetId);
  std::size_t next = 1;
  while (before && next < end && IdAt(bytes, next) >= *before) ++next;
  for (; next < end && newest.count < ids.size(); ++next) ids[newest.count++] = IdAt(bytes, next);
  newest.floor = next < end ? ids[newest.count - 1] : IdAt(bytes, 0);
  return newest;
}

// The packed newest tweets after `id` was posted or deleted; nothing where that cannot be told.
std::optional<std::string> WithChange(std::string_view bytes, TweetId id, bool posted) {
  std::array<TweetId, NewestTweets::kLimit + 1> ids;
  auto [count, floor] = Unpack(bytes, std::nullopt, ids);
  const auto end = ids.begin() + static_cast<std::ptrdiff_t>(count);
  const auto place = std::lower_bound(ids.begin(), end, id, std::greater<>());
  const bool known = place != end && *place == id;
  if (posted && !known && id >= floor) {
    std::move_backward(place, end, end + 1);
    *place = id;
    if (++count > NewestTweets::kLimit) floor = ids[--count - 1];
  } else if (!posted && known) {
    std::move(place + 1, end, place);
    --count;
  }
  if (count == 0 && floor.value != 0) return std::nullopt;  // it would help no reader
  return Pack(std::span(ids).first(count), floor);
}

}  // namespace

class DecodedCache::Current {
 public:
  /// `key` outlives it.
  Current(const DecodedCache& cache, const CacheKey& key) : key_(key) {
    if (cache.AnyReturned()) Renew(cache);
  }
  operator const CacheKey&() const { return renewed_ ? *renewed_ : key_; }  // NOLINT: it is a key
  /// The batch with which the partition came back.
  std::uint64_t since() const { return since_; }

 private:
  // Behind the name, under a tag that no bare key has.
  static constexpr std::uint8_t kReturnedTag = 64;
  static constexpr std::size_t kSinceSize = 7;
  static_assert(1 + Key::kCapacity + kSinceSize <= CacheKey::kCapacity);

  void Renew(const DecodedCache& cache) {
    const bool is_name = key_.tag() == static_cast<std::uint8_t>(Family::kUsernames);
    // All but names begin with a user.
    const auto partition =
        PartitionOfRow(is_name ? Family::kUsernames : Family::kUsers, key_.name());
    since_ = cache.returned_[*partition].load(std::memory_order_acquire);
    if (since_ == 0) return;
    std::string name(key_.name());
    for (std::size_t byte = 0; byte < kSinceSize; ++byte) {
      name.push_back(static_cast<char>(since_ >> 8 * byte));
    }
    renewed_.emplace(static_cast<std::uint8_t>(key_.tag() | kReturnedTag), name);
  }

  const CacheKey& key_;
  std::uint64_t since_ = 0;
  std::optional<CacheKey> renewed_;
};

std::vector<CacheKey> DecodedCache::AllCurrent(std::span<const CacheKey> keys) const {
  std::vector<CacheKey> current;
  current.reserve(keys.size());
  for (const CacheKey& key : keys) current.push_back(Current(*this, key));
  return current;
}

void DecodedCache::Prefetch(std::span<const CacheKey> keys) const {
  AnyReturned() ? table_.Prefetch(AllCurrent(keys)) : table_.Prefetch(keys);
}

void DecodedCache::PrefetchSets(std::span<const CacheKey> keys) const {
  AnyReturned() ? table_.PrefetchSets(AllCurrent(keys)) : table_.PrefetchSets(keys);
}

template <class Visit>
bool DecodedCache::Find(const CacheKey& key, std::uint64_t trusted, Visit visit) {
  const Current current(*this, key);
  return current.since() <= trusted && table_.Find(current, trusted, visit);
}

void DecodedCache::Insert(const CacheKey& key, const CacheTable::Value& value,
                          std::uint64_t completed) {
  const Current current(*this, key);
  if (current.since() <= completed) table_.Insert(current, value, completed);
}

CacheKey DecodedCache::NewestKey(UserId author) { return {kNewestTag, UserKey(author)}; }
CacheKey DecodedCache::FolloweesKey(UserId user) { return {kFolloweesTag, UserKey(user)}; }

bool DecodedCache::Holds(Family family) {
  switch (family) {
    case Family::kUsers:
    case Family::kUsernames:
    case Family::kTweets:
    case Family::kUserCounters:
    case Family::kFollowsOut:    // does A follow B: asked by the rehearsal, and again by the
    case Family::kFavoritesOut:  // committer
    case Family::kSessions:
      return true;
    default:
      return false;
  }
}

std::size_t DecodedCache::ListPrefixSize(Family family) {
  switch (family) {
    case Family::kFollowsIn:
    case Family::kFavoritesOut:
      return kUserPrefixSize;
    case Family::kFavoritesIn:
      return kTweetKeySize;
    default:
      return 0;
  }
}

CacheKey DecodedCache::ListKey(Family family, std::string_view key) {
  return {static_cast<std::uint8_t>(kFirstListTag + static_cast<std::uint8_t>(family)),
          key.substr(0, ListPrefixSize(family))};
}

DecodedCache::Row DecodedCache::FindRow(Family family, std::string_view key, std::string* value) {
  Row row = Row::kUnknown;
  Find(RowKey(family, key), completed(), [&](const CacheTable::Value& found) {
    row = found ? Row::kPresent : Row::kAbsent;
    if (found) value->assign(*found);
  });
  return row;
}

std::optional<NewestTweets> DecodedCache::FindNewest(const CacheKey& key,
                                                     const std::optional<TweetId>& before,
                                                     std::span<TweetId> ids,
                                                     std::uint64_t trusted) {
  std::optional<NewestTweets> newest;
  Find(key, trusted, [&](const CacheTable::Value& found) { newest = Unpack(*found, before, ids); });
  return newest;
}

bool DecodedCache::FindFollowees(UserId user, std::vector<EdgePosition>* followees,
                                 std::uint64_t trusted) {
  return Find(FolloweesKey(user), trusted, [&](const CacheTable::Value& found) {
    followees->resize(found->size() / sizeof(EdgePosition));
    if (!found->empty()) std::memcpy(followees->data(), found->data(), found->size());
  });
}

bool DecodedCache::FindFirstRows(Family family, std::string_view prefix, FirstRows* first,
                                 std::uint64_t trusted) {
  return Find(ListKey(family, prefix), trusted, [&](const CacheTable::Value& found) {
    first->all = found->back() != '\0';
    first->rows.assign(found->substr(0, found->size() - 1));
  });
}

void DecodedCache::FillFirstRows(Family family, std::string_view prefix, const FirstRows& first,
                                 std::uint64_t completed) {
  Insert(ListKey(family, prefix), first.rows + static_cast<char>(first.all), completed);
}

void DecodedCache::FillRow(Family family, std::string_view key,
                           std::optional<std::string_view> value, std::uint64_t completed) {
  Insert(RowKey(family, key), value, completed);
}

void DecodedCache::FillNewest(const CacheKey& key, std::span<const TweetId> ids, TweetId floor,
                              std::uint64_t completed) {
  Insert(key, Pack(ids, floor), completed);
}

void DecodedCache::FillFollowees(UserId user, const std::vector<EdgePosition>& followees,
                                 std::uint64_t completed) {
  const std::string_view bytes(reinterpret_cast<const char*>(followees.data()),
                               followees.size() * sizeof(EdgePosition));
  Insert(FolloweesKey(user), bytes, completed);
}

void DecodedCache::BeginBatch(const ChangeSet& changes) {
  const std::uint64_t batch = completed() + 1;
  changes.ForEach([&](const Change& change) { NoteReturn(change, batch); });
  changes.ForEach([&](const Change& change) { StampAll(change, batch); });
}

void DecodedCache::EndBatch(const ChangeSet& changes) {
  changes.ForEach([&](const Change& change) { Apply(change); });
  completed_.fetch_add(1, std::memory_order_release);
}

namespace {
// Whether a tweet comes or goes: a changed count leaves its author's newest tweets as they are. A
// tweet always comes in the form of a new one. Code that copies rows with counts from elsewhere
// must do so while no read looks at their authors' tweets.
bool ChangesNewest(const Change& change) {
  return change.family == Family::kTweets && (!change.value || IsNewTweet(*change.value));
}
}  // namespace

void DecodedCache::NoteReturn(const Change& change, std::uint64_t batch) {
  if (change.family != Family::kMeta || !change.key.starts_with(kMetaOwnershipPrefix)) return;
  if (!change.value || DecodeOwnership(*change.value).state != PartitionState::kOwned) return;
  returned_[DecodeOwnershipKey(change.key)].store(batch, std::memory_order_release);
  any_returned_.store(true, std::memory_order_release);
}

void DecodedCache::StampAll(const Change& change, std::uint64_t batch) {
  if (Holds(change.family)) table_.Stamp(Current(*this, RowKey(change.family, change.key)), batch);
  if (ChangesNewest(change)) {
    table_.Stamp(Current(*this, NewestKey(DecodeUserKey(change.key))), batch);
  }
  if (change.family == Family::kFollowsOut) {
    table_.Stamp(Current(*this, FolloweesKey(DecodeUserKey(change.key))), batch);
  }
  if (ListPrefixSize(change.family) > 0)
    table_.Stamp(Current(*this, ListKey(change.family, change.key)), batch);
}

void DecodedCache::Apply(const Change& change) {
  using Replaced = std::optional<std::optional<std::string>>;
  if (Holds(change.family)) {
    table_.Update(Current(*this, RowKey(change.family, change.key)), [&](const CacheTable::Value&) {
      return std::optional<CacheTable::Value>(change.value);
    });
  }
  if (ChangesNewest(change)) {
    const TweetKeyParts parts = DecodeTweetKey(change.key);
    table_.Update(Current(*this, NewestKey(parts.author)),
                  [&](const CacheTable::Value& old) -> Replaced {
                    auto changed = WithChange(*old, parts.id, change.value.has_value());
                    return changed ? Replaced(std::move(*changed)) : Replaced();
                  });
  }
  const auto forget = [](const CacheTable::Value&) { return Replaced(); };
  if (change.family == Family::kFollowsOut) {
    table_.Update(Current(*this, FolloweesKey(DecodeUserKey(change.key))), forget);
  }
  if (ListPrefixSize(change.family) > 0) {
    table_.Update(Current(*this, ListKey(change.family, change.key)), forget);
  }
}

}  // namespace warble::storage
