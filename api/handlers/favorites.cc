// Favorites: favoriting and undoing it, lists of favoriters and favorites, and a user's activity.
#include "storage/model/favorites.h"

#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/list_names.h"
#include "api/handlers/tweet_lists.h"
#include "api/handlers/user_lists.h"
#include "storage/model/users.h"

namespace warble::api {

Answer ListFavoriters(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::Tweet& tweet = *subjects.tweet;
  return AnswerUserList(call, view, FavoritersName(tweet.author, tweet.id), "favorited_at",
                        [&](const auto& request) {
                          return storage::ListFavoriters(view, tweet.author, tweet.id, request);
                        });
}

Answer ListFavorites(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::UserId user = subjects.user->id;
  ParameterReader parameters(call.query);
  return AnswerTweetList(
      call, parameters, view, FavoritesName(user), kMaxListDepth,
      [&](const auto& request) { return storage::ListFavorites(view, user, request); });
}

Answer ListActivity(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::User& user = *subjects.user;
  ParameterReader parameters(call.query);
  return AnswerTweetList(call, parameters, view, ActivityName(user.id), kMaxListDepth,
                         [&](const auto& request) {
                           return storage::ListActivity(view, storage::Summarize(user), request);
                         });
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
