#include "storage/transaction.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace warble::storage {

TEST_CASE("transaction: sees its own changes over the batch's over the database's") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (const char* key : {"database", "batch", "own"}) {
    tests::PutRaw(node, Family::kUsernames, key, "database");
  }
  ChangeSet batch;
  batch.Put(Family::kUsernames, "batch", "batch");
  batch.Put(Family::kUsernames, "own", "batch");
  batch.Delete(Family::kUsernames, "deleted");
  ReadView view(node.engine(), ReadView::Mode::kMayBlock);
  Clock clock(Clock::ReadSystem, {});
  Transaction transaction(view, &batch, clock);
  transaction.Put(Family::kUsernames, "own", "own");

  const auto get = [&](const char* key) {
    std::string value;
    return transaction.Get(Family::kUsernames, key, &value) ? std::optional(value) : std::nullopt;
  };
  CHECK(get("database") == "database");
  CHECK(get("batch") == "batch");
  CHECK(get("own") == "own");
  CHECK_FALSE(get("absent"));
  CHECK_FALSE(transaction.Has(Family::kMeta, "own"));

  transaction.Delete(Family::kUsernames, "database");
  transaction.Delete(Family::kUsernames, "batch");
  CHECK_FALSE(get("database"));
  CHECK_FALSE(get("batch"));
  transaction.Put(Family::kUsernames, "batch", "again");
  CHECK(get("batch") == "again");
}

TEST_CASE("transaction: a row that the batch deleted is gone though the database has it") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  tests::PutRaw(node, Family::kUsernames, "name", "value");
  ChangeSet batch;
  batch.Delete(Family::kUsernames, "name");
  ReadView view(node.engine(), ReadView::Mode::kMayBlock);
  Clock clock(Clock::ReadSystem, {});
  Transaction transaction(view, &batch, clock);
  CHECK_FALSE(transaction.Has(Family::kUsernames, "name"));
}

TEST_CASE("transaction: its time stands still, its tweet ids do not repeat") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  ReadView view(node.engine(), ReadView::Mode::kMayBlock);
  tests::SteeredClock wall({1'700'000'000'000});
  Clock clock(wall.wall(), {});
  Transaction transaction(view, nullptr, clock);
  const Timestamp now = transaction.Now();
  CHECK(now == wall.now());
  wall.Advance(1);
  CHECK(transaction.Now() == now);
  const UserId author = UserId::Make(0xabc, 1);
  const TweetId first = transaction.NewTweetId(author);
  const TweetId second = transaction.NewTweetId(author);
  CHECK(first < second);
  CHECK(first.created_at() >= now);
  CHECK((first.value >> TweetId::kSequenceBits & 0xfff) == author.partition());
}

TEST_CASE("transaction: a rehearsal can do all that a command does") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const User alice = tests::AddUser(node, "alice");
  ReadView view(node.engine(), ReadView::Mode::kMayBlock);
  Transaction rehearsal(view, node.committer().clock());
  CreateTweet(rehearsal, alice.id, "not kept");
  CHECK_FALSE(rehearsal.changes().empty());
  CHECK(tests::Counters(node, alice.id).tweets == 0);
}

namespace {
// A tweet that its author has favorited.
struct Favorited {
  tests::TemporaryDirectory directory;
  tests::Node node{directory.path()};
  User alice = tests::AddUser(node, "alice");
  Tweet tweet = tests::AddTweet(node, alice.id, "a tweet");
  Favorited() { tests::AddFavorite(node, alice.id, tweet); }
};
}  // namespace

TEST_CASE("transaction: a rehearsal whose rows are of different moments stops nothing") {
  Favorited world;
  tests::Node& node = world.node;
  const User& alice = world.alice;
  const Tweet& tweet = world.tweet;
  const auto cached_view = [&] {
    return ReadView(node.engine(), ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
  };
  {
    ReadView fills = cached_view();
    CHECK(FindFavorite(fills, alice.id, tweet.id));
    CHECK(LoadUserCounters(fills, alice.id).favorites == 1);
  }
  // It is rehearsed whether the favorite can be taken back, and meanwhile it is.
  ReadView view = cached_view();
  Transaction rehearsal(view, node.committer().clock());
  CHECK(FindFavorite(rehearsal, alice.id, tweet.id));
  CHECK(node.Commit(
      [&](Transaction& transaction) { return Unfavorite(transaction, alice.id, tweet.id); }));
  CHECK(LoadUserCounters(rehearsal, alice.id).favorites == 0);
  ChangeUserCounter(rehearsal, alice.id, &UserCounters::favorites, -1);
  CHECK(rehearsal.ToBeRepeated());
  CHECK(tests::Counters(node, alice.id).favorites == 0);
}

TEST_CASE("transaction: a rehearsal that finds a favorite and no count of it stops nothing") {
  Favorited world;
  tests::Node& node = world.node;
  const User& alice = world.alice;
  const Tweet& tweet = world.tweet;
  // As if the count had been read a moment later than the favorite.
  tests::PutRaw(node, Family::kTweets, TweetKey(alice.id, tweet.id), EncodeTweet("a tweet", 0));
  ReadView view(node.engine(), ReadView::Mode::kMayBlock);
  Transaction rehearsal(view, node.committer().clock());
  CHECK(Unfavorite(rehearsal, alice.id, tweet.id));
  CHECK(rehearsal.ToBeRepeated());
}

}  // namespace warble::storage
