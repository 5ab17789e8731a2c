#include "storage/model/follows.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/touched_rows.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace warble::storage {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};

struct World {
  World() : node(directory.path(), wall.wall()) {
    for (const char* name : {"alice", "bob", "carol", "dave", "erin"}) {
      users.push_back(tests::AddUser(node, name));
    }
  }
  const User& operator[](std::size_t i) const { return users[i]; }
  bool Unfollow(std::size_t follower, std::size_t followee) {
    return node.Commit([&](Transaction& transaction) {
      return storage::Unfollow(transaction, users[follower].id, users[followee].id);
    });
  }
  // The first letters of the names, in order; "+" when there is more.
  template <class List>
  std::string Names(List list, UserId user, const PageRequest<EdgePosition>& request = {}) {
    return node.Read([&](ReadView& view) {
      const Page<UserItem> page = list(view, user, request);
      std::string text;
      for (const UserItem& item : page.items) text += item.user.username[0];
      return text + (page.more ? "+" : "");
    });
  }

  tests::TemporaryDirectory directory;
  tests::SteeredClock wall{kStart};
  tests::Node node;
  std::vector<User> users;
};

}  // namespace

TEST_CASE("follows: an edge is seen from both ends and counted once") {
  World world;
  const EdgeAdded added = tests::AddFollow(world.node, world[0].id, world[1].id);
  CHECK(added.created);
  CHECK(added.at == kStart);
  CHECK(world.Names(ListFollowees, world[0].id) == "b");
  CHECK(world.Names(ListFollowers, world[1].id) == "a");
  CHECK(world.Names(ListFollowers, world[0].id) == "");
  CHECK(tests::Counters(world.node, world[0].id) == UserCounters{0, 0, 1, 0});
  CHECK(tests::Counters(world.node, world[1].id) == UserCounters{0, 1, 0, 0});
  world.node.Read([&](ReadView& view) {
    CHECK(FindFollow(view, world[0].id, world[1].id) == kStart);
    CHECK_FALSE(FindFollow(view, world[1].id, world[0].id));
    return true;
  });

  world.wall.Advance(5);
  const auto before = world.node.engine().db().GetLatestSequenceNumber();
  const EdgeAdded again = tests::AddFollow(world.node, world[0].id, world[1].id);
  CHECK_FALSE(again.created);
  CHECK(again.at == kStart);
  CHECK(world.node.engine().db().GetLatestSequenceNumber() == before);
}

TEST_CASE("follows: an edge that is removed leaves nothing, a repeat changes nothing") {
  World world;
  tests::AddFollow(world.node, world[0].id, world[1].id);
  CHECK(world.Unfollow(0, 1));
  CHECK(world.Names(ListFollowees, world[0].id) == "");
  CHECK(world.Names(ListFollowers, world[1].id) == "");
  CHECK(tests::Counters(world.node, world[0].id) == UserCounters{});
  CHECK(tests::Counters(world.node, world[1].id) == UserCounters{});
  CHECK_FALSE(world.Unfollow(0, 1));
  // Followed again, the edge is new.
  world.wall.Advance(5);
  CHECK(tests::AddFollow(world.node, world[0].id, world[1].id).at.ms == kStart.ms + 5);
  CHECK(world.Names(ListFollowers, world[1].id) == "a");
}

TEST_CASE("follows: nobody follows themselves, nor more than 10,000") {
  World world;
  const auto follow = [&](std::size_t follower, std::size_t followee) {
    return world.node.Commit([&](Transaction& transaction) {
      return Follow(transaction, world[follower].id, world[followee].id);
    });
  };
  CHECK(follow(0, 0).error() == Refusal::kCannotFollowSelf);
  const auto store_followees = [&](std::uint64_t count) {
    tests::PutRaw(world.node, Family::kUserCounters, UserKey(world[0].id),
                  EncodeUserCounters({0, 0, count, 0}));
  };
  store_followees(kMaxFollowees - 1);
  CHECK(follow(0, 1)->created);
  CHECK(follow(0, 2).error() == Refusal::kTooManyFollowees);
  CHECK_FALSE(follow(0, 1)->created);  // a followee of before adds none
  CHECK(world.Names(ListFollowees, world[0].id) == "b");
  CHECK(world.Unfollow(0, 1));
  CHECK(follow(0, 2)->created);
}

TEST_CASE("follows: both lists are newest first and cut by limit, skip and position") {
  World world;
  // Two edges of one time: by descending id of the other user.
  const std::size_t order[] = {3, 1, 4, 2};
  std::vector<EdgePosition> followers;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 2) world.wall.Advance(10);
    tests::AddFollow(world.node, world[order[i]].id, world[0].id);
    tests::AddFollow(world.node, world[0].id, world[order[i]].id);
    followers.push_back({world.wall.now(), world[order[i]].id});
  }
  std::sort(followers.rbegin(), followers.rend());
  std::string names;
  for (const EdgePosition& position : followers) {
    for (const User& user : world.users) {
      if (user.id == position.user) names += user.username[0];
    }
  }
  const struct {
    PageRequest<EdgePosition> request;
    std::string expected;
  } kCases[] = {
      {{}, names},
      {{std::nullopt, 0, 3}, names.substr(0, 3) + "+"},
      {{std::nullopt, 1, 2}, names.substr(1, 2) + "+"},
      {{std::nullopt, 3, 2}, names.substr(3)},
      {{followers[1], 0, 9}, names.substr(2)},
      {{followers[0], 1, 1}, names.substr(2, 1) + "+"},
      {{followers[3], 0, 9}, ""},
      {{EdgePosition{{followers[0].at.ms + 1}, {0}}, 0, 1}, names.substr(0, 1) + "+"},
      {{EdgePosition{followers[3].at, {0}}, 0, 9}, ""},
  };
  for (const auto& row : kCases) {
    INFO(row.expected);
    const auto& [request, expected] = row;
    CHECK(world.Names(ListFollowers, world[0].id, request) == expected);
    CHECK(world.Names(ListFollowees, world[0].id, request) == expected);
  }
}

TEST_CASE("follows: the deleted are skipped, so that a page is full unless it is the last") {
  World world;
  for (const std::size_t i : {1U, 2U, 3U, 4U}) {
    world.wall.Advance(10);
    tests::AddFollow(world.node, world[i].id, world[0].id);
    tests::AddFollow(world.node, world[0].id, world[i].id);
  }
  tests::RemoveUser(world.node, world[1].id);
  tests::RemoveUser(world.node, world[3].id);
  CHECK(world.Names(ListFollowers, world[0].id, {std::nullopt, 0, 2}) == "ec");
  CHECK(world.Names(ListFollowees, world[0].id, {std::nullopt, 0, 1}) == "e+");
  CHECK(world.Names(ListFollowees, world[0].id, {std::nullopt, 1, 1}) == "c");
}

TEST_CASE("follows: all followees come newest first, the deleted included") {
  World world;
  for (const std::size_t i : {4U, 2U, 1U}) {
    world.wall.Advance(10);
    tests::AddFollow(world.node, world[0].id, world[i].id);
  }
  tests::RemoveUser(world.node, world[2].id);
  std::vector<UserId> users;
  for (const EdgePosition& followee :
       world.node.Read([&](ReadView& view) { return LoadFollowees(view, world[0].id); })) {
    users.push_back(followee.user);
  }
  CHECK(users == std::vector<UserId>{world[1].id, world[2].id, world[4].id});
}

TEST_CASE("follows: an end of an edge is a row and a counter of its own user, and nothing else") {
  World world;
  const UserId alice = world[0].id;
  const UserId bob = world[1].id;
  const std::string out(FollowOutKey(alice, bob));
  const std::string in(FollowInKey(bob, {kStart, alice}));
  using Rows = tests::TouchedRows;
  const auto counters = [](std::uint64_t followers, std::uint64_t followees) {
    return EncodeUserCounters({0, followers, followees, 0, {}});
  };
  CHECK(tests::RowsTouchedBy(world.node,
                             [&](Transaction& transaction) {
                               AddFollowOut(transaction, alice, {kStart, bob});
                             }) ==
        Rows{{{Family::kFollowsOut, out}, EncodeTimestamp(kStart)},
             {{Family::kUserCounters, std::string(UserKey(alice))}, counters(0, 1)}});
  CHECK(tests::RowsTouchedBy(world.node,
                             [&](Transaction& transaction) {
                               AddFollowIn(transaction, bob, {kStart, alice});
                             }) ==
        Rows{{{Family::kFollowsIn, in}, ""},
             {{Family::kUserCounters, std::string(UserKey(bob))}, counters(1, 0)}});
  REQUIRE(tests::AddFollow(world.node, alice, bob).at == kStart);
  CHECK(tests::RowsTouchedBy(
            world.node,
            [&](Transaction& transaction) { RemoveFollowOut(transaction, alice, bob); }) ==
        Rows{{{Family::kFollowsOut, out}, std::nullopt},
             {{Family::kUserCounters, std::string(UserKey(alice))}, counters(0, 0)}});
  CHECK(tests::RowsTouchedBy(world.node,
                             [&](Transaction& transaction) {
                               RemoveFollowIn(transaction, bob, {kStart, alice});
                             }) ==
        Rows{{{Family::kFollowsIn, in}, std::nullopt},
             {{Family::kUserCounters, std::string(UserKey(bob))}, counters(0, 0)}});
}

}  // namespace warble::storage
