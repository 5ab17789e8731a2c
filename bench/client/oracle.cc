#include "bench/client/oracle.h"

#include "api/http/json_writer.h"
#include "bench/client/verify.h"
#include "bench/client/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace warble::bench {
namespace {

constexpr std::size_t kMostWalkPages = 100;
constexpr std::uint32_t kPopular = 100;

}  // namespace

void Findings::Check(bool holds, const std::string& what) {
  ++checks_;
  if (holds) return;
  ++failures_;
  if (listed_.size() < kMaxListed) listed_.push_back(what);
}

Oracle::Oracle(const Endpoint& endpoint, const World& world, const LoadMix& mix, std::uint64_t seed,
               Journal& journal)
    : client_(endpoint, world, std::chrono::seconds(10)),
      world_(world),
      mix_(mix),
      random_(seed),
      journal_(journal) {}

UserNumber Oracle::DrawReserved() {
  return world_.ByPopularity(world_.users() - 1 - random_.Below(kReservedUsers));
}

UserNumber Oracle::DrawPopular() {
  return world_.ByPopularity(random_.Below(std::min(kPopular, world_.users() - kReservedUsers)));
}

void Oracle::Probe() {
  ProbeTweet();
  ProbeFollow();
  ProbeFavorite();
  ProbeWalk();
}

void Oracle::ProbeTweet() {
  const UserNumber author = DrawReserved();
  const std::uint64_t text_seed = random_.Number();
  const std::string content = World::TextOf(text_seed);
  api::JsonWriter json;
  const std::string body = json.BeginObject().Member("content", content).EndObject().Take();
  const std::string target = client_.TargetOf(author, "/tweets");
  const Answer answer = client_.Write("POST", author, target, body);
  WriteRecord record{.operation = Operation::kPostTweet,
                     .acknowledged = answer.ok(),
                     .actor = author,
                     .user = author,
                     .tweet = {},
                     .text_seed = text_seed};
  if (answer.ok()) {
    const std::string digits = answer.location.substr(answer.location.rfind('/') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), record.tweet.value);
  }
  if (answer.ok() || answer.failure != Failure::kNone || answer.status >= 500) {
    journal_.Add(record);
  }
  if (!answer.ok()) return;  // refused or unknown: nothing was promised
  const auto page = client_.GetPage(author, target);
  findings_.Check(page && !page->items.empty() && page->items[0].id == record.tweet.value,
                  fmt::format("{}: the tweet {}, just acknowledged, is not the newest", target,
                              record.tweet.value));
  const auto tweet = client_.GetTweet(DrawPopular(), author, record.tweet);
  findings_.Check(tweet && tweet->content == content,
                  fmt::format("{}/{}: another user does not read what was written", target,
                              record.tweet.value));
}

void Oracle::ProbeFollow() {
  const UserNumber follower = DrawReserved();
  const UserNumber followee = DrawPopular();
  const Answer answer = client_.Write("POST", follower, client_.TargetOf(followee, "/followers"));
  if (answer.ok() || answer.failure != Failure::kNone || answer.status >= 500) {
    journal_.Add({.operation = Operation::kFollow,
                  .acknowledged = answer.ok(),
                  .actor = follower,
                  .user = followee,
                  .tweet = {},
                  .text_seed = 0});
  }
  // After 202 the other side may be told later.
  if (answer.status != 200 && answer.status != 201) return;
  const std::string pair =
      fmt::format("{} follows {}", world_.Username(follower), world_.Username(followee));
  const std::string edge = client_.TargetOf(followee, "/followers/" + world_.Username(follower));
  findings_.Check(client_.Get(followee, edge).status == 200, pair + ": the edge is not found");
  const Walk out =
      WalkList(client_, follower, client_.TargetOf(follower, "/followees"), kMostWalkPages);
  findings_.Check(out.Contains(world_.IdOf(followee).value), pair + ": not among the followees");
  const Walk in = WalkList(client_, follower, client_.TargetOf(followee, "/followers"),
                           answer.status == 201 ? 5 : kMostWalkPages);
  findings_.Check(in.Contains(world_.IdOf(follower).value) || (!in.whole && answer.status == 200),
                  pair + ": not among the followers");
}

void Oracle::ProbeFavorite() {
  const UserNumber user = DrawReserved();
  const UserNumber author = DrawPopular();
  const std::vector<World::TweetSeed> tweets = world_.TweetsOf(author);
  if (tweets.empty()) return;
  const storage::TweetId id = tweets[random_.Below(static_cast<std::uint32_t>(tweets.size()))].id;
  const std::string list = client_.TargetOf(author, fmt::format("/tweets/{}/favorites", id.value));
  const Answer answer = client_.Write("POST", user, list);
  if (answer.ok() || answer.failure != Failure::kNone || answer.status >= 500) {
    journal_.Add({.operation = Operation::kFavorite,
                  .acknowledged = answer.ok(),
                  .actor = user,
                  .user = author,
                  .tweet = id,
                  .text_seed = 0});
  }
  // After 202 the other side may be told later.
  if (answer.status != 200 && answer.status != 201) return;
  const auto tweet = client_.GetTweet(user, author, id);
  findings_.Check(tweet && tweet->favorited, fmt::format("{}: {} favorited it and does not see so",
                                                         list, world_.Username(user)));
  const Walk in = WalkList(client_, user, list, kMostWalkPages);
  findings_.Check(!in.whole || in.Contains(world_.IdOf(user).value),
                  fmt::format("{}: {} is missing", list, world_.Username(user)));
  const Walk out = WalkList(client_, user, client_.TargetOf(user, "/favorites"), kMostWalkPages);
  findings_.Check(out.Contains(id.value),
                  fmt::format("the favorites of {} lack {}", world_.Username(user), id.value));
}

// The count read before a walk and the one read after its first page bound what the walk must find,
// as long as nothing is taken away.
void Oracle::ProbeWalk() {
  const UserNumber viewer = DrawReserved();
  const UserNumber user = DrawPopular();
  const bool followers = random_.Below(2) == 0;
  const std::string target = client_.TargetOf(user, followers ? "/followers" : "/tweets");
  const auto count = [&]() -> std::optional<std::uint64_t> {
    const auto counters = client_.GetCounters(viewer, user);
    if (!counters) return std::nullopt;
    return followers ? counters->followers : counters->tweets;
  };
  const auto before = count();
  Walk walk = WalkList(client_, viewer, target, kMostWalkPages);
  const auto after = count();
  findings_.Check(walk.failure.empty(), fmt::format("{}: {}", target, walk.failure));
  const std::string disorder = walk.Disorder();
  findings_.Check(disorder.empty(), fmt::format("{}: {}", target, disorder));
  if (!walk.whole || !before || !after || mix_.Has(Operation::kUnfollow)) return;
  findings_.Check(*before <= walk.items.size() && walk.items.size() <= *after,
                  fmt::format("{}: a walk found {} where the count went from {} to {}", target,
                              walk.items.size(), *before, *after));
}

void Oracle::Verify(const std::vector<WriteRecord>& records) {
  Verifier(client_, random_.Number(), findings_).Verify(records);
}

}  // namespace warble::bench
