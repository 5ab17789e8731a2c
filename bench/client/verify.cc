#include "bench/client/verify.h"

#include "bench/client/oracle.h"
#include "bench/client/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace warble::bench {
namespace {

constexpr std::size_t kMostPages = 300;
constexpr std::size_t kMostItems = kMostPages * 100;
constexpr std::size_t kSampledActors = 40;
constexpr std::uint32_t kSampledPopular = 10;
constexpr std::uint32_t kSampledOthers = 10;
constexpr std::size_t kMostMerged = 200;  // followees whose tweets a timeline is held against

bool IsFollow(Operation operation) {
  return operation == Operation::kFollow || operation == Operation::kUnfollow;
}

bool Adds(Operation operation) {
  return operation == Operation::kFollow || operation == Operation::kFavorite;
}

}  // namespace

void Verifier::Verify(const std::vector<WriteRecord>& records) {
  for (const WriteRecord& record : records) {
    follows_only_grow_ = follows_only_grow_ && record.operation != Operation::kUnfollow;
    favorites_only_grow_ = favorites_only_grow_ && record.operation != Operation::kUnfavorite;
  }
  VerifyTweets(records);
  VerifyEdges(records);
  for (const UserNumber user : Sample(records)) {
    VerifyUser(user);
    VerifyFavoriters(user);
    VerifyTimeline(user);
  }
}

void Verifier::VerifyTweets(const std::vector<WriteRecord>& records) {
  for (const WriteRecord& record : records) {
    if (record.operation != Operation::kPostTweet || !record.acknowledged) continue;
    const auto tweet = client_.GetTweet(record.actor, record.actor, record.tweet);
    findings_.Check(
        tweet && tweet->content == World::TextOf(record.text_seed),
        fmt::format("an acknowledged tweet, {} of {}: {}", record.tweet.value,
                    world_.Username(record.actor),
                    tweet ? "it reads otherwise" : "answered with " + client_.last().Describe()));
  }
}

void Verifier::VerifyEdges(const std::vector<WriteRecord>& records) {
  struct Edge {
    WriteRecord record;
    bool contested = false;  // both made and undone: the order of the two is not known
    bool acknowledged = false;
  };
  std::map<std::tuple<bool, UserNumber, UserNumber, std::uint64_t>, Edge> edges;
  for (const WriteRecord& record : records) {
    if (record.operation == Operation::kPostTweet) continue;
    const bool is_follow = IsFollow(record.operation);
    Edge& edge =
        edges
            .try_emplace({is_follow, record.actor, record.user, is_follow ? 0 : record.tweet.value},
                         Edge{.record = record})
            .first->second;
    edge.contested = edge.contested || edge.record.operation != record.operation;
    edge.acknowledged = edge.acknowledged || record.acknowledged;
  }
  for (const auto& [key, edge] : edges) {
    if (edge.contested || !edge.acknowledged) continue;
    VerifyEdge(edge.record, Adds(edge.record.operation));
  }
}

void Verifier::VerifyEdge(const WriteRecord& record, bool is_there) {
  const std::string actor = world_.Username(record.actor);
  if (IsFollow(record.operation)) {
    const std::string target = client_.TargetOf(record.user, "/followers/" + actor);
    const int status = client_.Get(record.actor, target).status;
    findings_.Check(status == (is_there ? 200 : 404),
                    fmt::format("an acknowledged {}: {} is answered with {}",
                                NameOf(record.operation), target, client_.last().Describe()));
    return;
  }
  const auto tweet = client_.GetTweet(record.actor, record.user, record.tweet);
  findings_.Check(tweet && tweet->favorited == is_there,
                  fmt::format("an acknowledged {} by {} of the tweet {}: it does not show",
                              NameOf(record.operation), actor, record.tweet.value));
}

std::set<UserNumber> Verifier::Sample(const std::vector<WriteRecord>& records) {
  std::set<UserNumber> sample;
  const std::uint32_t users = world_.users();
  for (std::uint32_t i = 0; i < kSampledPopular; ++i) {
    sample.insert(world_.ByPopularity(std::min(i, users - 1)));
  }
  for (std::uint32_t i = 0; i < kSampledOthers; ++i) sample.insert(random_.Below(users));
  for (std::size_t i = 0; i < kSampledActors && !records.empty(); ++i) {
    const WriteRecord& record = records[random_.Below(static_cast<std::uint32_t>(records.size()))];
    sample.insert(i % 2 == 0 ? record.actor : record.user);
  }
  return sample;
}

void Verifier::VerifyUser(UserNumber user) {
  const auto counters = client_.GetCounters(user, user);
  findings_.Check(
      counters.has_value(),
      fmt::format("{} is answered with {}", client_.TargetOf(user), client_.last().Describe()));
  if (!counters) return;
  std::vector<std::uint64_t> followees;
  if (follows_only_grow_) {
    for (const UserNumber followee : world_.FolloweesOf(user)) {
      followees.push_back(world_.IdOf(followee).value);
    }
  }
  std::vector<std::uint64_t> tweets;
  for (const World::TweetSeed& tweet : world_.TweetsOf(user)) tweets.push_back(tweet.id.value);
  VerifyList(user, client_.TargetOf(user, "/followees"), counters->followees, followees);
  VerifyList(user, client_.TargetOf(user, "/followers"), counters->followers, {});
  VerifyList(user, client_.TargetOf(user, "/tweets"), counters->tweets, tweets);
  VerifyList(user, client_.TargetOf(user, "/favorites"), counters->favorites, {});
}

void Verifier::VerifyList(UserNumber user, const std::string& target, std::uint64_t count,
                          const std::vector<std::uint64_t>& expected) {
  if (count > kMostItems) return;
  const Walk walk = WalkList(client_, user, target, kMostPages + 1);
  findings_.Check(walk.failure.empty(), fmt::format("{}: {}", target, walk.failure));
  if (!walk.failure.empty()) return;
  findings_.Check(walk.items.size() == count, fmt::format("{}: {} items, but the count is {}",
                                                          target, walk.items.size(), count));
  const std::string disorder = walk.Disorder();
  findings_.Check(disorder.empty(), fmt::format("{}: {}", target, disorder));
  std::vector<std::uint64_t> ids;
  for (const Item& item : walk.items) ids.push_back(item.id);
  std::sort(ids.begin(), ids.end());
  const auto missing = std::find_if(expected.begin(), expected.end(), [&](std::uint64_t id) {
    return !std::binary_search(ids.begin(), ids.end(), id);
  });
  findings_.Check(missing == expected.end(), fmt::format("{}: {} was loaded and is missing", target,
                                                         missing == expected.end() ? 0 : *missing));
}

void Verifier::VerifyFavoriters(UserNumber author) {
  const std::vector<World::TweetSeed> tweets = world_.TweetsOf(author);
  if (tweets.empty()) return;
  const World::TweetSeed& seed = tweets[random_.Below(static_cast<std::uint32_t>(tweets.size()))];
  const auto tweet = client_.GetTweet(author, author, seed.id);
  findings_.Check(tweet && tweet->content == World::TextOf(seed.text_seed),
                  fmt::format("the loaded tweet {} of {} does not read as it was written",
                              seed.id.value, world_.Username(author)));
  if (!tweet) return;
  std::vector<std::uint64_t> expected;
  if (favorites_only_grow_) {
    for (const UserNumber user : world_.FavoritersOf(seed)) {
      expected.push_back(world_.IdOf(user).value);
    }
  }
  VerifyList(author, client_.TargetOf(author, fmt::format("/tweets/{}/favorites", seed.id.value)),
             tweet->favorites, expected);
}

// What a timeline's first page must be: the newest of the first pages of all followees.
void Verifier::VerifyTimeline(UserNumber user) {
  const Walk followees = WalkList(client_, user, client_.TargetOf(user, "/followees"), 3);
  if (!followees.whole || followees.items.size() > kMostMerged) return;
  std::vector<Item> merged;
  for (const Item& followee : followees.items) {
    const auto page = client_.GetPage(user, fmt::format("/users/{}/tweets", followee.username));
    if (page) merged.insert(merged.end(), page->items.begin(), page->items.end());
  }
  std::sort(merged.begin(), merged.end(), [](const Item& a, const Item& b) { return a.id > b.id; });
  merged.resize(std::min<std::size_t>(merged.size(), 100));
  const auto timeline = client_.GetPage(user, client_.TargetOf(user, "/timeline"));
  findings_.Check(timeline && timeline->items == merged,
                  fmt::format("{} is not the merge of what {} followees wrote",
                              client_.TargetOf(user, "/timeline"), followees.items.size()));
}

}  // namespace warble::bench
