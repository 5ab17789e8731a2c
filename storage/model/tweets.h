// Tweets: posting, deleting, one tweet, and an author's list.
#pragma once

#include "storage/format/types.h"
#include "storage/model/pages.h"
#include "storage/model/users.h"
#include "storage/read_view.h"
#include "storage/transaction.h"

#include <string_view>

namespace warble::storage {

/// A tweet as lists show it.
struct TweetItem {
  Tweet tweet;
  SharedSummary author;
};

/// The tweet with its count of favorites. The author's being alive is the caller's to check.
std::optional<Tweet> LoadTweet(PointReader& reader, UserId author, TweetId id);

/// Posts a tweet of a living author.
Tweet CreateTweet(Transaction& transaction, UserId author, std::string_view content);
/// Deletes a tweet that exists: it is gone at once, and the purge removes the rows that hang on it.
void DeleteTweet(Transaction& transaction, UserId author, TweetId id);

struct TweetFilter {
  std::optional<Timestamp> since;  ///< inclusive
  std::optional<Timestamp> until;  ///< exclusive
  bool favorited_only = false;     ///< favorited at least once now
};
/// A living author's tweets, newest first.
Page<TweetItem> ListUserTweets(ReadView& view, const UserSummary& author, const TweetFilter& filter,
                               const PageRequest<TweetId>& request);

/// Loads the tweets that a list names, of many authors: each author once, with the waits for memory
/// together.
class TweetLoader {
 public:
  /// `viewer`: the user whose favorites of them are asked for next.
  explicit TweetLoader(ReadView& view, std::optional<UserId> viewer = std::nullopt)
      : view_(view), viewer_(viewer), authors_(view) {}
  /// Hints that these are loaded next. A Name has an `author` and an `id`.
  template <class Name>
  void Prefetch(std::span<const Name> names, Wanted wanted) const {
    std::vector<CacheKey> rows;
    rows.reserve(2 * names.size());
    for (const Name& name : names) {
      rows.push_back(DecodedCache::RowKey(Family::kTweets, TweetKey(name.author, name.id)));
      rows.push_back(DecodedCache::RowKey(Family::kUsers, UserKey(name.author)));
      if (!viewer_ || wanted == Wanted::kExistence) continue;
      rows.push_back(
          DecodedCache::RowKey(Family::kFavoritesOut, FavoriteOutKey(*viewer_, name.id)));
    }
    view_.Prefetch(rows, wanted);
  }
  /// Null for a deleted author. Valid until the next call.
  const SharedSummary& FindAuthor(UserId author) { return authors_.Find(author); }
  /// The tweet if it and its author are there.
  std::optional<TweetItem> Load(UserId author, TweetId id);
  /// Whether both are there.
  bool Exists(UserId author, TweetId id) const;

 private:
  ReadView& view_;
  const std::optional<UserId> viewer_;
  SummaryCache authors_;
};

}  // namespace warble::storage
