#include "tests/storage/model/plain_model.h"

#include "storage/model/users.h"

#include <fmt/format.h>

#include <functional>

namespace warble::tests {

using storage::EdgePosition;
using storage::Timestamp;
using storage::Tweet;
using storage::TweetFilter;
using storage::TweetId;
using storage::UserId;

std::string LineOf(const storage::UserSummary& user) {
  return fmt::format("user {} {} {} {}", user.id.value, user.username, user.first_name,
                     user.last_name);
}

std::string LineOf(const storage::UserItem& item) {
  return fmt::format("{} at {}", LineOf(item.user), item.at.ms);
}

std::string LineOf(const storage::TweetItem& item) {
  return fmt::format("tweet {} '{}' of {} {}", item.tweet.id.value, item.tweet.content,
                     item.tweet.author.value, LineOf(*item.author));
}

bool Model::IsAlive(UserId id) const {
  const auto user = users.find(id);
  return user != users.end() && !user->second.deleted;
}

bool Model::IsAlive(TweetId id) const {
  const auto tweet = tweets.find(id);
  return tweet != tweets.end() && IsAlive(tweet->second.author);
}

std::uint64_t Model::LivingUsers() const {
  std::uint64_t count = 0;
  for (const auto& [id, user] : users) count += user.deleted ? 0 : 1;
  return count;
}

void Model::ForgetTheDead() {
  std::erase_if(follows, [&](const auto& edge) {
    return !IsAlive(edge.first.first) || !IsAlive(edge.first.second);
  });
  std::erase_if(favorites, [&](const auto& edge) {
    return !IsAlive(edge.first.first) || !IsAlive(edge.first.second);
  });
  std::erase_if(tweets, [&](const auto& tweet) { return !IsAlive(tweet.second.author); });
}

Model::CounterRange Model::Counters(UserId id) const {
  CounterRange range;
  const auto count = [&](std::uint64_t storage::UserCounters::*counter, bool alive) {
    ++(range.most.*counter);
    if (alive) ++(range.least.*counter);
  };
  for (const auto& [tweet_id, tweet] : tweets) {
    if (tweet.author == id) count(&storage::UserCounters::tweets, true);
  }
  for (const auto& [edge, at] : follows) {
    const auto& [follower, followee] = edge;
    if (follower == id) count(&storage::UserCounters::followees, IsAlive(followee));
    if (followee == id) count(&storage::UserCounters::followers, IsAlive(follower));
  }
  for (const auto& [edge, favorite] : favorites) {
    if (edge.first == id) count(&storage::UserCounters::favorites, IsAlive(edge.second));
  }
  return range;
}

Model::CounterRange Model::TweetCounter(TweetId id) const {
  CounterRange range;
  for (const auto& [edge, favorite] : favorites) {
    if (edge.second != id) continue;
    ++range.most.favorites;
    if (IsAlive(edge.first)) ++range.least.favorites;
  }
  return range;
}

std::vector<std::string> Model::UsersByPrefix(std::string_view prefix, std::uint32_t limit) const {
  std::vector<std::string> lines;
  for (const auto& [name, id] : names) {
    if (lines.size() == limit) break;
    if (name.starts_with(storage::LowerUsername(prefix)) && IsAlive(id)) {
      lines.push_back(LineOf(storage::Summarize(users.at(id))));
    }
  }
  return lines;
}

std::string Model::TweetLine(const Tweet& tweet) const {
  const auto author =
      std::make_shared<storage::UserSummary>(storage::Summarize(users.at(tweet.author)));
  return LineOf(storage::TweetItem{tweet, author});
}

ListedTweets Model::UserTweets(UserId author, const TweetFilter& filter) const {
  ListedTweets list;
  for (auto tweet = tweets.rbegin(); tweet != tweets.rend(); ++tweet) {
    const Timestamp at = tweet->first.created_at();
    if (tweet->second.author != author) continue;
    if (filter.since && at < *filter.since) continue;
    if (filter.until && at >= *filter.until) continue;
    if (filter.favorited_only && TweetCounter(tweet->first).least.favorites == 0) continue;
    list.emplace_back(tweet->first, TweetLine(tweet->second));
  }
  return list;
}

void Model::AddUserLine(ListedUsers& list, UserId user, Timestamp at) const {
  if (!IsAlive(user)) return;
  list.emplace_back(EdgePosition{at, user},
                    LineOf(storage::UserItem{storage::Summarize(users.at(user)), at}));
}

ListedUsers Model::Followers(UserId user) const {
  ListedUsers list;
  for (const auto& [edge, at] : follows) {
    if (edge.second == user) AddUserLine(list, edge.first, at);
  }
  std::sort(list.begin(), list.end(), std::greater<>());
  return list;
}

ListedUsers Model::Followees(UserId user) const {
  ListedUsers list;
  for (const auto& [edge, at] : follows) {
    if (edge.first == user) AddUserLine(list, edge.second, at);
  }
  std::sort(list.begin(), list.end(), std::greater<>());
  return list;
}

ListedUsers Model::Favoriters(TweetId tweet) const {
  ListedUsers list;
  for (const auto& [edge, favorite] : favorites) {
    if (edge.second == tweet) AddUserLine(list, edge.first, favorite.at);
  }
  std::sort(list.begin(), list.end(), std::greater<>());
  return list;
}

ListedTweets Model::Favorites(UserId user) const {
  ListedTweets list;
  for (auto edge = favorites.rbegin(); edge != favorites.rend(); ++edge) {
    const auto& [user_id, tweet_id] = edge->first;
    if (user_id == user && IsAlive(tweet_id)) {
      list.emplace_back(tweet_id, TweetLine(tweets.at(tweet_id)));
    }
  }
  return list;
}

ListedTweets Model::Activity(UserId user) const {
  ListedTweets list;
  for (auto tweet = tweets.rbegin(); tweet != tweets.rend(); ++tweet) {
    const bool authored = tweet->second.author == user;
    const bool favorited = favorites.count({user, tweet->first}) > 0;
    if (!IsAlive(tweet->first) || (!authored && !favorited)) continue;
    list.emplace_back(tweet->first,
                      fmt::format("{} {} {}", TweetLine(tweet->second), authored, favorited));
  }
  return list;
}

ListedTweets Model::Timeline(UserId user, bool include_self) const {
  ListedTweets list;
  for (auto tweet = tweets.rbegin(); tweet != tweets.rend(); ++tweet) {
    const UserId author = tweet->second.author;
    const bool wanted = follows.count({user, author}) > 0 || (include_self && author == user);
    if (wanted && IsAlive(tweet->first)) {
      list.emplace_back(tweet->first, TweetLine(tweet->second));
    }
  }
  return list;
}

}  // namespace warble::tests
