#include "tests/support/api_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Member;
using tests::Reply;

// The contents of a page, in order.
std::string Contents(const Reply& reply) {
  std::string joined;
  for (int i = 0; !reply.At(fmt::format("/items/{}", i)).empty(); ++i) {
    joined += reply.At(fmt::format("/items/{}/content", i)) + " ";
  }
  return joined;
}

TEST_CASE("tweets: what is posted is there, by its Location") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Reply posted =
      world.Post("/api/users/ALICE/tweets?expand=viewer", alice.token, R"({"content":"hi\nyou"})");
  CHECK(posted.status() == 201);
  CHECK(posted.At("/content") == "hi\nyou");
  CHECK(posted.At("/author/username") == "alice");
  CHECK(posted.At("/favorites_count") == "0");
  CHECK(posted.At("/viewer") == R"({"favorited":false})");
  CHECK(posted.Field("Location") == "/api/users/alice/tweets/" + posted.At("/id"));
  const Reply got = world.Get(*posted.Field("Location") + "?expand=viewer", alice.token);
  CHECK(got.body() == posted.body());
  CHECK(world.Get(alice.path(), alice.token).At("/tweets_count") == "1");
}

TEST_CASE("tweets: a content that is none is refused") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  struct Case {
    std::string content;
    std::string code;
  };
  const Case cases[] = {{R"("")", "required"},
                        {R"(" \u2003")", "blank"},
                        {R"("a\tb")", "invalid"},
                        {"7", "invalid"},
                        {"\"" + std::string(141, 'x') + "\"", "too_long"}};
  for (const Case& c : cases) {
    CAPTURE(c.content);
    const Reply reply =
        world.Post("/api/users/alice/tweets", alice.token, R"({"content":)" + c.content + "}");
    CHECK(reply.status() == 422);
    CHECK(reply.At("/errors/0/field") == "content");
    CHECK(reply.At("/errors/0/code") == c.code);
  }
  CHECK(world.Post("/api/users/alice/tweets?expand=x", alice.token, R"({"content":"x"})").code() ==
        "invalid_parameter");
  CHECK(world.Get("/api/users/alice/tweets", alice.token).At("/items") == "[]");
}

TEST_CASE("tweets: a deleted one is gone from every answer") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const storage::Tweet tweet = tests::AddTweet(world.node(), alice.user.id, "one");
  tests::AddTweet(world.node(), alice.user.id, "two");
  tests::AddFavorite(world.node(), alice.user.id, tweet);
  const std::string path = fmt::format("{}/tweets/{}", alice.path(), tweet.id.value);
  CHECK(world.Delete(path, alice.token).status() == 204);
  CHECK(world.Get(path, alice.token).status() == 404);
  CHECK(world.Delete(path, alice.token).status() == 404);
  CHECK(Contents(world.Get("/api/users/alice/tweets", alice.token)) == "two ");
  CHECK(world.Get("/api/users/alice/favorites", alice.token).At("/items") == "[]");
  CHECK(world.Get(alice.path(), alice.token).At("/tweets_count") == "1");
}

TEST_CASE("tweets: an author's list is newest first, and is cut by time and by favorites") {
  tests::SteeredClock clock({1'795'333'696'000});
  ApiWorld world(tests::Unlimited(), clock.wall());
  const Member alice = world.Join("alice");
  for (const char* content : {"a", "b", "c"}) {
    clock.Advance(60'000);
    const storage::Tweet tweet = tests::AddTweet(world.node(), alice.user.id, content);
    if (tweet.content == "b") tests::AddFavorite(world.node(), alice.user.id, tweet);
  }
  const auto list = [&](const std::string& parameters) {
    return Contents(world.Get("/api/users/alice/tweets" + parameters, alice.token));
  };
  CHECK(list("") == "c b a ");
  CHECK(list("?favorited=true") == "b ");
  CHECK(list("?favorited=false") == "c b a ");
  const std::string b =
      world.Get("/api/users/alice/tweets?favorited=true", alice.token).At("/items/0/created_at");
  CHECK(list("?since=" + b) == "c b ");
  CHECK(list("?until=" + b) == "a ");
  CHECK(list("?favorited=true&since=" + b) == "b ");
  CHECK(list("?until=2006-01-01T00:00:00Z").empty());
  for (const char* bad : {"?since=x", "?until=2026-01-01", "?favorited=yes", "?since="}) {
    CAPTURE(bad);
    CHECK(world.Get(fmt::format("/api/users/alice/tweets{}", bad), alice.token).code() ==
          "invalid_parameter");
  }
}

TEST_CASE("tweets: the home timeline is of those who are followed, and of oneself if asked") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const Member carol = world.Join("carol");
  tests::AddFollow(world.node(), alice.user.id, bob.user.id);
  tests::AddTweet(world.node(), bob.user.id, "bob's");
  tests::AddTweet(world.node(), alice.user.id, "alice's");
  tests::AddTweet(world.node(), carol.user.id, "carol's");
  const auto timeline = [&](const std::string& parameters) {
    return Contents(world.Get("/api/users/alice/timeline" + parameters, alice.token));
  };
  CHECK(timeline("") == "bob's ");
  CHECK(timeline("?include_self=true") == "alice's bob's ");
  CHECK(world.Get("/api/users/alice/timeline?expand=viewer", alice.token).At("/items/0/viewer") ==
        R"({"favorited":false})");
  CHECK(world.Get("/api/users/alice/timeline?include_self=1", alice.token).code() ==
        "invalid_parameter");
}

}  // namespace
}  // namespace warble::api
