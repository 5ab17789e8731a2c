#include "api/resolve.h"

#include "api/routes.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace warble::api {
namespace {

using storage::CacheKey;
using storage::DecodedCache;
using storage::Family;

// Passes reads on, and remembers what was to be fetched early.
class NotingReader final : public storage::PointReader {
 public:
  explicit NotingReader(storage::PointReader& reader) : reader_(reader) {}
  bool Get(Family family, std::string_view key, std::string* value) override {
    return reader_.Get(family, key, value);
  }
  void Prefetch(std::span<const CacheKey> keys) override {
    for (const CacheKey& key : keys) prefetched_.emplace_back(key.bytes());
  }
  bool Prefetched(const CacheKey& key) const {
    return std::find(prefetched_.begin(), prefetched_.end(), key.bytes()) != prefetched_.end();
  }
  std::size_t count() const { return prefetched_.size(); }

 private:
  storage::PointReader& reader_;
  std::vector<std::string> prefetched_;
};

struct World {
  World()
      : node(directory.path() / "data"),
        alice(tests::AddUser(node, "alice")),
        bob(tests::AddUser(node, "bob")),
        tweet(tests::AddTweet(node, alice.id, "hello")) {}

  // What a call of `route` by bob resolves to, and what was fetched early.
  std::variant<Subjects, Problem> Resolved(const Route& route, PathTexts path) {
    Call call;
    call.route = &route;
    call.path = std::move(path);
    call.session = Session{bob.id, {}, {}};
    return node.Read([&](storage::ReadView& view) {
      NotingReader reader(view);
      auto resolved = Resolve(call, reader);
      noted.emplace(reader);
      return resolved;
    });
  }
  Code Refusal(const Route& route, PathTexts path) {
    const auto resolved = Resolved(route, std::move(path));
    REQUIRE(std::holds_alternative<Problem>(resolved));
    return std::get<Problem>(resolved).code;
  }

  tests::TemporaryDirectory directory;
  tests::Node node;
  storage::User alice;
  storage::User bob;
  storage::Tweet tweet;
  std::optional<NotingReader> noted;
};

const Route kAnyones{.method = Method::kGet, .pattern = "/", .handler = Fixed::kLive};

TEST_CASE("resolve: the texts of a path become users and a tweet, in any case of a name") {
  World world;
  const auto resolved =
      world.Resolved(kAnyones, {"ALICE", std::to_string(world.tweet.id.value), "Bob"});
  REQUIRE(std::holds_alternative<Subjects>(resolved));
  const Subjects& subjects = std::get<Subjects>(resolved);
  CHECK(subjects.user->username == "alice");
  CHECK(subjects.tweet->content == "hello");
  CHECK(subjects.other->id == world.bob.id);
  const auto nothing = world.Resolved(kAnyones, {});
  CHECK(!std::get<Subjects>(nothing).user);
}

TEST_CASE("resolve: whoever is not there, or is deleted, is not found") {
  World world;
  const std::string id = std::to_string(world.tweet.id.value);
  CHECK(world.Refusal(kAnyones, {"carol", {}, {}}) == Code::kNotFound);
  CHECK(world.Refusal(kAnyones, {std::string(5000, 'a'), {}, {}}) == Code::kNotFound);
  CHECK(world.Refusal(kAnyones, {"alice", {}, "carol"}) == Code::kNotFound);
  CHECK(world.Refusal(kAnyones, {"bob", id, {}}) == Code::kNotFound);
  for (const char* text : {"1", "x", "-1", "18446744073709551616"}) {
    CHECK(world.Refusal(kAnyones, {"alice", text, {}}) == Code::kNotFound);
  }
  tests::RemoveUser(world.node, world.alice.id);
  CHECK(world.Refusal(kAnyones, {"alice", {}, {}}) == Code::kNotFound);
  CHECK(world.Refusal(kAnyones, {"bob", {}, "alice"}) == Code::kNotFound);
}

TEST_CASE("resolve: the session must be the owner's, but one learns first whether they are there") {
  World world;
  Route users = kAnyones;
  users.owner = Owner::kUser;
  CHECK(world.Refusal(users, {"alice", {}, {}}) == Code::kForbidden);
  CHECK(world.Refusal(users, {"alice", "1", {}}) == Code::kNotFound);
  CHECK(std::holds_alternative<Subjects>(world.Resolved(users, {"bob", {}, {}})));
  Route others = kAnyones;
  others.owner = Owner::kOther;
  CHECK(world.Refusal(others, {"bob", {}, "alice"}) == Code::kForbidden);
  CHECK(world.Refusal(others, {"alice", {}, "carol"}) == Code::kNotFound);
  CHECK(std::holds_alternative<Subjects>(world.Resolved(others, {"alice", {}, "bob"})));
}

TEST_CASE("resolve: what the route reads first is fetched with the rows of its user and tweet") {
  World world;
  const storage::UserId alice = world.alice.id;
  const storage::Key user_key = storage::UserKey(alice);
  const storage::Key tweet_key = storage::TweetKey(alice, world.tweet.id);
  struct Case {
    FirstRead first_read;
    CacheKey key;
  };
  const Case cases[] = {
      {FirstRead::kUserCounters, DecodedCache::RowKey(Family::kUserCounters, user_key)},
      {FirstRead::kNewestTweets, DecodedCache::NewestKey(alice)},
      {FirstRead::kFollowees, DecodedCache::FolloweesKey(alice)},
      {FirstRead::kFollowers, DecodedCache::ListKey(Family::kFollowsIn, user_key)},
      {FirstRead::kFavorites, DecodedCache::ListKey(Family::kFavoritesOut, user_key)},
      {FirstRead::kFavoriters, DecodedCache::ListKey(Family::kFavoritesIn, tweet_key)},
  };
  const PathTexts path = {"alice", std::to_string(world.tweet.id.value), {}};
  for (const Case& c : cases) {
    CAPTURE(c.first_read);
    Route route = kAnyones;
    route.first_read = c.first_read;
    world.Resolved(route, path);
    CHECK(world.noted->count() == 3);
    CHECK(world.noted->Prefetched(DecodedCache::RowKey(Family::kUsers, user_key)));
    CHECK(world.noted->Prefetched(DecodedCache::RowKey(Family::kTweets, tweet_key)));
    CHECK(world.noted->Prefetched(c.key));
  }
  world.Resolved(kAnyones, path);
  CHECK(world.noted->count() == 2);
}

TEST_CASE("resolve: a session's row and a user's name are asked for together") {
  const storage::UserId viewer{7};
  CHECK(SessionAndUserKeys(viewer, {}).size() == 1);
  const CacheKeys both = SessionAndUserKeys(viewer, {"Alice", {}, {}});
  REQUIRE(both.size() == 2);
  CHECK(both[0].bytes() ==
        DecodedCache::RowKey(Family::kSessions, storage::UserKey(viewer)).bytes());
  CHECK(both[1].bytes() ==
        DecodedCache::RowKey(Family::kUsernames, storage::UsernameKey("alice")).bytes());
  CHECK(SessionAndUserKeys(viewer, {std::string(5000, 'a'), {}, {}}).size() == 1);
}

}  // namespace
}  // namespace warble::api
