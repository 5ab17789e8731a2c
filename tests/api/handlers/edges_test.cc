// Follows and favorites: made, repeated, undone, and listed from both ends.
#include "tests/support/api_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Member;
using tests::Reply;

std::string Names(const Reply& reply) {
  std::string joined;
  for (int i = 0; !reply.At(fmt::format("/items/{}", i)).empty(); ++i) {
    joined += reply.At(fmt::format("/items/{}/user/username", i)) + " ";
  }
  return joined;
}

TEST_CASE("follows: the first is 201, a repeat 200 with the same answer; both ends show it") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const Reply first = world.Post("/api/users/BOB/followers", alice.token);
  CHECK(first.status() == 201);
  CHECK(first.At("/follower/username") == "alice");
  CHECK(first.At("/followee/username") == "bob");
  const Reply again = world.Post("/api/users/bob/followers", alice.token, "ignored");
  CHECK(again.status() == 200);
  CHECK(again.body() == first.body());

  const Reply followers = world.Get("/api/users/bob/followers?expand=viewer", alice.token);
  CHECK(Names(followers) == "alice ");
  CHECK(followers.At("/items/0/followed_at") == first.At("/followed_at"));
  CHECK(followers.At("/items/0/user/viewer") == R"({"following":false,"followed_by":false})");
  const Reply followees = world.Get("/api/users/alice/followees?expand=viewer", alice.token);
  CHECK(Names(followees) == "bob ");
  CHECK(followees.At("/items/0/user/viewer") == R"({"following":true,"followed_by":false})");
  const Reply one = world.Get("/api/users/bob/followers/Alice", bob.token);
  CHECK(one.At("/user/username") == "alice");
  CHECK(one.At("/followed_at") == first.At("/followed_at"));
  CHECK(world.Get("/api/users/bob", alice.token).At("/followers_count") == "1");
  CHECK(world.Get("/api/users/alice", alice.token).At("/followees_count") == "1");
}

TEST_CASE("follows: nobody follows themselves, and undoing what was not done is no fault") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  CHECK(world.Post("/api/users/alice/followers", alice.token).code() == "cannot_follow_self");
  CHECK(world.Delete("/api/users/bob/followers/alice", alice.token).status() == 204);
  tests::AddFollow(world.node(), alice.user.id, bob.user.id);
  CHECK(world.Delete("/api/users/bob/followers/alice", bob.token).status() == 403);
  CHECK(world.Get("/api/users/bob/followers/alice", alice.token).status() == 200);
  CHECK(world.Delete("/api/users/bob/followers/ALICE", alice.token).status() == 204);
  const Reply gone = world.Get("/api/users/bob/followers/alice", alice.token);
  CHECK(gone.status() == 404);
  CHECK(gone.At("/detail") == "alice does not follow bob.");
  CHECK(Names(world.Get("/api/users/bob/followers", alice.token)).empty());
}

TEST_CASE("follows: lists are newest first, without those who are gone") {
  tests::SteeredClock clock({1'795'333'696'000});
  ApiWorld world(tests::Unlimited(), clock.wall());
  const Member alice = world.Join("alice");
  for (const char* name : {"bob", "carol", "dan"}) {
    clock.Advance(1'000);
    const Member member = world.Join(name);
    tests::AddFollow(world.node(), member.user.id, alice.user.id);
    tests::AddFollow(world.node(), alice.user.id, member.user.id);
    if (member.user.username == "carol") tests::RemoveUser(world.node(), member.user.id);
  }
  CHECK(Names(world.Get("/api/users/alice/followers", alice.token)) == "dan bob ");
  CHECK(Names(world.Get("/api/users/alice/followees", alice.token)) == "dan bob ");
}

TEST_CASE("favorites: the first is 201, a repeat 200 with the same answer; all lists show it") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const storage::Tweet tweet = tests::AddTweet(world.node(), bob.user.id, "hello");
  const std::string path = fmt::format("/api/users/bob/tweets/{}", tweet.id.value);
  const Reply first = world.Post(path + "/favorites", alice.token);
  CHECK(first.status() == 201);
  CHECK(first.At("/user/username") == "alice");
  CHECK(first.At("/tweet_id") == std::to_string(tweet.id.value));
  const Reply again = world.Post(path + "/favorites", alice.token);
  CHECK(again.status() == 200);
  CHECK(again.body() == first.body());

  const Reply seen = world.Get(path + "?expand=viewer", alice.token);
  CHECK(seen.At("/favorites_count") == "1");
  CHECK(seen.At("/viewer") == R"({"favorited":true})");
  const Reply favoriters = world.Get(path + "/favorites", bob.token);
  CHECK(Names(favoriters) == "alice ");
  CHECK(favoriters.At("/items/0/favorited_at") == first.At("/favorited_at"));
  CHECK(world.Get("/api/users/alice/favorites", bob.token).At("/items/0/content") == "hello");
  CHECK(world.Get("/api/users/alice", bob.token).At("/favorites_count") == "1");

  CHECK(world.Delete(path + "/favorites/bob", bob.token).status() == 204);
  CHECK(world.Delete(path + "/favorites/alice", bob.token).status() == 403);
  CHECK(world.Delete(path + "/favorites/alice", alice.token).status() == 204);
  CHECK(world.Get(path, alice.token).At("/favorites_count") == "0");
  CHECK(world.Get("/api/users/alice/favorites", bob.token).At("/items") == "[]");
}

TEST_CASE("activity: what a user wrote or favorited, each tweet once") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const storage::Tweet foreign = tests::AddTweet(world.node(), bob.user.id, "bob's");
  const storage::Tweet own = tests::AddTweet(world.node(), alice.user.id, "both");
  tests::AddTweet(world.node(), alice.user.id, "alice's");
  tests::AddFavorite(world.node(), alice.user.id, foreign);
  tests::AddFavorite(world.node(), alice.user.id, own);
  const Reply reply = world.Get("/api/users/alice/activity?expand=viewer", bob.token);
  struct Expected {
    const char* content;
    const char* authored;
    const char* favorited;
  };
  const Expected expected[] = {
      {"alice's", "true", "false"}, {"both", "true", "true"}, {"bob's", "false", "true"}};
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    CHECK(reply.At(fmt::format("/items/{}/tweet/content", i)) == expected[i].content);
    CHECK(reply.At(fmt::format("/items/{}/authored", i)) == expected[i].authored);
    CHECK(reply.At(fmt::format("/items/{}/favorited", i)) == expected[i].favorited);
    CHECK(reply.At(fmt::format("/items/{}/tweet/viewer", i)) == R"({"favorited":false})");
  }
  CHECK(reply.At("/items/3").empty());
}

}  // namespace
}  // namespace warble::api
