// Golden: clients keep cursors for ever, and a cursor is bound to its list's name.
#include "api/handlers/list_names.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace warble::api {
namespace {

constexpr storage::UserId kUser{0x12'3456'789A};
constexpr storage::TweetId kTweet{0x1122'3344'5566'7788};

TEST_CASE("list names: they are pinned, since cursors are bound to them for ever") {
  CHECK(TweetsName(kUser, {}) == "tweets/78187493530?since=&until=&favorited=false");
  CHECK(TweetsName(kUser, {{{0}}, {{1'795'333'696'123}}, true}) ==
        "tweets/78187493530?since=0&until=1795333696123&favorited=true");
  CHECK(TimelineName(kUser, false) == "timeline/78187493530?include_self=false");
  CHECK(TimelineName(kUser, true) == "timeline/78187493530?include_self=true");
  CHECK(FavoritesName(kUser) == "favorites/78187493530");
  CHECK(ActivityName(kUser) == "activity/78187493530");
  CHECK(FollowersName(kUser) == "followers/78187493530");
  CHECK(FolloweesName(kUser) == "followees/78187493530");
  CHECK(FavoritersName(kUser, kTweet) == "favoriters/78187493530/1234605616436508552");
}

TEST_CASE("list names: each filter and each subject is a list of its own") {
  const storage::UserId other{kUser.value + 1};
  const std::set<std::string> names = {TweetsName(kUser, {}),
                                       TweetsName(other, {}),
                                       TweetsName(kUser, {{{0}}, {}, false}),
                                       TweetsName(kUser, {{}, {{0}}, false}),
                                       TweetsName(kUser, {{}, {}, true}),
                                       TimelineName(kUser, false),
                                       TimelineName(kUser, true),
                                       TimelineName(other, false),
                                       FavoritesName(kUser),
                                       ActivityName(kUser),
                                       FollowersName(kUser),
                                       FolloweesName(kUser),
                                       FavoritersName(kUser, kTweet),
                                       FavoritersName(other, kTweet)};
  CHECK(names.size() == 14);
}

}  // namespace
}  // namespace warble::api
