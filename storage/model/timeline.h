// The home timeline, by pull: nothing is copied when someone tweets, so a timeline cannot drift,
// an unfollow or a deletion shows at once, and a celebrity's tweet is one row.
#pragma once

#include "storage/model/pages.h"
#include "storage/model/tweets.h"

namespace warble::storage {

/// The tweets of everyone that `user` follows, newest first, of the living only; with
/// `include_self` the user's own too.
Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request);

}  // namespace warble::storage
