#include "storage/model/tweets.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace warble::storage {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};

// Alice posts "0" to "9", a second apart.
struct World {
  World() : node(directory.path(), wall.wall()) {
    alice = tests::AddUser(node, "alice");
    for (int i = 0; i < 10; ++i) {
      tweets.push_back(tests::AddTweet(node, alice.id, std::to_string(i)));
      wall.Advance(1000);
    }
  }
  Timestamp At(int i) const { return {kStart.ms + static_cast<std::uint64_t>(i) * 1000}; }
  std::string List(const TweetFilter& filter = {}, const PageRequest<TweetId>& request = {}) {
    return node.Read([&](ReadView& view) {
      const Page<TweetItem> page = ListUserTweets(view, Summarize(alice), filter, request);
      std::string text;
      for (const TweetItem& item : page.items) text += item.tweet.content;
      return text + (page.more ? "+" : "");
    });
  }

  tests::TemporaryDirectory directory;
  tests::SteeredClock wall{kStart};
  tests::Node node;
  User alice;
  std::vector<Tweet> tweets;
};

}  // namespace

TEST_CASE("tweets: a tweet is loaded with its author, time and count") {
  World world;
  const auto load = [&](UserId author, TweetId id) {
    return world.node.Read([&](ReadView& view) { return LoadTweet(view, author, id); });
  };
  const std::optional<Tweet> tweet = load(world.alice.id, world.tweets[3].id);
  REQUIRE(tweet);
  CHECK(tweet->content == "3");
  CHECK(tweet->author == world.alice.id);
  CHECK(tweet->favorites == 0);
  CHECK(tweet->id.created_at() == world.At(3));
  CHECK_FALSE(load({world.alice.id.value + 1}, tweet->id));
  CHECK_FALSE(load(world.alice.id, {tweet->id.value + 1}));
  tests::AddFavorite(world.node, world.alice.id, world.tweets[3]);
  CHECK(load(world.alice.id, world.tweets[3].id)->favorites == 1);
  CHECK(tests::Counters(world.node, world.alice.id).tweets == 10);
}

TEST_CASE("tweets: a list is newest first and cut by limit, skip and position") {
  World world;
  const std::vector<Tweet>& tweets = world.tweets;
  const TweetId between{tweets[5].id.value - 1};  // no tweet has it
  const struct {
    PageRequest<TweetId> request;
    std::string expected;
  } kCases[] = {
      {{}, "9876543210"},
      {{std::nullopt, 0, 3}, "987+"},
      {{std::nullopt, 2, 3}, "765+"},
      {{std::nullopt, 7, 3}, "210"},
      {{std::nullopt, 20, 3}, ""},
      {{tweets[5].id, 0, 2}, "43+"},
      {{between, 0, 2}, "43+"},
      {{tweets[5].id, 1, 9}, "3210"},
      {{tweets[0].id, 0, 9}, ""},
      {{TweetId{0}, 0, 9}, ""},
      {{TweetId{TweetId::kMaxValue}, 0, 2}, "98+"},
  };
  for (const auto& row : kCases) {
    INFO(row.expected);
    const auto& [request, expected] = row;
    CHECK(world.List({}, request) == expected);
  }
}

TEST_CASE("tweets: a time frame includes its start and excludes its end") {
  World world;
  const Timestamp kBeforeAll{0};
  const Timestamp kAfterAll{(std::uint64_t{1} << 48) - 1};
  const auto ms = [&](int i, std::int64_t more) {
    return Timestamp{world.At(i).ms + static_cast<std::uint64_t>(more)};
  };
  const struct {
    std::optional<Timestamp> since;
    std::optional<Timestamp> until;
    std::string expected;
  } kCases[] = {
      {world.At(3), world.At(6), "543"},     {ms(3, 1), ms(6, 1), "654"},
      {world.At(8), std::nullopt, "98"},     {std::nullopt, world.At(2), "10"},
      {kBeforeAll, kAfterAll, "9876543210"}, {kTweetEpoch, world.At(1), "0"},
      {std::nullopt, kTweetEpoch, ""},       {std::nullopt, kBeforeAll, ""},
      {kAfterAll, std::nullopt, ""},         {world.At(6), world.At(3), ""},
      {world.At(3), world.At(3), ""},
  };
  for (const auto& row : kCases) {
    INFO(row.expected);
    const auto& [since, until, expected] = row;
    CHECK(world.List({since, until, false}) == expected);
  }
  // Together with a position, from within and from without.
  CHECK(world.List({world.At(3), world.At(6), false}, {world.tweets[5].id, 0, 9}) == "43");
  CHECK(world.List({world.At(3), world.At(6), false}, {world.tweets[8].id, 0, 9}) == "543");
  CHECK(world.List({world.At(3), world.At(6), false}, {world.tweets[3].id, 0, 9}) == "");
  CHECK(world.List({world.At(3), world.At(6), false}, {std::nullopt, 1, 1}) == "4+");
}

TEST_CASE("tweets: the favorited alone may be listed") {
  World world;
  const User bob = tests::AddUser(world.node, "bob");
  for (const std::size_t i : {1U, 4U, 7U, 8U})
    tests::AddFavorite(world.node, bob.id, world.tweets[i]);
  world.node.Commit([&](Transaction& transaction) {
    return Unfavorite(transaction, bob.id, world.tweets[7].id);
  });
  tests::RemoveTweet(world.node, world.tweets[8]);
  CHECK(world.List({{}, {}, true}) == "41");
  CHECK(world.List({{}, {}, true}, {std::nullopt, 0, 1}) == "4+");
  CHECK(world.List({world.At(2), world.At(9), true}) == "4");
}

TEST_CASE("tweets: a deleted tweet is gone from point and list, and its count follows") {
  World world;
  tests::RemoveTweet(world.node, world.tweets[9]);
  tests::RemoveTweet(world.node, world.tweets[4]);
  CHECK(world.List() == "87653210");
  CHECK_FALSE(world.node.Read(
      [&](ReadView& view) { return LoadTweet(view, world.alice.id, world.tweets[4].id); }));
  CHECK(tests::Counters(world.node, world.alice.id).tweets == 8);
  // Without favorites nothing is left to purge.
  CHECK(tests::RunPurges(world.node) == 0);
}

TEST_CASE("tweets: two of the same millisecond are listed by descending id") {
  World world;
  const User bob = tests::AddUser(world.node, "bob");
  std::vector<TweetId> expected;
  for (int i = 0; i < 5; ++i) {
    expected.insert(expected.begin(), tests::AddTweet(world.node, bob.id, "x").id);
  }
  const auto page =
      world.node.Read([&](ReadView& view) { return ListUserTweets(view, Summarize(bob), {}, {}); });
  REQUIRE(page.items.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(page.items[i].tweet.id == expected[i]);
    CHECK(page.items[i].author->username == "bob");
  }
}

}  // namespace warble::storage
