#include "storage/model/favorites.h"

namespace warble::storage {
namespace {

// Adds to the count of a tweet, and keeps the index of tweets with at least one favorite. A tweet
// that is gone has no count and gets none.
void ChangeTweetCounter(Transaction& transaction, UserId author, TweetId id, int change) {
  const std::optional<Tweet> tweet = LoadTweet(transaction, author, id);
  if (!tweet) return;
  transaction.Check(change >= 0 || tweet->favorites >= static_cast<std::uint64_t>(-change),
                    "a tweet's count never falls below zero");
  if (change < 0 && tweet->favorites == 0) return;  // of another moment, see Check()
  const std::uint64_t favorites =
      tweet->favorites + static_cast<std::uint64_t>(static_cast<std::int64_t>(change));
  const Key key = TweetKey(author, id);
  transaction.Put(Family::kTweets, key, EncodeTweet(tweet->content, favorites));
  if (favorites == 0) transaction.Delete(Family::kFavoritedTweets, key);
  if (tweet->favorites == 0) transaction.Put(Family::kFavoritedTweets, key, {});
}

}  // namespace

EdgeAdded Favorite(Transaction& transaction, UserId user, UserId author, TweetId tweet) {
  if (const auto favorite = FindFavorite(transaction, user, tweet)) return {false, favorite->at};
  const Timestamp at = transaction.Now();
  AddFavoriteOut(transaction, user, tweet, {author, at});
  AddFavoriteIn(transaction, author, tweet, {at, user});
  return {true, at};
}

bool Unfavorite(Transaction& transaction, UserId user, TweetId tweet) {
  const auto favorite = FindFavorite(transaction, user, tweet);
  if (!favorite) return false;
  RemoveFavoriteOut(transaction, user, tweet);
  RemoveFavoriteIn(transaction, favorite->author, tweet, {favorite->at, user});
  return true;
}

void AddFavoriteOut(Transaction& transaction, UserId user, TweetId tweet,
                    const FavoriteOut& favorite) {
  transaction.Put(Family::kFavoritesOut, FavoriteOutKey(user, tweet), EncodeFavoriteOut(favorite));
  ChangeUserCounter(transaction, user, &UserCounters::favorites, +1);
}

void AddFavoriteIn(Transaction& transaction, UserId author, TweetId tweet,
                   const EdgePosition& user) {
  transaction.Put(Family::kFavoritesIn, FavoriteInKey(author, tweet, user), {});
  ChangeTweetCounter(transaction, author, tweet, +1);
}

void RemoveFavoriteOut(Transaction& transaction, UserId user, TweetId tweet) {
  transaction.Delete(Family::kFavoritesOut, FavoriteOutKey(user, tweet));
  ChangeUserCounter(transaction, user, &UserCounters::favorites, -1);
}

void RemoveFavoriteIn(Transaction& transaction, UserId author, TweetId tweet,
                      const EdgePosition& user) {
  transaction.Delete(Family::kFavoritesIn, FavoriteInKey(author, tweet, user));
  ChangeTweetCounter(transaction, author, tweet, -1);
}

std::optional<FavoriteOut> FindFavorite(PointReader& reader, UserId user, TweetId tweet) {
  std::string value;
  if (!reader.Get(Family::kFavoritesOut, FavoriteOutKey(user, tweet), &value)) return std::nullopt;
  return DecodeFavoriteOut(value);
}

Page<UserItem> ListFavoriters(ReadView& view, UserId author, TweetId tweet,
                              const PageRequest<EdgePosition>& request) {
  return ListEdgeUsers(
      view, Family::kFavoritesIn, TweetKey(author, tweet),
      [](std::string_view key) { return DecodeFavoriteIn(key).user; },
      [&](EdgePosition position) { return FavoriteInKey(author, tweet, position); }, request);
}

namespace {

// A tweet as a list of favorites names it.
struct FavoriteName {
  UserId author;
  TweetId id;
};

// The same in a list of activity.
struct ActivityName {
  UserId author;
  TweetId id;
  bool authored;
  bool favorited;
};

// The tweets that a user favorited behind `after`.
Scan ScanFavorites(ReadView& view, UserId user, const std::optional<TweetId>& after) {
  if (!after) return view.ScanList(Family::kFavoritesOut, UserKey(user));
  return view.ScanRange(Family::kFavoritesOut, SeekKeyAfter(user, after), PrefixEnd(UserKey(user)));
}

}  // namespace

Page<TweetItem> ListFavorites(ReadView& view, UserId user, const PageRequest<TweetId>& request) {
  Scan scan = ScanFavorites(view, user, request.after);
  const auto next = [&]() -> std::optional<FavoriteName> {
    if (!scan.Valid()) return std::nullopt;
    const FavoriteName name{DecodeFavoriteOut(scan.value()).author,
                            DecodeFavoriteOutTweet(scan.key())};
    scan.Next();
    return name;
  };
  PageBuilder<TweetItem> page(request);
  TweetLoader loader(view, request.viewer);
  WalkByChunks<FavoriteName>(
      view, page, next, [&](auto names, Wanted wanted) { loader.Prefetch(names, wanted); },
      [&](const FavoriteName& name) {
        if (!page.NeedsContent()) return !loader.Exists(name.author, name.id) || page.Add({});
        std::optional<TweetItem> item = loader.Load(name.author, name.id);
        return !item || page.Add(std::move(*item));
      });
  return page.Take();
}

Page<ActivityItem> ListActivity(ReadView& view, const UserSummary& user,
                                const PageRequest<TweetId>& request) {
  Scan written = view.ScanRange(Family::kTweets, SeekKeyAfter(user.id, request.after),
                                PrefixEnd(UserKey(user.id)));
  Scan favorited = ScanFavorites(view, user.id, request.after);
  const auto next = [&]() -> std::optional<ActivityName> {
    if (!written.Valid() && !favorited.Valid()) return std::nullopt;
    // Both families key a user's rows by user and tweet, newest first: merge by key.
    const bool is_written =
        written.Valid() && (!favorited.Valid() || written.key() <= favorited.key());
    const bool is_favorited =
        favorited.Valid() && (!written.Valid() || favorited.key() <= written.key());
    const TweetId id = DecodeTweetKey(is_written ? written.key() : favorited.key()).id;
    const UserId author = is_favorited ? DecodeFavoriteOut(favorited.value()).author : user.id;
    if (is_written) written.Next();
    if (is_favorited) favorited.Next();
    return ActivityName{author, id, author == user.id, is_favorited};
  };
  PageBuilder<ActivityItem> page(request);
  TweetLoader loader(view, request.viewer);
  WalkByChunks<ActivityName>(
      view, page, next, [&](auto names, Wanted wanted) { loader.Prefetch(names, wanted); },
      [&](const ActivityName& name) {
        if (!page.NeedsContent()) return !loader.Exists(name.author, name.id) || page.Add({});
        std::optional<TweetItem> item = loader.Load(name.author, name.id);
        return !item || page.Add({std::move(*item), name.authored, name.favorited});
      });
  return page.Take();
}

}  // namespace warble::storage
