#include "api/resolve.h"

#include "api/routes.h"
#include "storage/model/users.h"

#include <fmt/format.h>

#include <optional>

namespace warble::api {
namespace {

using storage::CacheKey;
using storage::DecodedCache;
using storage::Family;

// Names are not repeated here: what stands in a path need not be UTF-8.
Problem NoUser() { return {Code::kNotFound, "There is no such user."}; }

std::optional<storage::TweetId> TweetOf(const PathTexts& path) {
  const auto id = ParseDecimal(path.tweet);
  if (!id) return std::nullopt;
  return storage::TweetId{*id};
}

std::optional<CacheKey> KeyOf(FirstRead first_read, storage::UserId user,
                              const std::optional<storage::TweetId>& tweet) {
  const storage::Key key = storage::UserKey(user);
  switch (first_read) {
    case FirstRead::kNothing:
      return std::nullopt;
    case FirstRead::kUserCounters:
      return DecodedCache::RowKey(Family::kUserCounters, key);
    case FirstRead::kNewestTweets:
      return DecodedCache::NewestKey(user);
    case FirstRead::kFollowees:
      return DecodedCache::FolloweesKey(user);
    case FirstRead::kFollowers:
      return DecodedCache::ListKey(Family::kFollowsIn, key);
    case FirstRead::kFavorites:
      return DecodedCache::ListKey(Family::kFavoritesOut, key);
    case FirstRead::kFavoriters:
      if (!tweet) return std::nullopt;
      return DecodedCache::ListKey(Family::kFavoritesIn, storage::TweetKey(user, *tweet));
  }
  return std::nullopt;
}

void PrefetchSubjects(storage::PointReader& reader, FirstRead first_read, storage::UserId user,
                      const std::optional<storage::TweetId>& tweet) {
  CacheKeys keys = {DecodedCache::RowKey(Family::kUsers, storage::UserKey(user))};
  if (tweet) {
    keys.push_back(DecodedCache::RowKey(Family::kTweets, storage::TweetKey(user, *tweet)));
  }
  if (const auto key = KeyOf(first_read, user, tweet)) keys.push_back(*key);
  reader.Prefetch(keys);
}

}  // namespace

CacheKeys SessionAndUserKeys(storage::UserId viewer, const PathTexts& path) {
  CacheKeys keys = {DecodedCache::RowKey(Family::kSessions, storage::UserKey(viewer))};
  if (!path.user.empty() && path.user.size() <= storage::Key::kCapacity) {
    keys.push_back(DecodedCache::RowKey(Family::kUsernames, storage::UsernameKey(path.user)));
  }
  return keys;
}

std::variant<Subjects, Problem> Resolve(const Call& call, storage::PointReader& reader) {
  Subjects subjects;
  const std::optional<storage::TweetId> tweet = TweetOf(call.path);
  if (!call.path.user.empty()) {
    const auto user = storage::FindUserId(reader, call.path.user);
    if (!user) return NoUser();
    PrefetchSubjects(reader, call.route->first_read, *user, tweet);
    subjects.user = storage::LoadUser(reader, *user);
    if (!subjects.user) return NoUser();
  }
  if (!call.path.tweet.empty()) {
    if (tweet) subjects.tweet = storage::LoadTweet(reader, subjects.user->id, *tweet);
    if (!subjects.tweet) {
      return Problem{Code::kNotFound, "This user has no such tweet."};
    }
  }
  if (!call.path.other.empty()) {
    subjects.other = storage::FindUser(reader, call.path.other);
    if (!subjects.other) return NoUser();
  }
  const Owner owner = call.route->owner;
  if (owner != Owner::kNobody) {
    const storage::User& needed = owner == Owner::kUser ? *subjects.user : *subjects.other;
    if (needed.id != call.session->user) {
      return Problem{Code::kForbidden, fmt::format("Only {} may do this.", needed.username)};
    }
  }
  return subjects;
}

}  // namespace warble::api
