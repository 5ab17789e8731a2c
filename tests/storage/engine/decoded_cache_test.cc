#include "storage/engine/decoded_cache.h"

#include "storage/model/favorites.h"
#include "storage/model/follows.h"
#include "storage/model/newest_tweets.h"
#include "storage/model/timeline.h"
#include "storage/model/users.h"
#include "tests/support/node.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace warble::storage {
namespace {

using tests::Node;
using tests::TemporaryDirectory;

UserId Register(Node& node, const std::string& name) {
  User user;
  user.username = name;
  return node.Commit(
      [&](Transaction& transaction) { return CreateUser(transaction, 1, user)->id; });
}

template <class Query>
auto ReadCached(Node& node, Query query) {
  ReadView view(node.engine(), ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
  return query(view);
}

TEST_CASE("decoded cache: a view keeps what it read, and a batch brings it up to date") {
  TemporaryDirectory directory;
  Node node(directory.path());
  const UserId user = Register(node, "alice");
  DecodedCache& cache = node.engine().decoded_cache();
  using Row = DecodedCache::Row;
  std::string value;
  CHECK(cache.FindRow(Family::kUserCounters, UserKey(user), &value) == Row::kUnknown);
  ReadCached(node, [&](ReadView& view) { return LoadUserCounters(view, user); });
  CHECK(cache.FindRow(Family::kUserCounters, UserKey(user), &value) == Row::kAbsent);
  node.Commit([&](Transaction& transaction) { return CreateTweet(transaction, user, "one").id; });
  REQUIRE(cache.FindRow(Family::kUserCounters, UserKey(user), &value) == Row::kPresent);
  CHECK(DecodeUserCounters(value).tweets == 1);
}

TEST_CASE("decoded cache: who read before a batch may not insert after it") {
  TemporaryDirectory directory;
  Node node(directory.path());
  const UserId user = Register(node, "alice");
  DecodedCache& cache = node.engine().decoded_cache();
  const std::uint64_t before = cache.completed();
  node.Commit([&](Transaction& transaction) { return CreateTweet(transaction, user, "one").id; });
  cache.FillRow(Family::kUserCounters, UserKey(user), EncodeUserCounters({}), before);
  std::string value;
  if (cache.FindRow(Family::kUserCounters, UserKey(user), &value) != DecodedCache::Row::kUnknown) {
    CHECK(DecodeUserCounters(value).tweets == 1);
  }
  const CacheKey key = DecodedCache::NewestKey(user);
  std::array<TweetId, 1> ids;
  cache.FillNewest(key, {}, {}, before);
  CHECK_FALSE(cache.FindNewest(key, std::nullopt, ids, cache.completed()));
  cache.FillNewest(key, {}, {}, cache.completed());
  CHECK(cache.FindNewest(key, std::nullopt, ids, cache.completed()));
}

TEST_CASE("decoded cache: while a batch is written its sets are not asked") {
  TemporaryDirectory directory;
  Node node(directory.path());
  DecodedCache& cache = node.engine().decoded_cache();
  using Row = DecodedCache::Row;
  const UserId user{1};
  std::string value;
  cache.FillRow(Family::kUsers, UserKey(user), std::nullopt, cache.completed());
  REQUIRE(cache.FindRow(Family::kUsers, UserKey(user), &value) == Row::kAbsent);
  ChangeSet changes;
  changes.Put(Family::kUsers, UserKey(user), "value");
  cache.BeginBatch(changes);
  CHECK(cache.FindRow(Family::kUsers, UserKey(user), &value) == Row::kUnknown);
  cache.EndBatch(changes);
  REQUIRE(cache.FindRow(Family::kUsers, UserKey(user), &value) == Row::kPresent);
  CHECK(value == "value");
}

TEST_CASE("decoded cache: a user's followees are forgotten when they change") {
  TemporaryDirectory directory;
  Node node(directory.path());
  const UserId alice = Register(node, "alice");
  const UserId bob = Register(node, "bob");
  const auto followees = [&] {
    return ReadCached(node, [&](ReadView& view) { return LoadFollowees(view, alice); });
  };
  CHECK(followees().empty());
  node.Commit([&](Transaction& transaction) { return Follow(transaction, alice, bob)->at; });
  REQUIRE(followees().size() == 1);
  CHECK(followees()[0].user == bob);
  node.Commit([&](Transaction& transaction) { return Unfollow(transaction, alice, bob); });
  CHECK(followees().empty());
}

TEST_CASE("decoded cache: the newest tweets follow posts and deletions") {
  TemporaryDirectory directory;
  Node node(directory.path());
  const UserId user = Register(node, "alice");
  std::vector<TweetId> posted;
  std::mt19937 random(7);
  for (int step = 0; step < 300; ++step) {
    if (posted.empty() || random() % 3 != 0) {
      posted.push_back(node.Commit(
          [&](Transaction& transaction) { return CreateTweet(transaction, user, "x").id; }));
    } else {
      const std::size_t back = random() % std::min<std::size_t>(posted.size(), 30);
      const auto victim = posted.end() - 1 - static_cast<std::ptrdiff_t>(back);
      node.Commit([&](Transaction& transaction) {
        DeleteTweet(transaction, user, *victim);
        return 0;
      });
      posted.erase(victim);
    }
    std::optional<TweetId> before;
    if (random() % 2 == 0 && !posted.empty()) before = posted[random() % posted.size()];
    std::vector<TweetId> ids(1 + random() % NewestTweets::kLimit);
    const auto newest = ReadCached(
        node, [&](ReadView& view) { return NewestTweetsReader(view).Find(user, before, ids); });
    REQUIRE(newest.count <= ids.size());
    if (!before && newest.count < ids.size()) CHECK(newest.floor.value == 0);
    ids.resize(newest.count);
    std::vector<TweetId> expected;
    for (auto id = posted.rbegin(); id != posted.rend() && *id >= newest.floor; ++id) {
      if (!before || *id < *before) expected.push_back(*id);
    }
    REQUIRE(ids == expected);
  }
}

TEST_CASE("decoded cache: a count that changes leaves its author's newest tweets in use") {
  TemporaryDirectory directory;
  // A clock that stands, so that rows always fall into the same sets of the cache.
  Node node(directory.path(), [] { return Clock::Reading{{1'700'000'000'000}}; });
  const UserId user = Register(node, "alice");
  const Tweet tweet =
      node.Commit([&](Transaction& transaction) { return CreateTweet(transaction, user, "one"); });
  DecodedCache& cache = node.engine().decoded_cache();
  std::array<TweetId, NewestTweets::kLimit> ids;
  ReadCached(node, [&](ReadView& view) {
    NewestTweetsReader newest(view);
    newest.Find(user, std::nullopt, ids);
    return LoadTweet(newest, user, tweet.id);
  });
  const CacheKey key = DecodedCache::NewestKey(user);
  std::string value;
  const auto find_row = [&] {
    return cache.FindRow(Family::kTweets, TweetKey(user, tweet.id), &value);
  };
  ChangeSet count;
  count.Put(Family::kTweets, TweetKey(user, tweet.id), EncodeTweet("one", 1));
  cache.BeginBatch(count);
  CHECK(cache.FindNewest(key, std::nullopt, ids, cache.completed()).has_value());
  CHECK(find_row() == DecodedCache::Row::kUnknown);
  cache.EndBatch(count);
  REQUIRE(find_row() == DecodedCache::Row::kPresent);
  CHECK(DecodeTweet(&value) == 1);

  ChangeSet post;
  post.Put(Family::kTweets, TweetKey(user, {tweet.id.value + 1}), EncodeNewTweet("two"));
  cache.BeginBatch(post);
  CHECK_FALSE(cache.FindNewest(key, std::nullopt, ids, cache.completed()).has_value());
  cache.EndBatch(post);
  CHECK(cache.FindNewest(key, std::nullopt, ids, cache.completed())->count == 2);
}

TEST_CASE("decoded cache: a list's first rows are those of the database, whatever happens to it") {
  TemporaryDirectory directory;
  Node node(directory.path());
  const UserId star = Register(node, "star");
  std::vector<UserId> fans;
  for (int i = 0; i < 60; ++i) fans.push_back(Register(node, "fan" + std::to_string(i)));
  std::mt19937 random(5);
  const auto keys = [&](ReadView& view) {
    std::vector<std::string> rows;
    for (Scan scan = view.ScanList(Family::kFollowsIn, UserKey(star)); scan.Valid(); scan.Next()) {
      rows.emplace_back(scan.key());
    }
    return rows;
  };
  std::size_t longest = 0;
  for (int step = 0; step < 400; ++step) {
    const UserId fan = fans[random() % fans.size()];
    // For a while the list grows, then it shrinks.
    const bool follows = random() % 10 < (step < 200 ? 8U : 2U);
    node.Commit([&](Transaction& transaction) {
      if (follows) return Follow(transaction, fan, star)->created;
      return Unfollow(transaction, fan, star);
    });
    const std::vector<std::string> expected = node.Read(keys);
    longest = std::max(longest, expected.size());
    REQUIRE(ReadCached(node, keys) == expected);  // fills
    REQUIRE(ReadCached(node, keys) == expected);  // finds
  }
  CHECK(longest > FirstRows::kLimit + 5);
  FirstRows first;
  CHECK(node.engine().decoded_cache().FindFirstRows(Family::kFollowsIn, UserKey(star), &first,
                                                    node.engine().decoded_cache().completed()));
}

// I6. Readers fill the cache as fast as they can while a writer changes the same few rows; each
// reader checks that it never sees less than what was acknowledged before it began, nor than it saw
// itself. Without the stamps a slow filler puts back an old row within a second.
TEST_CASE("decoded cache: no read is staler than an acknowledged write") {
  TemporaryDirectory directory;
  // So small that what is read is forgotten and filled in again all the time.
  Node node(directory.path(), Clock::ReadSystem, nullptr, std::size_t{160} << 10);
  const UserId author = Register(node, "author");
  const UserId reader = Register(node, "reader");
  node.Commit([&](Transaction& transaction) { return Follow(transaction, reader, author)->at; });
  // It gains favorites all the time, and its author posts nothing else.
  const UserId idol = Register(node, "idol");
  const TweetId viral = node.Commit(
      [&](Transaction& transaction) { return CreateTweet(transaction, idol, "viral").id; });
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> newest{0};
  std::atomic<bool> stop{false};
  std::atomic<int> stale{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      std::uint64_t seen = 0;
      while (!stop) {
        const std::uint64_t count_before = acknowledged;
        const std::uint64_t newest_before = newest;
        ReadCached(node, [&](ReadView& view) {
          // A slow filler: its snapshot is old by the time it reads.
          std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
          const std::uint64_t count = LoadUserCounters(view, author).tweets;
          if (count < count_before || count < seen) ++stale;
          seen = count;
          if (LoadTweet(view, idol, viral)->favorites < count_before) ++stale;
          const auto listed = ListUserTweets(view, *LoadSummary(view, idol), {}, {});
          if (listed.items[0].tweet.favorites < count_before) ++stale;
          const auto page = ListTimeline(view, reader, false, {std::nullopt, 0, 1});
          const auto favorites = ListFavorites(view, reader, {std::nullopt, 0, 1});
          if (newest_before == 0) return 0;
          for (const auto& list : {page, favorites}) {
            if (list.items.empty() || list.items[0].tweet.id.value < newest_before) ++stale;
          }
          return 0;
        });
        ReadCached(node, [&](ReadView& view) {
          for (int other = 0; other < 200; ++other) {
            const UserId id{1'000'000 + random() % 5'000};
            LoadUserCounters(view, id);
            std::array<TweetId, 4> ids;
            NewestTweetsReader(view).Find(id, std::nullopt, ids);
          }
          return 0;
        });
      }
    });
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (std::chrono::steady_clock::now() < end) {
    const TweetId id = node.Commit([&](Transaction& transaction) {
      const TweetId posted = CreateTweet(transaction, author, "x").id;
      Favorite(transaction, reader, author, posted);
      Favorite(transaction, {1'000 + acknowledged}, idol, viral);
      return posted;
    });
    newest = id.value;
    ++acknowledged;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(acknowledged > 10);
  CHECK(stale == 0);
}

}  // namespace
TEST_CASE("decoded cache: a view with a snapshot uses no list that is of a later moment") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  tests::Node node(directory.path(), wall.wall());
  const User star = tests::AddUser(node, "star");
  const User fan = tests::AddUser(node, "fan");
  tests::AddFollow(node, fan.id, star.id);
  for (std::size_t i = 0; i < 2 * FirstRows::kLimit; ++i) {
    wall.Advance(1);
    tests::AddFollow(node, tests::AddUser(node, "other" + std::to_string(i)).id, star.id);
  }
  ReadView view(node.engine(), ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
  view.Has(Family::kMeta, kMetaClock);  // takes the snapshot
  // Meanwhile the oldest follower becomes the newest, the star writes and favorites her own tweet,
  // and somebody else's look brings all of it into the cache.
  wall.Advance(1);
  node.Commit([&](Transaction& t) { return Unfollow(t, fan.id, star.id); });
  tests::AddFollow(node, fan.id, star.id);
  tests::AddFavorite(node, star.id, tests::AddTweet(node, star.id, "mine"));
  {
    ReadView other(node.engine(), ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
    REQUIRE(ListFollowers(other, star.id, {}).items.front().user.id == fan.id);
    REQUIRE(ListFavorites(other, star.id, {}).items.size() == 1);
  }
  const auto followers = ListFollowers(view, star.id, {std::nullopt, 0, 100});
  CHECK(followers.items.size() == 1 + 2 * FirstRows::kLimit);
  CHECK(followers.items.back().user.id == fan.id);
  CHECK(std::count_if(followers.items.begin(), followers.items.end(),
                      [&](const UserItem& item) { return item.user.id == fan.id; }) == 1);
  for (const ActivityItem& item : ListActivity(view, Summarize(star), {}).items) {
    CHECK(item.authored);
  }
}

}  // namespace warble::storage
