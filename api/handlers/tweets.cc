// Tweets: posting and deleting, one tweet, an author's list and the home timeline.
#include "storage/model/tweets.h"

#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/list_names.h"
#include "api/handlers/object_answer.h"
#include "api/handlers/objects.h"
#include "api/handlers/tweet_lists.h"
#include "api/handlers/write_request.h"
#include "storage/model/timeline.h"

#include <fmt/format.h>

namespace warble::api {
Answer ListTweets(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::User& author = *subjects.user;
  ParameterReader parameters(call.query);
  storage::TweetFilter filter;
  filter.since = parameters.Time("since");
  filter.until = parameters.Time("until");
  filter.favorited_only = parameters.Boolean("favorited");
  return AnswerTweetList(call, parameters, view, TweetsName(author.id, filter), kMaxListDepth,
                         [&](const auto& request) {
                           return storage::ListUserTweets(view, storage::Summarize(author), filter,
                                                          request);
                         });
}

Answer GetTweet(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  return AnswerObject(call, view, [&](JsonWriter& json, const ViewerLens& lens) {
    WriteTweet(json, *subjects.tweet, storage::Summarize(*subjects.user), lens);
  });
}

Answer GetTimeline(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::UserId user = subjects.user->id;
  ParameterReader parameters(call.query);
  const bool include_self = parameters.Boolean("include_self");
  return AnswerTweetList(call, parameters, view, TimelineName(user, include_self),
                         kMaxTimelineDepth, [&](const auto& request) {
                           return storage::ListTimeline(view, user, include_self, request);
                         });
}

Prepared PreparePostTweet(Call& call) {
  WriteRequest request(call);
  const auto viewer = request.Viewer();
  const auto content = request.fields().Content("content");
  if (auto problem = request.TakeProblem()) return std::move(*problem);

  return Decision([viewer, content = *content](const Subjects& subjects,
                                               storage::Transaction& transaction) -> Answer {
    const storage::User& author = *subjects.user;
    const storage::Tweet tweet = storage::CreateTweet(transaction, author.id, content);
    if (transaction.ToBeRepeated()) return NotYet();
    JsonWriter json;
    WriteTweet(json, tweet, storage::Summarize(author), ViewerLens(transaction, viewer));
    Response response = JsonResponse(201, json);
    response.location = fmt::format("{}/tweets/{}", UserPath(author.username), tweet.id.value);
    return response;
  });
}

Prepared PrepareDeleteTweet(Call&) {
  return Decision([](const Subjects& subjects, storage::Transaction& transaction) -> Answer {
    storage::DeleteTweet(transaction, subjects.user->id, subjects.tweet->id);
    return NoContent();
  });
}

}  // namespace warble::api
