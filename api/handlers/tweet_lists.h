// Lists of tweets: an author's, a timeline, favorites, activity.
#pragma once

#include "api/handlers/lists.h"
#include "api/handlers/objects.h"
#include "storage/model/favorites.h"
#include "storage/model/tweets.h"

#include <cstdint>
#include <string_view>

namespace warble::api {

inline void WriteItem(JsonWriter& json, const storage::TweetItem& item, ListedTweetWriter& tweets) {
  tweets.Write(json, item);
}
inline storage::TweetId PositionOf(const storage::TweetItem& item) { return item.tweet.id; }

inline void WriteItem(JsonWriter& json, const storage::ActivityItem& activity,
                      ListedTweetWriter& tweets) {
  json.BeginObject().Name("tweet");
  tweets.Write(json, activity.item);
  json.MemberBool("authored", activity.authored)
      .MemberBool("favorited", activity.favorited)
      .EndObject();
}
inline storage::TweetId PositionOf(const storage::ActivityItem& activity) {
  return activity.item.tweet.id;
}

/// Answers a list of tweets or of activity; `query(request)` gives the page. The list's own
/// parameters have been read from `parameters`; the others are read here.
template <class PageQuery>
Answer AnswerTweetList(const Call& call, ParameterReader& parameters, storage::ReadView& view,
                       std::string_view list_name, std::uint32_t max_depth, PageQuery query) {
  const auto viewer = ReadViewer(call, parameters);
  ListRequest list(call, parameters, list_name, max_depth);
  const auto request = list.Page<storage::TweetId>(viewer);
  if (parameters.problem()) return *parameters.problem();
  const ViewerLens lens(view, viewer);
  ListedTweetWriter tweets(lens);
  return list.Render(
      query(request), [&](JsonWriter& json, const auto& item) { WriteItem(json, item, tweets); },
      [](const auto& item) { return PositionOf(item); });
}

}  // namespace warble::api
