#include "storage/model/tweets.h"

#include "storage/model/newest_tweets.h"
#include "storage/pending_purges.h"

#include <algorithm>
#include <array>
#include <span>

namespace warble::storage {
namespace {

// The least id that a tweet of that time can have; times outside the ids' range are clamped.
TweetId FirstIdAt(Timestamp at) {
  if (at <= kTweetEpoch) return {0};
  constexpr std::uint64_t kLimit = TweetId::kMaxValue >> TweetId::kTimeShift;
  const std::uint64_t since_epoch = at.ms - kTweetEpoch.ms;
  if (since_epoch > kLimit) return {TweetId::kMaxValue + 1};
  return TweetId::Make(at, 0, 0);
}

}  // namespace

std::optional<Tweet> LoadTweet(PointReader& reader, UserId author, TweetId id) {
  Tweet tweet{id, author, {}, 0};
  if (!reader.Get(Family::kTweets, TweetKey(author, id), &tweet.content)) return std::nullopt;
  tweet.favorites = DecodeTweet(&tweet.content);
  return tweet;
}

std::optional<TweetItem> TweetLoader::Load(UserId author, TweetId id) {
  const SharedSummary& summary = authors_.Find(author);
  if (summary == nullptr) return std::nullopt;
  std::optional<Tweet> tweet = LoadTweet(view_, author, id);
  if (!tweet) return std::nullopt;
  return TweetItem{std::move(*tweet), summary};
}

bool TweetLoader::Exists(UserId author, TweetId id) const {
  return view_.HasLiving(Family::kUsers, UserKey(author)) &&
         view_.HasLiving(Family::kTweets, TweetKey(author, id));
}

Tweet CreateTweet(Transaction& transaction, UserId author, std::string_view content) {
  Tweet tweet{transaction.NewTweetId(author), author, std::string(content), 0};
  transaction.Put(Family::kTweets, TweetKey(author, tweet.id), EncodeNewTweet(content));
  CountTweet(transaction, author, tweet.id);
  return tweet;
}

void DeleteTweet(Transaction& transaction, UserId author, TweetId id) {
  const std::optional<Tweet> tweet = LoadTweet(transaction, author, id);
  transaction.Check(tweet.has_value(), "only a tweet that is there is deleted");
  const Key key = TweetKey(author, id);
  transaction.Delete(Family::kTweets, key);
  ChangeUserCounter(transaction, author, &UserCounters::tweets, -1);
  if (tweet && tweet->favorites > 0) {
    transaction.Delete(Family::kFavoritedTweets, key);
    SchedulePurge(transaction, {author, id});
  }
}

namespace {

// The first page when the short list of newest tweets holds it: no seek then. Nothing when it does
// not. The request must be one of a first page.
std::optional<Page<TweetItem>> ListNewestTweets(NewestTweetsReader& reader,
                                                const SharedSummary& author,
                                                const PageRequest<TweetId>& request) {
  if (request.limit >= NewestTweets::kLimit) return std::nullopt;
  std::array<TweetId, NewestTweets::kLimit> ids;
  const auto [count, floor] =
      reader.Find(author->id, std::nullopt, std::span(ids).first(request.limit + 1));
  if (count <= request.limit && floor.value != 0) return std::nullopt;
  const std::span<const TweetId> newest = std::span(ids).first(count);
  // One walk meets all of a page's rows for the price of a few look-ups in the database.
  const std::size_t shown = std::min<std::size_t>(count, request.limit);
  if (shown > 0 && !reader.IsCached(author->id, newest[shown - 1])) {
    return std::nullopt;
  }
  std::vector<CacheKey> rows;
  rows.reserve(newest.size());
  for (const TweetId id : newest) {
    rows.push_back(DecodedCache::RowKey(Family::kTweets, TweetKey(author->id, id)));
  }
  reader.Prefetch(rows);
  PageBuilder<TweetItem> page(request);
  for (const TweetId id : newest) {
    std::optional<Tweet> tweet = Tweet{id, author->id, {}, 0};
    if (page.NeedsContent()) tweet = LoadTweet(reader, author->id, id);
    if (!tweet) return std::nullopt;  // deleted meanwhile
    if (!page.Add({std::move(*tweet), author})) break;
  }
  return page.Take();
}

}  // namespace

Page<TweetItem> ListUserTweets(ReadView& view, const UserSummary& user, const TweetFilter& filter,
                               const PageRequest<TweetId>& request) {
  const SharedSummary author = std::make_shared<UserSummary>(user);
  NewestTweetsReader reader(view);
  const bool is_first_page = !request.after && request.skip == 0;
  if (is_first_page && !filter.since && !filter.until && !filter.favorited_only) {
    if (auto page = ListNewestTweets(reader, author, request)) return std::move(*page);
  }
  PageBuilder<TweetItem> page(request);
  std::optional<TweetId> below = request.after;
  if (filter.until) {
    const TweetId bound = FirstIdAt(*filter.until);
    if (!below || bound < *below) below = bound;
  }
  const TweetId floor = filter.since ? FirstIdAt(*filter.since) : TweetId{0};
  if (below && *below <= floor) return page.Take();

  const Family family = filter.favorited_only ? Family::kFavoritedTweets : Family::kTweets;
  const std::string upper = floor.value == 0 ? PrefixEnd(UserKey(author->id))
                                             : std::string(TweetKey(author->id, {floor.value - 1}));
  Scan scan = view.ScanRange(family, SeekKeyAfter(author->id, below), upper);
  for (; scan.Valid(); scan.Next()) {
    const TweetId id = DecodeTweetKey(scan.key()).id;
    std::optional<Tweet> tweet = Tweet{id, author->id, {}, 0};
    if (page.NeedsContent()) {
      if (filter.favorited_only) {
        tweet = LoadTweet(view, author->id, id);
        if (!tweet || tweet->favorites == 0) continue;  // of a later moment than the index
      } else {
        if (is_first_page) reader.Cache(scan.key(), scan.value());
        tweet->content = scan.value();
        tweet->favorites = DecodeTweet(&tweet->content);
      }
    }
    if (!page.Add({std::move(*tweet), author})) break;
  }
  return page.Take();
}

}  // namespace warble::storage
