#include "api/route_finder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace warble::api {
namespace {

RouteMatch Find(Surface surface, Method method, std::string_view path) {
  return RouteFinder(Routes()).Find(surface, method, path);
}

std::string Pattern(Surface surface, Method method, std::string_view path) {
  const RouteMatch match = Find(surface, method, path);
  return match.route == nullptr ? "" : std::string(match.route->pattern);
}

TEST_CASE("route finder: a path finds its route and texts, HEAD that of GET") {
  const RouteMatch match =
      Find(Surface::kPublic, Method::kDelete, "/api/users/%61lice/tweets/7/favorites/Bob");
  REQUIRE(match.route != nullptr);
  CHECK(match.route->pattern == "/api/users/{u}/tweets/{id}/favorites/{me}");
  CHECK(match.path.user == "alice");
  CHECK(match.path.tweet == "7");
  CHECK(match.path.other == "Bob");
  CHECK(Pattern(Surface::kPublic, Method::kHead, "/api/users/a") == "/api/users/{u}");
}

TEST_CASE("route finder: the same path has its own handler for each method") {
  CHECK(Find(Surface::kPublic, Method::kGet, "/api/users/a/followers/b").route->owner ==
        Owner::kNobody);
  CHECK(Find(Surface::kPublic, Method::kDelete, "/api/users/a/followers/b").route->owner ==
        Owner::kOther);
}

TEST_CASE("route finder: a known path without the method says which it has") {
  const RouteMatch match = Find(Surface::kPublic, Method::kPut, "/api/users/a");
  CHECK(match.route == nullptr);
  CHECK(match.allow == "GET, HEAD, PATCH, DELETE");
}

TEST_CASE("route finder: an unknown path has neither a route nor methods") {
  for (const char* path : {"/api", "/api/users/", "/api/users/a/", "/api//users", "/api/users/a/x",
                           "/api/users/%zz", "/api/users/a%2Fb", "/", "/api/users/../sessions"}) {
    CAPTURE(path);
    const RouteMatch match = Find(Surface::kPublic, Method::kGet, path);
    CHECK(match.route == nullptr);
    CHECK(match.allow.empty());
  }
}

TEST_CASE("route finder: metrics are on the admin listener, the API is not") {
  CHECK(Pattern(Surface::kAdmin, Method::kGet, "/metrics") == "/metrics");
  CHECK(Pattern(Surface::kPublic, Method::kGet, "/metrics").empty());
  CHECK(Pattern(Surface::kAdmin, Method::kGet, "/api/users/a").empty());
  CHECK(Pattern(Surface::kAdmin, Method::kGet, "/readyz") == "/readyz");
  CHECK(Pattern(Surface::kPublic, Method::kGet, "/livez") == "/livez");
}

// A table of patterns; each has one method.
struct Table {
  explicit Table(std::initializer_list<std::pair<Method, std::string_view>> lines) {
    for (const auto& [method, pattern] : lines) {
      routes.push_back({.method = method, .pattern = pattern, .handler = Fixed::kLive});
    }
  }
  RouteMatch Find(Method method, std::string_view path) const {
    return RouteFinder(routes).Find(Surface::kPublic, method, path);
  }
  std::string PatternOf(std::string_view path) const {
    const RouteMatch match = Find(Method::kGet, path);
    return match.route == nullptr ? "" : std::string(match.route->pattern);
  }
  std::vector<Route> routes;
};

TEST_CASE("route finder: a segment may have a literal head before its placeholder") {
  const Table table{{Method::kGet, "/"},
                    {Method::kGet, "/@{u}"},
                    {Method::kGet, "/@{u}/{id}"},
                    {Method::kPost, "/@{u}/followers"}};
  CHECK(table.PatternOf("/") == "/");
  CHECK(table.PatternOf("/%40alice") == "/@{u}");
  CHECK(table.Find(Method::kGet, "/@alice").path.user == "alice");
  CHECK(table.Find(Method::kGet, "/@@").path.user == "@");
  CHECK(table.PatternOf("/@").empty());
  CHECK(table.PatternOf("/alice").empty());
  CHECK(table.PatternOf("/alice/7").empty());
  const RouteMatch tweet = table.Find(Method::kGet, "/@bob/7");
  CHECK(tweet.path.user == "bob");
  CHECK(tweet.path.tweet == "7");
}

TEST_CASE("route finder: the more literal pattern wins, wherever it stands in the table") {
  for (const bool reversed : {false, true}) {
    CAPTURE(reversed);
    Table table{{Method::kGet, "/{u}"},   {Method::kGet, "/@{u}"},     {Method::kGet, "/@@{u}"},
                {Method::kGet, "/about"}, {Method::kGet, "/{u}/list"}, {Method::kGet, "/{u}/{id}"},
                {Method::kGet, "/a/{id}"}};
    if (reversed) std::reverse(table.routes.begin(), table.routes.end());
    CHECK(table.PatternOf("/about") == "/about");
    CHECK(table.PatternOf("/abou") == "/{u}");
    CHECK(table.PatternOf("/@a") == "/@{u}");
    CHECK(table.PatternOf("/@@a") == "/@@{u}");
    CHECK(table.PatternOf("/@") == "/{u}");
    CHECK(table.PatternOf("/b/list") == "/{u}/list");
    CHECK(table.PatternOf("/b/c") == "/{u}/{id}");
    CHECK(table.PatternOf("/a/list") == "/a/{id}");
  }
}

TEST_CASE("route finder: a method that the more literal pattern lacks is the other's") {
  const Table table{{Method::kGet, "/about"}, {Method::kPost, "/{u}"}, {Method::kDelete, "/{u}"}};
  const RouteMatch posted = table.Find(Method::kPost, "/about");
  REQUIRE(posted.route != nullptr);
  CHECK(posted.route->pattern == "/{u}");
  CHECK(posted.allow.empty());
  CHECK(table.Find(Method::kPatch, "/about").allow == "GET, HEAD, POST, DELETE");
}

TEST_CASE("route finder: a path of more segments than any pattern is unknown") {
  const Table table{{Method::kGet, "/a/b"}};
  CHECK(table.PatternOf("/a/b") == "/a/b");
  CHECK(table.PatternOf("/a/b/c").empty());
  CHECK(table.PatternOf("/a").empty());
  CHECK(table.PatternOf("/").empty());
}

}  // namespace
}  // namespace warble::api
