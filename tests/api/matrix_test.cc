// Every route of the table against every kind of request that is refused in the same way by all of
// its kind; and what each answers when nothing is wrong.
#include "api/routes.h"
#include "tests/support/api_world.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Fields;
using tests::Member;
using tests::Reply;
using tests::Request;

struct Success {
  int status;
  std::string body{};
};

// What makes a route answer when alice asks, whom the path names first; bob is the other one.
const std::map<std::pair<Method, std::string_view>, Success> kSuccesses = {
    {{Method::kPost, "/api/users"}, {201, R"({"username":"carol","password":"long enough"})"}},
    {{Method::kPost, "/api/sessions"}, {401, R"({"username":"alice","password":"a guess"})"}},
    {{Method::kGet, "/api/sessions/current"}, {200}},
    {{Method::kDelete, "/api/sessions/current"}, {204}},
    {{Method::kDelete, "/api/sessions"}, {204}},
    {{Method::kGet, "/api/users/{u}"}, {200}},
    {{Method::kPatch, "/api/users/{u}"}, {200, R"({"first_name":"A"})"}},
    {{Method::kDelete, "/api/users/{u}"}, {403, R"({"password":"a guess"})"}},
    {{Method::kGet, "/api/users"}, {200}},
    {{Method::kPost, "/api/users/{u}/tweets"}, {201, R"({"content":"x"})"}},
    {{Method::kGet, "/api/users/{u}/tweets"}, {200}},
    {{Method::kGet, "/api/users/{u}/tweets/{id}"}, {200}},
    {{Method::kDelete, "/api/users/{u}/tweets/{id}"}, {204}},
    {{Method::kPost, "/api/users/{u}/tweets/{id}/favorites"}, {201}},
    {{Method::kGet, "/api/users/{u}/tweets/{id}/favorites"}, {200}},
    {{Method::kDelete, "/api/users/{u}/tweets/{id}/favorites/{me}"}, {204}},
    {{Method::kPost, "/api/users/{u}/followers"}, {422}},
    {{Method::kGet, "/api/users/{u}/followers"}, {200}},
    {{Method::kGet, "/api/users/{u}/followees"}, {200}},
    {{Method::kGet, "/api/users/{u}/followers/{v}"}, {200}},
    {{Method::kDelete, "/api/users/{u}/followers/{me}"}, {204}},
    {{Method::kGet, "/api/users/{u}/favorites"}, {200}},
    {{Method::kGet, "/api/users/{u}/activity"}, {200}},
    {{Method::kGet, "/api/users/{u}/timeline"}, {200}},
    {{Method::kGet, "/api/openapi.json"}, {200}},
    {{Method::kGet, "/livez"}, {200}},
    {{Method::kGet, "/readyz"}, {200}},
    {{Method::kGet, "/metrics"}, {200}},
};

bool IsWrite(const Route& route) { return std::holds_alternative<PrepareHandler>(route.handler); }
bool IsFixed(const Route& route) { return std::holds_alternative<Fixed>(route.handler); }

// Alice, a tweet of hers, and bob, who follows her.
struct Matrix : ApiWorld {
  explicit Matrix(ServiceOptions options = tests::Unlimited())
      : ApiWorld(std::move(options)),
        alice(Join("alice")),
        bob(Join("bob")),
        tweet(tests::AddTweet(node(), alice.user.id, "hello")) {
    tests::AddFollow(node(), bob.user.id, alice.user.id);
    service().SetReady(true);
  }

  // A good request of alice's. The users and the tweet of the path may be others.
  Request RequestOf(const Route& route, const std::map<std::string, std::string>& others = {}) {
    std::map<std::string, std::string> places = {{"{u}", "alice"},
                                                 {"{id}", std::to_string(tweet.id.value)},
                                                 {"{v}", "bob"},
                                                 {"{me}", "alice"}};
    for (const auto& [place, text] : others) places[place] = text;
    std::string target(route.pattern);
    for (const auto& [place, text] : places) {
      const std::size_t at = target.find(place);
      if (at != std::string::npos) target.replace(at, place.size(), text);
    }
    if (target == "/api/users" && route.method == Method::kGet) target += "?prefix=a";
    return {.method = route.method,
            .target = target,
            .token = alice.token,
            .body = SuccessOf(route).body,
            .surface = route.surfaces == Surfaces::kAdmin ? Surface::kAdmin : Surface::kPublic};
  }
  static const Success& SuccessOf(const Route& route) {
    CAPTURE(route.pattern);
    const auto found = kSuccesses.find({route.method, route.pattern});
    REQUIRE(found != kSuccesses.end());
    return found->second;
  }

  Member alice;
  Member bob;
  storage::Tweet tweet;
};

// Runs body(route) for every route that `chosen` takes; at least one.
template <class Chosen, class Body>
void ForRoutes(Chosen chosen, Body body) {
  int count = 0;
  for (const Route& route : Routes()) {
    if (!chosen(route)) continue;
    CAPTURE(route.method);
    CAPTURE(route.pattern);
    body(route);
    ++count;
  }
  CHECK(count > 0);
}

void CheckProblem(const Reply& reply, int status, std::string_view code) {
  CHECK(reply.status() == status);
  CHECK(reply.code() == code);
  CHECK(reply.response.content_type == "application/problem+json");
  CHECK(reply.At("/request_id") == reply.Field("X-Request-Id"));
}

TEST_CASE("matrix: a good request is answered by each route") {
  ForRoutes([](const Route&) { return true; },
            [](const Route& route) {
              Matrix world;
              const Reply reply = world.Send(world.RequestOf(route));
              CHECK(reply.status() == Matrix::SuccessOf(route).status);
              CHECK(reply.route == route.pattern);
              CHECK(!reply.refused);
            });
}

TEST_CASE("matrix: without a session, or with a dead one, 401") {
  Matrix world;
  const Member gone = world.Join("gone");
  tests::RemoveUser(world.node(), gone.user.id);
  ForRoutes([](const Route& route) { return route.access != Access::kAnyone; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              for (const std::string& token : {std::string(), std::string("x"), gone.token}) {
                request.token = token;
                const Reply reply = world.Send(request);
                CheckProblem(reply, 401, "unauthenticated");
                CHECK(reply.refused);
                CHECK(reply.Field("WWW-Authenticate") == "Bearer");
              }
            });
}

TEST_CASE("matrix: anonymous reading opens what may be read by anyone, and nothing else") {
  ServiceOptions options = tests::Unlimited();
  options.anonymous_reads = true;
  Matrix world(options);
  ForRoutes([](const Route& route) { return route.access != Access::kAnyone; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              request.token = {};
              const Reply reply = world.Send(request);
              if (route.access == Access::kReadable) {
                CHECK(reply.status() == 200);
                CHECK(reply.Field("Cache-Control") == "public, no-cache");
                request.token = "dead";
                CHECK(world.Send(request).status() == 401);
              } else {
                CHECK(reply.status() == 401);
              }
            });
}

TEST_CASE("matrix: an unknown user or tweet of the path is 404") {
  Matrix world;
  const storage::Tweet of_bob = tests::AddTweet(world.node(), world.bob.user.id, "mine");
  const std::string no_tweets[] = {"1", "x", "0" + std::to_string(world.tweet.id.value),
                                   "99999999999999999999", std::to_string(of_bob.id.value)};
  const auto check = [&](const Route& route, const char* place, const std::string& text) {
    if (route.pattern.find(place) == std::string_view::npos) return;
    CAPTURE(text);
    CheckProblem(world.Send(world.RequestOf(route, {{place, text}})), 404, "not_found");
  };
  ForRoutes([](const Route& route) { return route.pattern.find("{u}") != std::string_view::npos; },
            [&](const Route& route) {
              for (const char* place : {"{u}", "{v}", "{me}"}) {
                for (const char* name : {"nobody", "no-name", "%C3%A4"}) check(route, place, name);
              }
              for (const std::string& id : no_tweets) check(route, "{id}", id);
            });
}

TEST_CASE("matrix: whose session it must not be is 403") {
  Matrix world;
  ForRoutes([](const Route& route) { return route.owner != Owner::kNobody; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              request.token = world.bob.token;
              CheckProblem(world.Send(request), 403, "forbidden");
            });
}

TEST_CASE("matrix: with a cookie a write must come from the same origin") {
  Matrix world;
  ForRoutes([](const Route& route) { return IsWrite(route) && route.access == Access::kSession; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              request.token = {};
              request.fields = {{"Cookie", "warble_session=" + world.alice.token}};
              const Reply reply = world.Send(request);
              CheckProblem(reply, 403, "cross_site");
              CHECK(reply.refused);
              request.fields.emplace_back("Sec-Fetch-Site", "same-origin");
              request.body = "{";
              CHECK(world.Send(request).code() != "cross_site");
              world.alice.token = world.SignIn(world.alice.user);
            });
}

TEST_CASE("matrix: another method of a known path is 405, which says the methods") {
  Matrix world;
  ForRoutes([](const Route&) { return true; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              for (const Method method : {Method::kPut, Method::kOptions, Method::kOther}) {
                request.method = method;
                const Reply reply = world.Send(request);
                CheckProblem(reply, 405, "method_not_allowed");
                CHECK(!reply.Field("Allow").value_or("").empty());
                CHECK(reply.route == "unmatched");
              }
            });
}

TEST_CASE("matrix: a body that is expected must be a JSON object, and say so") {
  Matrix world;
  ForRoutes([](const Route& route) { return route.body == BodyKind::kJson; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              for (const Fields& fields :
                   {Fields{{"Content-Type", "text/plain"}},
                    Fields{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}}) {
                request.fields = fields;
                CheckProblem(world.Send(request), 415, "unsupported_media_type");
              }
              request.fields = {{"Content-Type", "application/json; charset=utf-8"}};
              for (const char* body : {"{", "[]", "", "1", "{}x"}) {
                request.body = body;
                CAPTURE(body);
                CheckProblem(world.Send(request), 400, "malformed_json");
              }
              request.body = R"({"password":1,"content":null,"username":[]})";
              CheckProblem(world.Send(request), 422, "invalid_fields");
            });
}

TEST_CASE("matrix: a body that none is expected is not looked at") {
  ForRoutes([](const Route& route) { return route.body == BodyKind::kNone && IsWrite(route); },
            [](const Route& route) {
              Matrix world;
              Request request = world.RequestOf(route);
              request.body = "{";
              request.fields = {{"Content-Type", "text/plain"}};
              CHECK(world.Send(request).status() == Matrix::SuccessOf(route).status);
            });
}

TEST_CASE("matrix: a representation has a tag, by which reads are spared and writes are refused") {
  Matrix world;
  ForRoutes([](const Route& route) { return route.entity_tag; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              if (IsWrite(route)) {
                for (const Fields& fields :
                     {Fields{{"If-Match", "\"0\""}}, Fields{{"If-Match", "W/\"0\""}},
                      Fields{{"If-None-Match", "*"}}}) {
                  request.fields = fields;
                  CheckProblem(world.Send(request), 412, "precondition_failed");
                }
                return;
              }
              const Reply whole = world.Send(request);
              REQUIRE(whole.Field("ETag"));
              request.fields = {{"If-None-Match", "\"0\", " + *whole.Field("ETag")}};
              const Reply known = world.Send(request);
              CHECK(known.status() == 304);
              CHECK(known.body().empty());
              CHECK(known.response.content_type.empty());
              CHECK(known.Field("ETag") == whole.Field("ETag"));
              request.fields = {{"If-None-Match", "\"0\""}};
              CHECK(world.Send(request).body() == whole.body());
            });
}

TEST_CASE("matrix: a good If-Match lets a write through") {
  Matrix world;
  const std::string path = world.alice.path() + "/tweets/" + std::to_string(world.tweet.id.value);
  const std::string tag = world.Get(path, world.bob.token).Field("ETag").value_or("");
  CHECK(world.Delete(path, world.alice.token, {}, {{"If-Match", tag}}).status() == 204);
}

TEST_CASE("matrix: a write with a key is answered once, and that answer is given again") {
  ForRoutes([](const Route& route) { return IsWrite(route) && route.access == Access::kSession; },
            [](const Route& route) {
              Matrix world;
              Request request = world.RequestOf(route);
              for (const Fields& fields :
                   {Fields{{"Idempotency-Key", ""}}, Fields{{"Idempotency-Key", "a b"}},
                    Fields{{"Idempotency-Key", std::string(65, 'k')}},
                    Fields{{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}}}) {
                request.fields = fields;
                CheckProblem(world.Send(request), 400, "invalid_parameter");
              }
              request.fields = {{"Idempotency-Key", "k"}};
              const Reply first = world.Send(request);
              const Reply again = world.Send(request);
              CHECK(first.status() == Matrix::SuccessOf(route).status);
              CHECK(!first.Field("Idempotency-Replayed"));
              const bool ends_session = route.pattern.starts_with("/api/sessions");
              if (ends_session) {
                CHECK(again.status() == 401);
              } else if (first.status() < 300) {
                CHECK(again.status() == first.status());
                CHECK(again.Field("Idempotency-Replayed") == "true");
                CHECK(again.body() == first.body());
                CHECK(again.Field("Location") == first.Field("Location"));
                request.target += "?x";
                CheckProblem(world.Send(request), 422, "idempotency_key_reused");
              } else {
                CHECK(again.status() == first.status());
                CHECK(!again.Field("Idempotency-Replayed"));
              }
            });
}

TEST_CASE("matrix: HEAD is answered as GET") {
  Matrix world;
  ForRoutes([](const Route& route) { return route.method == Method::kGet; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              const Reply got = world.Send(request);
              request.method = Method::kHead;
              const Reply head = world.Send(request);
              CHECK(head.status() == got.status());
              CHECK(head.route == route.pattern);
              CHECK(head.body() == got.body());
            });
}

TEST_CASE("matrix: a route is served on its listeners alone") {
  Matrix world;
  ForRoutes([](const Route&) { return true; },
            [&](const Route& route) {
              Request request = world.RequestOf(route);
              for (const Surface surface : {Surface::kPublic, Surface::kAdmin}) {
                const bool served =
                    route.surfaces == Surfaces::kBoth ||
                    (surface == Surface::kAdmin) == (route.surfaces == Surfaces::kAdmin);
                if (served && !IsFixed(route)) continue;  // asked everywhere else
                request.surface = surface;
                CHECK(world.Send(request).status() == (served ? 200 : 404));
              }
            });
}

}  // namespace
}  // namespace warble::api
