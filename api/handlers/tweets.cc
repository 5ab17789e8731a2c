// Tweets: posting and deleting, one tweet, an author's list and the home timeline.
#include "storage/model/tweets.h"

#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/lists.h"
#include "api/handlers/objects.h"
#include "api/http/body.h"
#include "storage/model/timeline.h"

#include <fmt/compile.h>
#include <fmt/format.h>

namespace warble::api {
namespace {

using storage::TweetItem;

std::string BoundText(const std::optional<storage::Timestamp>& bound) {
  return bound ? std::to_string(bound->ms) : std::string();
}

storage::TweetId PositionOf(const TweetItem& item) { return item.tweet.id; }

}  // namespace

Answer ListTweets(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  ParameterReader parameters(call.query);
  storage::TweetFilter filter;
  filter.since = parameters.Time("since");
  filter.until = parameters.Time("until");
  filter.favorited_only = parameters.Boolean("favorited");
  const auto viewer = ReadViewer(call, parameters);
  ListRequest list(
      call, parameters,
      fmt::format(FMT_COMPILE("tweets/{}?since={}&until={}&favorited={}"), subjects.user->id.value,
                  BoundText(filter.since), BoundText(filter.until), filter.favorited_only),
      kMaxListDepth);
  const auto request = list.Page<storage::TweetId>(viewer);
  if (parameters.problem()) return *parameters.problem();
  const ViewerLens lens(view, viewer);
  ListedTweetWriter tweets(lens);
  return list.Render(
      storage::ListUserTweets(view, storage::Summarize(*subjects.user), filter, request),
      [&](JsonWriter& json, const TweetItem& item) { tweets.Write(json, item); }, PositionOf);
}

Answer GetTweet(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  ParameterReader parameters(call.query);
  const auto viewer = ReadViewer(call, parameters);
  if (parameters.problem()) return *parameters.problem();
  JsonWriter json;
  WriteTweet(json, *subjects.tweet, storage::Summarize(*subjects.user), ViewerLens(view, viewer));
  return JsonResponse(200, json);
}

Answer GetTimeline(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  ParameterReader parameters(call.query);
  const bool include_self = parameters.Boolean("include_self");
  const auto viewer = ReadViewer(call, parameters);
  ListRequest list(call, parameters,
                   fmt::format(FMT_COMPILE("timeline/{}?include_self={}"), subjects.user->id.value,
                               include_self),
                   kMaxTimelineDepth);
  const auto request = list.Page<storage::TweetId>(viewer);
  if (parameters.problem()) return *parameters.problem();
  const ViewerLens lens(view, viewer);
  ListedTweetWriter tweets(lens);
  return list.Render(
      storage::ListTimeline(view, subjects.user->id, include_self, request),
      [&](JsonWriter& json, const TweetItem& item) { tweets.Write(json, item); }, PositionOf);
}

Prepared PreparePostTweet(Call& call) {
  ParameterReader parameters(call.query);
  const auto viewer = ReadViewer(call, parameters);
  if (parameters.problem()) return *parameters.problem();
  auto body = Body::Parse(call.body);
  if (std::holds_alternative<Problem>(body)) return std::get<Problem>(body);
  FieldReader fields(std::get<Body>(body));
  const auto content = fields.Content("content");
  if (!fields.ok()) return fields.TakeProblem();

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
