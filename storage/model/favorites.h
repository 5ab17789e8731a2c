// Favorites: the edges between users and tweets, kept in both directions, and the lists over them.
//
// I4, I7: an edge has two ends: the user's (out), one row and a counter, and the tweet's (in), one
// row, the tweet's count and the index of favorited tweets, all of its author alone. Both change in
// one batch; a repeat changes nothing.
#pragma once

#include "storage/model/follows.h"
#include "storage/model/tweets.h"
#include "storage/model/user_lists.h"

namespace warble::storage {

/// Makes a living user favorite a tweet that exists.
EdgeAdded Favorite(Transaction& transaction, UserId user, UserId author, TweetId tweet);
/// Removes the edge if it is there; says whether it was. Also right while the tweet is gone and its
/// purge under way.
bool Unfavorite(Transaction& transaction, UserId user, TweetId tweet);

/// One end of an edge. What is added must be absent, what is removed must be there; whether it is,
/// the user's end says (FindFavorite()).
void AddFavoriteOut(Transaction& transaction, UserId user, TweetId tweet,
                    const FavoriteOut& favorite);
void AddFavoriteIn(Transaction& transaction, UserId author, TweetId tweet,
                   const EdgePosition& user);
void RemoveFavoriteOut(Transaction& transaction, UserId user, TweetId tweet);
/// Also right while the tweet is gone: it has no count then.
void RemoveFavoriteIn(Transaction& transaction, UserId author, TweetId tweet,
                      const EdgePosition& user);

/// Since when `user` has that tweet among their favorites, and whose it is, if so.
std::optional<FavoriteOut> FindFavorite(PointReader& reader, UserId user, TweetId tweet);

/// The favoriters of a tweet that exists: newest favorite first, then by descending id.
Page<UserItem> ListFavoriters(ReadView& view, UserId author, TweetId tweet,
                              const PageRequest<EdgePosition>& request);
/// The tweets that a user favorited, by the tweet's own time, newest first.
Page<TweetItem> ListFavorites(ReadView& view, UserId user, const PageRequest<TweetId>& request);

struct ActivityItem {
  TweetItem item;
  bool authored;
  bool favorited;
};
/// The tweets that a living user wrote or favorited, by the tweet's own time, newest first, each
/// once.
Page<ActivityItem> ListActivity(ReadView& view, const UserSummary& user,
                                const PageRequest<TweetId>& request);

}  // namespace warble::storage
