// The decoded cache of a node whose partitions were given away, changed elsewhere, and came back.
#include "storage/engine/decoded_cache.h"
#include "storage/format/partition.h"
#include "storage/model/timeline.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <initializer_list>
#include <string>

namespace warble::storage {
namespace {

using tests::Node;

// All that the cache keeps of users: rows by key, newest tweets, followees, first rows of lists.
std::string See(ReadView& view, std::initializer_list<const char*> names) {
  std::string seen;
  for (const std::string name : names) {
    const auto user = FindUser(view, name);
    seen += user ? name + ": " + user->description : name + ": nobody";
    if (!user) continue;
    const UserCounters counters = LoadUserCounters(view, user->id);
    seen += fmt::format(" {}/{}/{}", counters.tweets, counters.followers, counters.followees);
    for (const UserItem& item : ListFollowers(view, user->id, {}).items) {
      seen += " <" + item.user.username;
    }
    for (const UserItem& item : ListFollowees(view, user->id, {}).items) {
      seen += " >" + item.user.username;
    }
    for (const TweetItem& item : ListTimeline(view, user->id, true, {}).items) {
      seen += fmt::format(" {} ({})", item.tweet.content, item.tweet.favorites);
    }
    for (const TweetItem& item : ListFavorites(view, user->id, {}).items) {
      seen += " *" + item.tweet.content;
    }
    seen += "\n";
  }
  return seen;
}

std::string SeeBy(Node& node, ReadView::Rows rows) {
  ReadView view(node.engine(), ReadView::Mode::kMayBlock, rows);
  return See(view, {"alice", "bob", "carol"});
}

// Puts the rows that a partition has in `from` in place of those in `to`, past the committer: as a
// copy of tables does.
void CopyPartition(Node& from, Node& to, std::uint32_t partition) {
  std::vector<KeyRange> ranges = RangesOf(partition);
  ranges.push_back({Family::kUsernames, "", ""});
  for (Node* const node : {&to, &from}) {
    for (const KeyRange& range : ranges) {
      ReadView view(node->engine(), ReadView::Mode::kMayBlock);
      Scan scan = view.ScanRange(range.family, range.lower, range.upper);
      for (; scan.Valid(); scan.Next()) {
        if (PartitionOfRow(range.family, scan.key()) != partition) continue;
        if (node == &to) {
          tests::DeleteRaw(to, range.family, scan.key());
        } else {
          tests::PutRaw(to, range.family, scan.key(), scan.value());
        }
      }
      REQUIRE(view.status() == ReadStatus::kOk);
    }
  }
}

void MakeWorld(Node& node) {
  const User alice = tests::AddUser(node, "alice");
  const User bob = tests::AddUser(node, "bob");
  tests::AddFollow(node, alice.id, bob.id);
  tests::AddFavorite(node, alice.id, tests::AddTweet(node, bob.id, "one"));
}

void ChangeWorld(Node& node) {
  const User carol = tests::AddUser(node, "carol");
  User bob = node.Read([](ReadView& view) { return FindUser(view, "bob").value(); });
  User alice = node.Read([](ReadView& view) { return FindUser(view, "alice").value(); });
  tests::AddFollow(node, bob.id, alice.id);
  tests::AddFollow(node, carol.id, bob.id);
  const Tweet tweet = tests::AddTweet(node, bob.id, "two");
  // A count that has changed: such a tweet tells the newest tweets nothing when it is written.
  tests::AddFavorite(node, alice.id, tweet);
  tests::AddFavorite(node, carol.id, tweet);
  node.Commit([&](Transaction& transaction) { return Unfollow(transaction, alice.id, bob.id); });
}

}  // namespace

TEST_CASE("decoded cache: nothing of a partition's former stay is served after its return") {
  tests::TemporaryDirectory directory;
  Node node(directory.path() / "here");
  MakeWorld(node);
  const std::vector<std::uint32_t> partitions = {PartitionOf("alice"), PartitionOf("bob"),
                                                 PartitionOf("carol")};
  std::uint32_t epoch = 0;
  const auto set_all = [&](PartitionState state) {
    ++epoch;
    for (const std::uint32_t partition : partitions) {
      tests::SetOwnership(node, partition, state, epoch);
    }
  };
  set_all(PartitionState::kOwned);
  const std::string before = SeeBy(node, ReadView::Rows::kCached);  // fills
  REQUIRE(SeeBy(node, ReadView::Rows::kCached) == before);          // finds; carol's name is absent
  set_all(PartitionState::kAway);

  tests::CopyAsKilled(node, directory.path() / "there");
  {
    Node there(directory.path() / "there");
    for (const std::uint32_t partition : partitions) {
      tests::SetOwnership(there, partition, PartitionState::kOwned, epoch + 1);
    }
    ChangeWorld(there);
    for (const std::uint32_t partition : partitions) CopyPartition(there, node, partition);
  }
  // The cache knows nothing of it: what was kept is still found, which is why it must not be after
  // the return.
  const std::string now = SeeBy(node, ReadView::Rows::kSnapshot);
  REQUIRE(now != before);
  REQUIRE(SeeBy(node, ReadView::Rows::kCached) != now);
  set_all(PartitionState::kOwned);
  CHECK(SeeBy(node, ReadView::Rows::kCached) == now);
  CHECK(SeeBy(node, ReadView::Rows::kCached) == now);
  // And the cache works on: it follows changes, and keeps what was read.
  const auto bob = node.Read([](ReadView& view) { return FindUser(view, "bob")->id; });
  tests::AddTweet(node, bob, "three");
  CHECK(SeeBy(node, ReadView::Rows::kCached) == SeeBy(node, ReadView::Rows::kSnapshot));
  std::string value;
  CHECK(node.engine().decoded_cache().FindRow(Family::kUserCounters, UserKey(bob), &value) ==
        DecodedCache::Row::kPresent);
}

TEST_CASE("decoded cache: who read before a partition's return may not insert after it") {
  tests::TemporaryDirectory directory;
  Node node(directory.path());
  DecodedCache& cache = node.engine().decoded_cache();
  const UserId user = UserId::Make(7, 1);
  const auto find = [&] {
    std::string value;
    return cache.FindRow(Family::kUsers, UserKey(user), &value);
  };
  const std::uint64_t before = cache.completed();
  tests::SetOwnership(node, 7, PartitionState::kOwned, 1);
  cache.FillRow(Family::kUsers, UserKey(user), "old", before);
  CHECK(find() == DecodedCache::Row::kUnknown);
  cache.FillRow(Family::kUsers, UserKey(user), "new", cache.completed());
  CHECK(find() == DecodedCache::Row::kPresent);
  // The return of another partition is nothing to this one, its being given away neither.
  tests::SetOwnership(node, 8, PartitionState::kOwned, 1);
  tests::SetOwnership(node, 7, PartitionState::kAway, 2);
  CHECK(find() == DecodedCache::Row::kPresent);
  tests::SetOwnership(node, 7, PartitionState::kOwned, 3);
  CHECK(find() == DecodedCache::Row::kUnknown);
}

}  // namespace warble::storage
