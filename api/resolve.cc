#include "api/resolve.h"

#include "api/route.h"
#include "storage/users.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace warble::api {
namespace {

using storage::DecodedCache;
using storage::Family;

// Names are not repeated here: what stands in a path need not be UTF-8.
Problem NoUser() { return {Code::kNotFound, "There is no such user."}; }

std::optional<storage::TweetId> TweetOf(const PathTexts& path) {
  const auto id = ParseDecimal(path.tweet);
  if (!id) return std::nullopt;
  return storage::TweetId{*id};
}

// Hints that a tweet and its author are read next, and then perhaps who favorited it.
void PrefetchTweet(storage::PointReader& reader, storage::UserId author, storage::TweetId tweet) {
  const storage::Key key = storage::TweetKey(author, tweet);
  reader.Prefetch(std::array{DecodedCache::RowKey(Family::kUsers, storage::UserKey(author)),
                             DecodedCache::RowKey(Family::kTweets, key),
                             DecodedCache::ListKey(Family::kFavoritesIn, key)});
}

}  // namespace

void PrefetchSessionAndUser(storage::PointReader& reader, storage::UserId viewer,
                            const PathTexts& path) {
  if (path.user.empty() || path.user.size() > storage::Key::kCapacity) return;
  reader.Prefetch(
      std::array{DecodedCache::RowKey(Family::kSessions, storage::UserKey(viewer)),
                 DecodedCache::RowKey(Family::kUsernames, storage::UsernameKey(path.user))});
}

std::variant<Subjects, Problem> Resolve(const Call& call, storage::PointReader& reader) {
  Subjects subjects;
  const std::optional<storage::TweetId> tweet = TweetOf(call.path);
  if (!call.path.user.empty()) {
    const auto user = storage::FindUserId(reader, call.path.user);
    if (!user) return NoUser();
    if (tweet) PrefetchTweet(reader, *user, *tweet);
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
