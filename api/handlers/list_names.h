// The names of lists. A cursor is bound to the digest of its list's name, and clients keep cursors
// for ever: a name may never change, nor be another list's. Filters are part of it.
#pragma once

#include "storage/format/types.h"
#include "storage/model/tweets.h"

#include <string>

namespace warble::api {

std::string TweetsName(storage::UserId author, const storage::TweetFilter& filter);
std::string TimelineName(storage::UserId user, bool include_self);
std::string FavoritesName(storage::UserId user);
std::string ActivityName(storage::UserId user);
std::string FollowersName(storage::UserId user);
std::string FolloweesName(storage::UserId user);
std::string FavoritersName(storage::UserId author, storage::TweetId tweet);

}  // namespace warble::api
