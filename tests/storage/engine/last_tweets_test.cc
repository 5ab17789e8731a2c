#include "storage/engine/last_tweets.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace warble::storage {
namespace {

constexpr TweetId kUnknown{TweetId::kMaxValue};

// What was stored is read in the background.
TweetId KnownBound(const Engine& engine, UserId user) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (engine.last_tweets().Bound(user) == kUnknown &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  return engine.last_tweets().Bound(user);
}

}  // namespace

TEST_CASE("last tweets: nothing is known of a partition until it was read, then zero or the last") {
  LastTweets last;
  const UserId silent = UserId::Make(7, 1);
  const UserId author = UserId::Make(7, 2);
  const UserId stranger = UserId::Make(8, 1);
  last.Raise(author, {5});
  CHECK(last.Bound(silent) == kUnknown);
  CHECK(last.Bound(author) == kUnknown);
  last.MarkKnown(7);
  CHECK(last.Bound(silent) == TweetId{});
  CHECK(last.Bound(author) == TweetId{5});
  CHECK(last.Bound(stranger) == kUnknown);
}

TEST_CASE("last tweets: a bound only rises") {
  LastTweets last;
  last.MarkKnown(0);
  const UserId author{1};
  last.Raise(author, {5});
  last.Raise(author, {4});
  CHECK(last.Bound(author) == TweetId{5});
  last.Raise(author, {6});
  CHECK(last.Bound(author) == TweetId{6});
}

TEST_CASE("last tweets: every user of a partition has a place of their own") {
  LastTweets last;
  last.MarkKnown(9);
  std::vector<std::uint32_t> sequences = {1, (1U << UserId::kSequenceBits) - 2};
  for (std::uint32_t power = 4; power < 20; ++power) {
    for (const int step : {-1, 0, 1}) {
      sequences.push_back((1U << power) + static_cast<std::uint32_t>(step));
    }
  }
  for (const std::uint32_t sequence : sequences) last.Raise(UserId::Make(9, sequence), {sequence});
  for (const std::uint32_t sequence : sequences) {
    INFO(sequence);
    CHECK(last.Bound(UserId::Make(9, sequence)) == TweetId{sequence});
  }
}

TEST_CASE("last tweets: threads that raise at once leave the greatest") {
  LastTweets last;
  last.MarkKnown(3);
  constexpr std::uint64_t kRaises = 20'000;
  constexpr std::uint32_t kUsers = 100;
  const auto raise = [&](std::uint64_t from) {
    for (std::uint64_t id = from; id <= kRaises; id += 2) {
      last.Raise(UserId::Make(3, static_cast<std::uint32_t>(1 + id % kUsers)), {id});
    }
  };
  {
    const std::jthread odd(raise, 1);
    const std::jthread even(raise, 2);
  }
  for (std::uint32_t i = 0; i < kUsers; ++i) {
    const std::uint64_t greatest = kRaises - (kRaises - i) % kUsers;
    REQUIRE(last.Bound(UserId::Make(3, 1 + i)) == TweetId{greatest});
  }
}

TEST_CASE("last tweets: posts raise them, deletions do not, a restart keeps them") {
  tests::TemporaryDirectory directory;
  Tweet first, second;
  UserId silent;
  {
    tests::Node node(directory.path());
    silent = tests::AddUser(node, "silent").id;
    const UserId author = tests::AddUser(node, "author").id;
    first = tests::AddTweet(node, author, "first");
    CHECK(KnownBound(node.engine(), author) == first.id);
    second = tests::AddTweet(node, author, "second");
    CHECK(KnownBound(node.engine(), author) == second.id);
    tests::RemoveTweet(node, second);
    CHECK(KnownBound(node.engine(), author) == second.id);
    CHECK(tests::Counters(node, author).last_tweet == second.id);
  }
  tests::Node node(directory.path());
  CHECK(KnownBound(node.engine(), first.author) == second.id);
  CHECK(KnownBound(node.engine(), silent) == TweetId{});
}

TEST_CASE("last tweets: a damaged row does not stop a start") {
  tests::TemporaryDirectory directory;
  UserId author;
  {
    tests::Node node(directory.path());
    author = tests::AddUser(node, "author").id;
    tests::AddTweet(node, author, "first");
    tests::PutRaw(node, Family::kUserCounters, UserKey(author), "damaged");
  }
  tests::Node node(directory.path());
  tests::AddUser(node, "another");  // it serves
  CHECK(node.engine().last_tweets().Bound(author) == kUnknown);
}

}  // namespace warble::storage
