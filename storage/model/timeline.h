// The home timeline, by pull: nothing is copied when someone tweets, so a timeline cannot drift,
// an unfollow or a deletion shows at once, and a celebrity's tweet is one row. Of followees who
// live on other shards, each shard tells the newest tweets, as many as probably come on the page.
#pragma once

#include "storage/model/pages.h"
#include "storage/model/tweets.h"
#include "storage/remote_rows.h"

#include <vector>

namespace warble::storage {

/// The tweets of everyone that `user` follows, newest first, of the living only; with
/// `include_self` the user's own too.
Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request);

/// The part of another shard's timeline that this one tells: of authors who are all served here.
/// Rows that `request` wants go to *rows.
TimelinePart ListTimelinePart(ReadView& view, const TimelineRequest& request,
                              std::vector<Told::Row>* rows);

}  // namespace warble::storage
