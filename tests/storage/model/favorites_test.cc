#include "storage/model/favorites.h"

#include "storage/model/timeline.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/touched_rows.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace warble::storage {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};

// Tweets "0" to "5", a second apart, by Alice and Bob in turn; Carol only reads.
struct World {
  World() : node(directory.path(), wall.wall()) {
    alice = tests::AddUser(node, "alice");
    bob = tests::AddUser(node, "bob");
    carol = tests::AddUser(node, "carol");
    for (int i = 0; i < 6; ++i) {
      tweets.push_back(tests::AddTweet(node, i % 2 == 0 ? alice.id : bob.id, std::to_string(i)));
      wall.Advance(1000);
    }
  }
  std::uint64_t CountOf(std::size_t i) {
    return node.Read(
        [&](ReadView& view) { return LoadTweet(view, tweets[i].author, tweets[i].id)->favorites; });
  }
  bool Remove(UserId user, std::size_t i) {
    return node.Commit(
        [&](Transaction& transaction) { return Unfavorite(transaction, user, tweets[i].id); });
  }
  std::string Favorites(UserId user, const PageRequest<TweetId>& request = {}) {
    return node.Read([&](ReadView& view) {
      const Page<TweetItem> page = ListFavorites(view, user, request);
      std::string text;
      for (const TweetItem& item : page.items) text += item.tweet.content;
      return text + (page.more ? "+" : "");
    });
  }
  std::string Favoriters(std::size_t i, const PageRequest<EdgePosition>& request = {}) {
    return node.Read([&](ReadView& view) {
      const Page<UserItem> page = ListFavoriters(view, tweets[i].author, tweets[i].id, request);
      std::string text;
      for (const UserItem& item : page.items) text += item.user.username[0];
      return text + (page.more ? "+" : "");
    });
  }
  // Each item's content, and a "w" and "f" for written and favorited.
  std::string Activity(const User& user, const PageRequest<TweetId>& request = {}) {
    return node.Read([&](ReadView& view) {
      const Page<ActivityItem> page = ListActivity(view, Summarize(user), request);
      std::string text;
      for (const ActivityItem& item : page.items) {
        text += item.item.tweet.content;
        if (item.authored) text += "w";
        if (item.favorited) text += "f";
        text += " ";
      }
      return text + (page.more ? "+" : "");
    });
  }
  std::string Timeline(UserId user, bool include_self, const PageRequest<TweetId>& request = {}) {
    return node.Read([&](ReadView& view) {
      const Page<TweetItem> page = ListTimeline(view, user, include_self, request);
      std::string text;
      for (const TweetItem& item : page.items) text += item.tweet.content;
      return text + (page.more ? "+" : "");
    });
  }

  tests::TemporaryDirectory directory;
  tests::SteeredClock wall{kStart};
  tests::Node node;
  User alice, bob, carol;
  std::vector<Tweet> tweets;
};

}  // namespace

TEST_CASE("favorites: an edge is seen from both ends and counted once on each") {
  World world;
  const Timestamp now = world.wall.now();
  const EdgeAdded added = tests::AddFavorite(world.node, world.carol.id, world.tweets[2]);
  CHECK(added.created);
  CHECK(added.at == now);
  CHECK(world.CountOf(2) == 1);
  CHECK(tests::Counters(world.node, world.carol.id).favorites == 1);
  CHECK(world.Favorites(world.carol.id) == "2");
  CHECK(world.Favoriters(2) == "c");
  CHECK(world.node.Read([&](ReadView& view) {
    return FindFavorite(view, world.carol.id, world.tweets[2].id) &&
           !FindFavorite(view, world.carol.id, world.tweets[3].id) &&
           !FindFavorite(view, world.alice.id, world.tweets[2].id);
  }));
  world.wall.Advance(5);
  const auto before = world.node.engine().db().GetLatestSequenceNumber();
  const EdgeAdded again = tests::AddFavorite(world.node, world.carol.id, world.tweets[2]);
  CHECK_FALSE(again.created);
  CHECK(again.at == now);
  CHECK(world.node.engine().db().GetLatestSequenceNumber() == before);
}

TEST_CASE("favorites: an edge that is removed leaves nothing, a repeat changes nothing") {
  World world;
  tests::AddFavorite(world.node, world.carol.id, world.tweets[2]);
  tests::AddFavorite(world.node, world.alice.id, world.tweets[2]);
  CHECK(world.Remove(world.carol.id, 2));
  CHECK(world.CountOf(2) == 1);
  CHECK(tests::GetRaw(world.node, Family::kFavoritedTweets,
                      TweetKey(world.alice.id, world.tweets[2].id)) == "");
  CHECK(world.Remove(world.alice.id, 2));
  CHECK(world.CountOf(2) == 0);
  CHECK_FALSE(tests::GetRaw(world.node, Family::kFavoritedTweets,
                            TweetKey(world.alice.id, world.tweets[2].id)));
  CHECK_FALSE(world.Remove(world.carol.id, 2));
  CHECK(tests::Counters(world.node, world.carol.id) == UserCounters{});
  CHECK(world.Favorites(world.carol.id) == "");
  CHECK(world.Favoriters(2) == "");
}

TEST_CASE("favorites: commands of one batch see each other's counts") {
  World world;
  const UserId alice = world.alice.id;
  const auto exists = [&](Family family, TweetId id) {
    return tests::GetRaw(world.node, family, TweetKey(alice, id)).has_value();
  };
  const TweetId id = world.node.Commit([&](Transaction& transaction) {
    const TweetId posted = CreateTweet(transaction, alice, "posted and favorited").id;
    Favorite(transaction, world.bob.id, alice, posted);
    Favorite(transaction, world.carol.id, alice, posted);
    CHECK(Unfavorite(transaction, world.bob.id, posted));
    CHECK(LoadTweet(transaction, alice, posted)->favorites == 1);
    return posted;
  });
  CHECK(world.node.Read([&](ReadView& view) { return LoadTweet(view, alice, id); })->content ==
        "posted and favorited");
  CHECK(exists(Family::kFavoritedTweets, id));
  world.node.Commit([&](Transaction& transaction) {
    CHECK(Unfavorite(transaction, world.carol.id, id));
    CHECK(Favorite(transaction, world.bob.id, alice, id).created);
    CHECK(Unfavorite(transaction, world.bob.id, id));
    DeleteTweet(transaction, alice, id);
    return true;
  });
  CHECK_FALSE(exists(Family::kTweets, id));
  CHECK_FALSE(exists(Family::kFavoritedTweets, id));
  CHECK_FALSE(tests::GetRaw(world.node, Family::kMeta, PurgeKey({alice, id})).has_value());
}

TEST_CASE("favorites: lists are in the tweets' order, or the edges', and cut alike") {
  World world;
  for (const std::size_t i : {3U, 0U, 5U, 2U}) {
    world.wall.Advance(1000);
    tests::AddFavorite(world.node, world.carol.id, world.tweets[i]);
  }
  CHECK(world.Favorites(world.carol.id) == "5320");
  CHECK(world.Favorites(world.carol.id, {std::nullopt, 1, 2}) == "32+");
  CHECK(world.Favorites(world.carol.id, {world.tweets[4].id, 0, 2}) == "32+");
  CHECK(world.Favorites(world.carol.id, {world.tweets[3].id, 1, 2}) == "0");

  const Timestamp carols = world.wall.now();
  world.wall.Advance(1000);
  tests::AddFavorite(world.node, world.bob.id, world.tweets[2]);
  world.wall.Advance(1000);
  tests::AddFavorite(world.node, world.alice.id, world.tweets[2]);
  CHECK(world.Favoriters(2) == "abc");
  CHECK(world.Favoriters(2, {std::nullopt, 1, 1}) == "b+");
  CHECK(world.Favoriters(2, {EdgePosition{carols, world.carol.id}, 0, 9}) == "");
  CHECK(world.Favoriters(2, {EdgePosition{{carols.ms + 1}, {0}}, 0, 9}) == "c");
}

TEST_CASE("favorites: what is gone is skipped: the tweet, its author, who favorited it") {
  World world;
  const User dave = tests::AddUser(world.node, "dave");
  for (const std::size_t i : {0U, 1U, 2U, 3U}) {
    tests::AddFavorite(world.node, world.carol.id, world.tweets[i]);
    tests::AddFavorite(world.node, dave.id, world.tweets[i]);
  }
  tests::RemoveTweet(world.node, world.tweets[0]);
  CHECK(world.Favorites(world.carol.id) == "321");
  tests::RemoveUser(world.node, world.bob.id);
  CHECK(world.Favorites(world.carol.id, {std::nullopt, 0, 1}) == "2");
  tests::RemoveUser(world.node, dave.id);
  CHECK(world.Favoriters(2) == "c");
}

TEST_CASE("favorites: removing one works while its tweet is gone and the purge under way") {
  World world;
  tests::AddFavorite(world.node, world.carol.id, world.tweets[0]);
  tests::AddFavorite(world.node, world.bob.id, world.tweets[0]);
  tests::RemoveTweet(world.node, world.tweets[0]);
  CHECK(world.Remove(world.carol.id, 0));
  CHECK(tests::Counters(world.node, world.carol.id).favorites == 0);
  CHECK_FALSE(tests::GetRaw(world.node, Family::kFavoritedTweets,
                            TweetKey(world.alice.id, world.tweets[0].id)));
  tests::RunPurges(world.node);
  CHECK(tests::Counters(world.node, world.bob.id).favorites == 0);
}

TEST_CASE("activity: what a user wrote or favorited, each tweet once, by the tweet's time") {
  World world;
  for (const std::size_t i : {1U, 3U, 4U})
    tests::AddFavorite(world.node, world.alice.id, world.tweets[i]);
  CHECK(world.Activity(world.alice) == "4wf 3f 2w 1f 0w ");
  CHECK(world.Activity(world.bob) == "5w 3w 1w ");
  CHECK(world.Activity(world.carol) == "");
  CHECK(world.Activity(world.alice, {std::nullopt, 0, 2}) == "4wf 3f +");
  CHECK(world.Activity(world.alice, {std::nullopt, 1, 2}) == "3f 2w +");
  CHECK(world.Activity(world.alice, {world.tweets[3].id, 0, 9}) == "2w 1f 0w ");
  CHECK(world.Activity(world.alice, {world.tweets[4].id, 3, 9}) == "0w ");
  tests::RemoveTweet(world.node, world.tweets[2]);
  tests::RemoveTweet(world.node, world.tweets[1]);
  CHECK(world.Activity(world.alice) == "4wf 3f 0w ");
  tests::RemoveUser(world.node, world.bob.id);
  CHECK(world.Activity(world.alice, {std::nullopt, 0, 2}) == "4wf 0w ");
}

TEST_CASE("timeline: the tweets of all who are followed, newest first, and one's own on request") {
  World world;
  CHECK(world.Timeline(world.carol.id, false) == "");
  tests::AddFollow(world.node, world.carol.id, world.alice.id);
  CHECK(world.Timeline(world.carol.id, false) == "420");
  tests::AddFollow(world.node, world.carol.id, world.bob.id);
  CHECK(world.Timeline(world.carol.id, false) == "543210");
  CHECK(world.Timeline(world.alice.id, false) == "");
  CHECK(world.Timeline(world.alice.id, true) == "420");
  tests::AddFollow(world.node, world.alice.id, world.bob.id);
  CHECK(world.Timeline(world.alice.id, false) == "531");
  CHECK(world.Timeline(world.alice.id, true) == "543210");
}

TEST_CASE("timeline: it is cut by limit, skip and position, across authors") {
  World world;
  tests::AddFollow(world.node, world.carol.id, world.alice.id);
  tests::AddFollow(world.node, world.carol.id, world.bob.id);
  CHECK(world.Timeline(world.carol.id, false, {std::nullopt, 0, 4}) == "5432+");
  CHECK(world.Timeline(world.carol.id, false, {std::nullopt, 2, 4}) == "3210");
  CHECK(world.Timeline(world.carol.id, false, {world.tweets[3].id, 0, 2}) == "21+");
  CHECK(world.Timeline(world.carol.id, false, {world.tweets[3].id, 2, 2}) == "0");
  CHECK(world.Timeline(world.carol.id, false, {TweetId{0}, 0, 2}) == "");
  CHECK(world.Timeline(world.carol.id, false, {TweetId{world.tweets[3].id.value + 1}, 0, 1}) ==
        "3+");
}

TEST_CASE("timeline: unfollows and deletions show at once") {
  World world;
  tests::AddFollow(world.node, world.carol.id, world.alice.id);
  tests::AddFollow(world.node, world.carol.id, world.bob.id);
  tests::RemoveTweet(world.node, world.tweets[5]);
  CHECK(world.Timeline(world.carol.id, false) == "43210");
  tests::RemoveUser(world.node, world.bob.id);
  CHECK(world.Timeline(world.carol.id, false, {std::nullopt, 0, 3}) == "420");
  world.node.Commit([&](Transaction& transaction) {
    return Unfollow(transaction, world.carol.id, world.alice.id);
  });
  CHECK(world.Timeline(world.carol.id, false) == "");
}

TEST_CASE("favorites: an end of an edge is of its own user, and nothing else") {
  World world;
  const UserId user = world.carol.id;
  const Tweet& tweet = world.tweets[0];
  const Timestamp at = world.wall.now();
  const std::string out(FavoriteOutKey(user, tweet.id));
  const std::string in(FavoriteInKey(tweet.author, tweet.id, {at, user}));
  const std::string tweet_key(TweetKey(tweet.author, tweet.id));
  const std::string counters_key(UserKey(user));
  using Rows = tests::TouchedRows;
  const auto add_in = [&](Transaction& transaction) {
    AddFavoriteIn(transaction, tweet.author, tweet.id, {at, user});
  };
  const auto remove_in = [&](Transaction& transaction) {
    RemoveFavoriteIn(transaction, tweet.author, tweet.id, {at, user});
  };
  CHECK(tests::RowsTouchedBy(world.node,
                             [&](Transaction& transaction) {
                               AddFavoriteOut(transaction, user, tweet.id, {tweet.author, at});
                             }) ==
        Rows{{{Family::kFavoritesOut, out}, EncodeFavoriteOut({tweet.author, at})},
             {{Family::kUserCounters, counters_key}, EncodeUserCounters({0, 0, 0, 1, {}})}});
  CHECK(tests::RowsTouchedBy(world.node, add_in) ==
        Rows{{{Family::kFavoritesIn, in}, ""},
             {{Family::kFavoritedTweets, tweet_key}, ""},
             {{Family::kTweets, tweet_key}, EncodeTweet("0", 1)}});
  REQUIRE(tests::AddFavorite(world.node, user, tweet).at == at);
  CHECK(tests::RowsTouchedBy(
            world.node,
            [&](Transaction& transaction) { RemoveFavoriteOut(transaction, user, tweet.id); }) ==
        Rows{{{Family::kFavoritesOut, out}, std::nullopt},
             {{Family::kUserCounters, counters_key}, EncodeUserCounters({})}});
  CHECK(tests::RowsTouchedBy(world.node, remove_in) ==
        Rows{{{Family::kFavoritesIn, in}, std::nullopt},
             {{Family::kFavoritedTweets, tweet_key}, std::nullopt},
             {{Family::kTweets, tweet_key}, EncodeTweet("0", 0)}});
  tests::RemoveTweet(world.node, tweet);
  CHECK(tests::RowsTouchedBy(world.node, remove_in) ==
        Rows{{{Family::kFavoritesIn, in}, std::nullopt}});
}

}  // namespace warble::storage
