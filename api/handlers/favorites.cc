// Favorites: favoriting and undoing it, who favorited what, and a user's activity.
#include "storage/model/favorites.h"

#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/user_lists.h"
#include "storage/model/users.h"

#include <fmt/compile.h>

namespace warble::api {

Answer ListFavoriters(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::Tweet& tweet = *subjects.tweet;
  return AnswerUserList(
      call, view, fmt::format(FMT_COMPILE("favoriters/{}/{}"), tweet.author.value, tweet.id.value),
      "favorited_at", [&](const auto& request) {
        return storage::ListFavoriters(view, tweet.author, tweet.id, request);
      });
}

Answer ListFavorites(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  ParameterReader parameters(call.query);
  const auto viewer = ReadViewer(call, parameters);
  const storage::UserId user = subjects.user->id;
  ListRequest list(call, parameters, fmt::format(FMT_COMPILE("favorites/{}"), user.value),
                   kMaxListDepth);
  const auto request = list.Page<storage::TweetId>(viewer);
  if (parameters.problem()) return *parameters.problem();
  const ViewerLens lens(view, viewer);
  ListedTweetWriter tweets(lens);
  return list.Render(
      storage::ListFavorites(view, user, request),
      [&](JsonWriter& json, const storage::TweetItem& item) { tweets.Write(json, item); },
      [](const storage::TweetItem& item) { return item.tweet.id; });
}

Answer ListActivity(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  ParameterReader parameters(call.query);
  const auto viewer = ReadViewer(call, parameters);
  const storage::User& user = *subjects.user;
  ListRequest list(call, parameters, fmt::format(FMT_COMPILE("activity/{}"), user.id.value),
                   kMaxListDepth);
  const auto request = list.Page<storage::TweetId>(viewer);
  if (parameters.problem()) return *parameters.problem();
  const ViewerLens lens(view, viewer);
  ListedTweetWriter tweets(lens);
  return list.Render(
      storage::ListActivity(view, storage::Summarize(user), request),
      [&](JsonWriter& json, const storage::ActivityItem& activity) {
        json.BeginObject().Name("tweet");
        tweets.Write(json, activity.item);
        json.MemberBool("authored", activity.authored)
            .MemberBool("favorited", activity.favorited)
            .EndObject();
      },
      [](const storage::ActivityItem& activity) { return activity.item.tweet.id; });
}

Prepared PrepareFavorite(Call& call) {
  return Decision([&call](const Subjects& subjects, storage::Transaction& transaction) -> Answer {
    const auto user = storage::LoadUser(transaction, call.session->user);
    if (!user) return Problem{Code::kUnauthenticated, "This session has ended."};
    const storage::Tweet& tweet = *subjects.tweet;
    const storage::EdgeAdded edge =
        storage::Favorite(transaction, user->id, tweet.author, tweet.id);
    if (transaction.ToBeRepeated()) return NotYet();
    JsonWriter json;
    json.BeginObject().Name("user");
    WriteSummary(json, storage::Summarize(*user));
    json.MemberId("tweet_id", tweet.id.value).MemberTime("favorited_at", edge.at).EndObject();
    return JsonResponse(edge.created ? 201 : 200, json);
  });
}

Prepared PrepareUnfavorite(Call&) {
  return Decision([](const Subjects& subjects, storage::Transaction& transaction) -> Answer {
    storage::Unfavorite(transaction, subjects.other->id, subjects.tweet->id);
    return NoContent();
  });
}

}  // namespace warble::api
