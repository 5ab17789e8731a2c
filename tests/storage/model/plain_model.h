// What a node's storage must hold and answer, in the plainest way: maps, and lists made anew for
// every question. For the differential test.
#pragma once

#include "storage/format/keys.h"
#include "storage/format/types.h"
#include "storage/model/follows.h"
#include "storage/model/pages.h"
#include "storage/model/tweets.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::tests {

/// An item of a list: where it stands, and all that it shows as text.
template <class Position>
using Listed = std::vector<std::pair<Position, std::string>>;
using ListedTweets = Listed<storage::TweetId>;
using ListedUsers = Listed<storage::EdgePosition>;

/// The lines of a page of `all`, which is in the list's order, newest first; "more" at its end when
/// there is more.
template <class Position>
std::vector<std::string> Cut(const Listed<Position>& all,
                             const storage::PageRequest<Position>& request) {
  std::vector<std::string> lines;
  std::uint32_t skip = request.skip;
  for (const auto& [position, line] : all) {
    if (request.after && !(position < *request.after)) continue;
    if (skip > 0) {
      --skip;
    } else if (lines.size() == request.limit) {
      lines.push_back("more");
      break;
    } else {
      lines.push_back(line);
    }
  }
  return lines;
}

class Model {
 public:
  struct FavoriteEdge {
    storage::UserId author;
    storage::Timestamp at;
  };
  /// A count while a purge may be under way: between what is alive and what was not yet removed.
  struct CounterRange {
    storage::UserCounters least;
    storage::UserCounters most;
  };

  // The state. Edges and tweets of the deleted stay until ForgetTheDead().
  std::map<storage::UserId, storage::User> users;
  std::map<std::string, storage::UserId> names;
  std::map<storage::TweetId, storage::Tweet> tweets;
  std::map<std::pair<storage::UserId, storage::UserId>, storage::Timestamp> follows;
  std::map<std::pair<storage::UserId, storage::TweetId>, FavoriteEdge> favorites;
  std::map<storage::UserId, std::vector<storage::SessionRow>> sessions;
  std::map<std::pair<storage::UserId, std::string>, storage::StoredAnswer> answers;

  bool IsAlive(storage::UserId id) const;
  bool IsAlive(storage::TweetId id) const;
  std::uint64_t LivingUsers() const;
  /// All purges have come to their end.
  void ForgetTheDead();

  CounterRange Counters(storage::UserId id) const;
  CounterRange TweetCounter(storage::TweetId id) const;  ///< in `favorites`

  // Lists, in full. Those of tweets are in `IsAlive` order: newest first.
  std::vector<std::string> UsersByPrefix(std::string_view prefix, std::uint32_t limit) const;
  ListedTweets UserTweets(storage::UserId author, const storage::TweetFilter& filter) const;
  ListedUsers Followers(storage::UserId user) const;
  ListedUsers Followees(storage::UserId user) const;
  ListedUsers Favoriters(storage::TweetId tweet) const;
  ListedTweets Favorites(storage::UserId user) const;
  ListedTweets Activity(storage::UserId user) const;
  ListedTweets Timeline(storage::UserId user, bool include_self) const;

 private:
  void AddUserLine(ListedUsers& list, storage::UserId user, storage::Timestamp at) const;
  std::string TweetLine(const storage::Tweet& tweet) const;
};

// How items are told apart, in the model's answers and the node's alike.
std::string LineOf(const storage::UserSummary& user);
std::string LineOf(const storage::UserItem& item);
std::string LineOf(const storage::TweetItem& item);  ///< without the count

}  // namespace warble::tests
