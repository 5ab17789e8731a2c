#include "api/handlers/list_names.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <optional>

namespace warble::api {
namespace {

std::string BoundText(const std::optional<storage::Timestamp>& bound) {
  return bound ? std::to_string(bound->ms) : std::string();
}

}  // namespace

std::string TweetsName(storage::UserId author, const storage::TweetFilter& filter) {
  return fmt::format(FMT_COMPILE("tweets/{}?since={}&until={}&favorited={}"), author.value,
                     BoundText(filter.since), BoundText(filter.until), filter.favorited_only);
}

std::string TimelineName(storage::UserId user, bool include_self) {
  return fmt::format(FMT_COMPILE("timeline/{}?include_self={}"), user.value, include_self);
}

std::string FavoritesName(storage::UserId user) {
  return fmt::format(FMT_COMPILE("favorites/{}"), user.value);
}

std::string ActivityName(storage::UserId user) {
  return fmt::format(FMT_COMPILE("activity/{}"), user.value);
}

std::string FollowersName(storage::UserId user) {
  return fmt::format(FMT_COMPILE("followers/{}"), user.value);
}

std::string FolloweesName(storage::UserId user) {
  return fmt::format(FMT_COMPILE("followees/{}"), user.value);
}

std::string FavoritersName(storage::UserId author, storage::TweetId tweet) {
  return fmt::format(FMT_COMPILE("favoriters/{}/{}"), author.value, tweet.value);
}

}  // namespace warble::api
