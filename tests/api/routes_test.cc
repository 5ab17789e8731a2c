#include "api/routes.h"

#include <doctest/doctest.h>

#include <string>

namespace warble::api {
namespace {

std::string Pattern(Surface surface, Method method, std::string_view path) {
  const RouteMatch match = FindRoute(surface, method, path);
  return match.route == nullptr ? "" : std::string(match.route->pattern);
}

TEST_CASE("routes: a path finds its route and texts, HEAD that of GET") {
  const RouteMatch match =
      FindRoute(Surface::kPublic, Method::kDelete, "/api/users/%61lice/tweets/7/favorites/Bob");
  REQUIRE(match.route != nullptr);
  CHECK(match.route->pattern == "/api/users/{u}/tweets/{id}/favorites/{me}");
  CHECK(match.path.user == "alice");
  CHECK(match.path.tweet == "7");
  CHECK(match.path.other == "Bob");
  CHECK(Pattern(Surface::kPublic, Method::kHead, "/api/users/a") == "/api/users/{u}");
}

TEST_CASE("routes: the same path has its own handler for each method") {
  CHECK(FindRoute(Surface::kPublic, Method::kGet, "/api/users/a/followers/b").route->owner ==
        Owner::kNobody);
  CHECK(FindRoute(Surface::kPublic, Method::kDelete, "/api/users/a/followers/b").route->owner ==
        Owner::kOther);
}

TEST_CASE("routes: a known path without the method says which it has") {
  const RouteMatch match = FindRoute(Surface::kPublic, Method::kPut, "/api/users/a");
  CHECK(match.route == nullptr);
  CHECK(match.allow == "GET, HEAD, PATCH, DELETE");
}

TEST_CASE("routes: an unknown path has neither a route nor methods") {
  for (const char* path : {"/api", "/api/users/", "/api/users/a/", "/api//users", "/api/users/a/x",
                           "/api/users/%zz", "/api/users/a%2Fb", "/", "/api/users/../sessions"}) {
    CAPTURE(path);
    const RouteMatch match = FindRoute(Surface::kPublic, Method::kGet, path);
    CHECK(match.route == nullptr);
    CHECK(match.allow.empty());
  }
}

TEST_CASE("routes: metrics are on the admin listener, the API is not") {
  CHECK(Pattern(Surface::kAdmin, Method::kGet, "/metrics") == "/metrics");
  CHECK(Pattern(Surface::kPublic, Method::kGet, "/metrics").empty());
  CHECK(Pattern(Surface::kAdmin, Method::kGet, "/api/users/a").empty());
  CHECK(Pattern(Surface::kAdmin, Method::kGet, "/readyz") == "/readyz");
  CHECK(Pattern(Surface::kPublic, Method::kGet, "/livez") == "/livez");
}

}  // namespace
}  // namespace warble::api
