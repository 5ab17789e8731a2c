// A row of every form that there is, some fixed and some at random.
#pragma once

#include "storage/format/keys.h"
#include "tests/support/random.h"
#include "tests/support/token_hash.h"

#include <string>
#include <vector>

namespace warble::tests {

struct SampleRow {
  storage::Family family;
  std::string key;
  std::string value;
};

/// Rows of these users and this tweet.
struct SampleOf {
  storage::UserId user;
  storage::UserId other;
  storage::TweetId tweet;
  storage::Timestamp at;
  std::string name = "name";
};

inline SampleOf RandomSample(Random& random) {
  return {{random.Below(std::uint64_t{1} << 40)},
          {random.Below(std::uint64_t{1} << 40)},
          {random.Below(storage::TweetId::kMaxValue)},
          {random.Below(std::uint64_t{1} << 48)},
          "user" + std::to_string(random.Number())};
}

inline std::vector<SampleRow> WellFormedRows(const SampleOf& of) {
  using namespace storage;
  const auto& [id, other, tweet, at, name] = of;
  const User user{id, name, "first", "", "text", "hash", at, at, false};
  return {
      {Family::kUsers, std::string(UserKey(id)), EncodeUser(user)},
      {Family::kUsernames, name, EncodeUserId(id)},
      {Family::kTweets, std::string(TweetKey(id, tweet)), EncodeNewTweet("")},
      {Family::kTweets, std::string(TweetKey(id, tweet)), EncodeTweet("", 1)},
      {Family::kFavoritedTweets, std::string(TweetKey(id, tweet)), ""},
      {Family::kUserCounters, std::string(UserKey(id)), EncodeUserCounters({})},
      {Family::kFollowsOut, std::string(FollowOutKey(id, other)), EncodeTimestamp(at)},
      {Family::kFollowsIn, std::string(FollowInKey(id, {at, other})), ""},
      {Family::kFavoritesOut, std::string(FavoriteOutKey(id, tweet)),
       EncodeFavoriteOut({other, at})},
      {Family::kFavoritesIn, std::string(FavoriteInKey(id, tweet, {at, other})), ""},
      {Family::kSessions, std::string(UserKey(id)),
       EncodeSessions({{TokenHashOf(std::string(32, 'h')), at, at}})},
      {Family::kIdempotency, std::string(IdempotencyKey(id, std::string(16, 'k'))),
       EncodeStoredAnswer({at, std::string(16, 'd'), ""})},
      {Family::kMeta, std::string(SequenceKey(id.partition())), EncodeU32(1)},
      {Family::kMeta, std::string(PurgeKey({id, tweet})), EncodePurgeProgress({})},
      {Family::kMeta, std::string(PurgeKey({id, {}})), EncodePurgeProgress({1, "cursor"})},
      {Family::kMeta, std::string(OwnershipKey(id.partition())),
       EncodeOwnership({PartitionState::kOwned, 7})},
      {Family::kMeta, std::string(kMetaClock), EncodeTimestamp(at)},
      {Family::kMeta, std::string(kMetaFormat), EncodeU32(1)},
      {Family::kMeta, "sweep/sessions", "12345"},
  };
}

}  // namespace warble::tests
