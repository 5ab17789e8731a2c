// How a page is chosen and answered; the same for every list.
#include "api/handlers/lists.h"

#include "tests/support/api_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Member;
using tests::Reply;

// Alice has five tweets, which she and four others have favorited; they follow each other.
struct Lists : ApiWorld {
  Lists() {
    for (const char* name : {"alice", "bob", "carol", "dan", "eve"}) members.push_back(Join(name));
    const storage::UserId alice = members[0].user.id;
    for (int i = 0; i < 5; ++i) {
      tweets.push_back(tests::AddTweet(node(), alice, fmt::format("tweet {}", i)));
    }
    for (const Member& member : members) {
      for (const storage::Tweet& tweet : tweets) {
        tests::AddFavorite(node(), member.user.id, tweet);
      }
      if (member.user.id == alice) continue;
      tests::AddFollow(node(), member.user.id, alice);
      tests::AddFollow(node(), alice, member.user.id);
    }
  }
  // Every list about alice, with how many items it has.
  std::map<std::string, std::size_t> All() const {
    return {{"/api/users/alice/tweets", 5},
            {"/api/users/alice/tweets?favorited=true", 5},
            {"/api/users/alice/tweets?since=2006-01-01T00:00:00Z", 5},
            {"/api/users/alice/timeline?include_self=true", 5},
            {"/api/users/alice/favorites", 5},
            {"/api/users/alice/activity", 5},
            {"/api/users/alice/followers", 4},
            {"/api/users/alice/followees", 4},
            {fmt::format("/api/users/alice/tweets/{}/favorites", tweets[0].id.value), 5}};
  }
  Reply Ask(const std::string& target) { return Get(target, members[0].token); }

  std::vector<Member> members;
  std::vector<storage::Tweet> tweets;
};

std::string With(const std::string& target, std::string_view parameters) {
  return fmt::format("{}{}{}", target, target.find('?') == std::string::npos ? '?' : '&',
                     parameters);
}

std::string NextTarget(const Reply& reply) {
  const std::string link = reply.Field("Link").value_or("");
  if (!link.ends_with(">; rel=\"next\"")) return {};
  return link.substr(1, link.find('>') - 1);
}

TEST_CASE("lists: the pages of a walk are the list, by cursor and by number") {
  Lists world;
  for (const auto& one : world.All()) {
    const std::string& target = one.first;
    CAPTURE(target);
    const std::string whole = world.Ask(target).At("/items");
    CHECK(world.Ask(target).At("/next_cursor") == "null");
    CHECK(!world.Ask(target).Field("Link"));
    for (const char* way : {"limit=2", "limit=2&page=1"}) {
      std::string joined = "[";
      std::string next = With(target, way);
      int pages = 0;
      for (; !next.empty(); ++pages) {
        const Reply reply = world.Ask(next);
        REQUIRE(reply.status() == 200);
        const std::string items = reply.At("/items");
        if (pages > 0) joined += ',';
        joined += items.substr(1, items.size() - 2);
        next = NextTarget(reply);
        CHECK((reply.At("/next_cursor") == "null") == next.empty());
      }
      CHECK(joined + "]" == whole);
      CHECK(static_cast<std::size_t>(pages) == (one.second + 1) / 2);
    }
  }
}

TEST_CASE("lists: a Link keeps the known parameters and the client's way to page") {
  Lists world;
  const std::string by_page = NextTarget(
      world.Ask("/api/users/alice/tweets?x=1&favorited=true&limit=2&page=1&expand=viewer"));
  CHECK(by_page == "/api/users/alice/tweets?favorited=true&expand=viewer&limit=2&page=2");
  const Reply by_cursor = world.Ask("/api/users/alice/followers?limit=3&x=1");
  CHECK(NextTarget(by_cursor) ==
        "/api/users/alice/followers?limit=3&cursor=" + by_cursor.At("/next_cursor"));
}

TEST_CASE("lists: a cursor is of its list and its filters alone") {
  Lists world;
  std::map<std::string, std::string> cursors;
  for (const auto& [target, size] : world.All()) {
    cursors[target] = world.Ask(With(target, "limit=1")).At("/next_cursor");
    CHECK(!cursors[target].empty());
  }
  cursors["bob's"] = world.Ask("/api/users/bob/activity?limit=1").At("/next_cursor");
  for (const auto& one : world.All()) {
    const std::string& target = one.first;
    for (const auto& other : cursors) {
      const auto& [owner, cursor] = other;
      CAPTURE(target);
      CAPTURE(other.first);
      const Reply reply = world.Ask(With(target, "cursor=" + cursor));
      CHECK(reply.status() == (owner == target ? 200 : 400));
      if (owner != target) CHECK(reply.code() == "invalid_cursor");
    }
    // Neither limit, expand nor the session are in it.
    const std::string moved = With(target, "expand=viewer&limit=7&cursor=" + cursors[target]);
    CHECK(world.Get(moved, world.members[0].token).status() == 200);
  }
}

TEST_CASE("lists: what cannot be a page is refused") {
  Lists world;
  struct Case {
    std::string parameters;
    std::string_view code;
  };
  const Case cases[] = {
      {"limit=0", "invalid_parameter"},
      {"limit=101", "invalid_parameter"},
      {"limit=x", "invalid_parameter"},
      {"limit=1&limit=1", "invalid_parameter"},
      {"page=0", "invalid_parameter"},
      {"expand=author", "invalid_parameter"},
      {"cursor=x", "invalid_cursor"},
      {"cursor=", "invalid_cursor"},
      {"page=1&cursor=x", "invalid_parameter"},
      {"limit=%FF", "invalid_parameter"},
      {"page=4294967296&limit=100", "page_too_deep"},
  };
  for (const auto& one : world.All()) {
    const std::string& target = one.first;
    for (const Case& c : cases) {
      CAPTURE(target);
      CAPTURE(c.parameters);
      const Reply reply = world.Ask(With(target, c.parameters));
      CHECK(reply.status() == 400);
      CHECK(reply.code() == c.code);
    }
    const bool timeline = target.find("timeline") != std::string::npos;
    const int deepest = timeline ? 10 : 100;
    const Reply last = world.Ask(With(target, fmt::format("limit=100&page={}", deepest)));
    CHECK(last.status() == 200);
    CHECK(last.At("/items") == "[]");
    CHECK(world.Ask(With(target, fmt::format("limit=100&page={}", deepest + 1))).code() ==
          "page_too_deep");
  }
}

TEST_CASE("lists: on the deepest page there is a cursor, but no Link to a page") {
  // As ListRequest answers it: a world of that depth is not needed.
  RequestHead head;
  head.target = "/api/users/alice/timeline?limit=100&page=10";
  Call call;
  call.head = &head;
  call.query = Query("limit=100&page=10");
  ParameterReader parameters(call.query);
  ListRequest list(call, parameters, "timeline/1", kMaxTimelineDepth);
  CHECK(list.Page<storage::TweetId>(std::nullopt).skip == 900);
  storage::Page<storage::TweetId> page;
  page.items = {{1}};
  page.more = true;
  const Answer answer = list.Render(
      page, [](JsonWriter& json, storage::TweetId id) { json.Number(id.value); },
      [](storage::TweetId id) { return id; });
  const Response& response = std::get<Response>(answer);
  CHECK(response.body.starts_with(R"({"items":[1],"next_cursor":")"));
  CHECK(response.headers.find("Link") == std::string::npos);
}

TEST_CASE("lists: cursors that were given once are taken for ever") {
  // Golden: the first user of the partition of "alice", a tweet and an edge.
  ApiWorld world;
  const Member alice = world.Join("alice");
  REQUIRE(alice.user.id.value == 333'396'836'353);
  struct Case {
    std::string list;
    std::string cursor;
  };
  const Case cases[] = {
      {"tweets", "AYPc_JcRIjNEVWZ3iKqCErM"},
      {"tweets?favorited=true", "AYShrjcRIjNEVWZ3iBTXewE"},
      {"tweets?since=2026-11-22T07:48:16.123Z", "AfNu90oRIjNEVWZ3iOq0qds"},
      {"timeline", "ARFHdq4RIjNEVWZ3iMZSBNs"},
      {"timeline?include_self=true", "AY2flpARIjNEVWZ3iBVbp3w"},
      {"favorites", "AV3HhocRIjNEVWZ3iEQuap0"},
      {"activity", "AbpwMnERIjNEVWZ3iK2MzHc"},
      {"followers", "AYxY2OgBAgMEBQYKCwwNDiJCjgU"},
      {"followees", "ARZIgl8BAgMEBQYKCwwNDmdpzmM"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.list);
    const std::string target = With("/api/users/alice/" + c.list, "cursor=" + c.cursor);
    CHECK(world.Get(target, alice.token).status() == 200);
  }
}

}  // namespace
}  // namespace warble::api
