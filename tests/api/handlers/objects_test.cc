#include "api/handlers/objects.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace warble::api {
namespace {

constexpr storage::Timestamp kAt{1'795'333'696'123};

storage::User Alice() {
  storage::User user;
  user.id = {5};
  user.username = "alice";
  user.first_name = "A \"quoted\"";
  user.description = "two\nlines";
  user.password_hash = "secret";
  user.created_at = kAt;
  user.updated_at = {kAt.ms + 1};
  return user;
}

storage::Tweet TweetOf(storage::UserId author) {
  storage::Tweet tweet;
  tweet.id = storage::TweetId::Make(kAt, 1, 2);
  tweet.author = author;
  tweet.content = "hello";
  tweet.favorites = 3;
  return tweet;
}

struct World {
  tests::TemporaryDirectory directory;
  tests::Node node{directory.path() / "data"};

  // What write(json, lens) writes, seen by `viewer`.
  template <class Write>
  std::string Seen(std::optional<storage::UserId> viewer, Write write) {
    return node.Read([&](storage::ReadView& view) {
      JsonWriter json;
      write(json, ViewerLens(view, viewer));
      return json.Take();
    });
  }
};

TEST_CASE("objects: a user, and never their password") {
  World world;
  const std::string json = world.Seen({}, [](JsonWriter& out, const ViewerLens& lens) {
    WriteUser(out, Alice(), {1, 2, 3, 4}, lens);
  });
  CHECK(json == R"({"id":"5","username":"alice","first_name":"A \"quoted\"","last_name":"",)"
                R"("description":"two\nlines","created_at":"2026-11-22T07:48:16.123Z",)"
                R"("updated_at":"2026-11-22T07:48:16.124Z","tweets_count":1,"followers_count":2,)"
                R"("followees_count":3,"favorites_count":4})");
}

TEST_CASE("objects: a tweet with its author's summary") {
  World world;
  const std::string json = world.Seen({}, [](JsonWriter& out, const ViewerLens& lens) {
    WriteTweet(out, TweetOf({5}), storage::Summarize(Alice()), lens);
  });
  CHECK(json == R"({"id":")" + std::to_string(TweetOf({5}).id.value) +
                    R"(","content":"hello","created_at":"2026-11-22T07:48:16.123Z","author":)"
                    R"({"id":"5","username":"alice","first_name":"A \"quoted\"","last_name":""},)"
                    R"("favorites_count":3})");
}

TEST_CASE("objects: a viewer sees what they have to do with a user or a tweet") {
  World world;
  const storage::User alice = tests::AddUser(world.node, "alice");
  const storage::User bob = tests::AddUser(world.node, "bob");
  const storage::Tweet tweet = tests::AddTweet(world.node, alice.id, "hello");
  tests::AddFollow(world.node, bob.id, alice.id);
  tests::AddFavorite(world.node, bob.id, tweet);
  const auto user = [&](std::optional<storage::UserId> viewer, const storage::User& of) {
    return world.Seen(viewer, [&](JsonWriter& out, const ViewerLens& lens) {
      WriteListedUser(out, storage::Summarize(of), lens);
    });
  };
  CHECK(user(bob.id, alice).ends_with(R"("viewer":{"following":true,"followed_by":false}})"));
  CHECK(user(alice.id, bob).ends_with(R"("viewer":{"following":false,"followed_by":true}})"));
  CHECK(user({}, alice).find("viewer") == std::string::npos);
  const auto seen = [&](std::optional<storage::UserId> viewer) {
    return world.Seen(viewer, [&](JsonWriter& out, const ViewerLens& lens) {
      WriteTweet(out, tweet, storage::Summarize(alice), lens);
    });
  };
  CHECK(seen(bob.id).ends_with(R"("viewer":{"favorited":true}})"));
  CHECK(seen(alice.id).ends_with(R"("viewer":{"favorited":false}})"));
  CHECK(seen({}).find("viewer") == std::string::npos);
}

TEST_CASE("objects: an author who comes again in a list is written the same") {
  World world;
  storage::User other = Alice();
  other.username = "bob";
  const storage::SharedSummary authors[] = {
      std::make_shared<const storage::UserSummary>(storage::Summarize(Alice())),
      std::make_shared<const storage::UserSummary>(storage::Summarize(other))};
  const std::string listed = world.Seen({}, [&](JsonWriter& out, const ViewerLens& lens) {
    ListedTweetWriter tweets(lens);
    out.BeginArray();
    for (const int author : {0, 1, 0, 1}) tweets.Write(out, {TweetOf({5}), authors[author]});
    out.EndArray();
  });
  const std::string single = world.Seen({}, [&](JsonWriter& out, const ViewerLens& lens) {
    out.BeginArray();
    for (const int author : {0, 1, 0, 1}) WriteTweet(out, TweetOf({5}), *authors[author], lens);
    out.EndArray();
  });
  CHECK(listed == single);
}

}  // namespace
}  // namespace warble::api
