#include "tests/support/api_world.h"

#include <doctest/doctest.h>

#include <string>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Fields;
using tests::Member;
using tests::Reply;

constexpr const char* kAlice = R"({"username":"alice","password":"long enough"})";

TEST_CASE("sessions: who signs in gets a token and a cookie of the same worth, for 30 days") {
  tests::SteeredClock clock({1'795'333'696'000});
  ApiWorld world(tests::Unlimited(), clock.wall());
  REQUIRE(world.Post("/api/users", {}, kAlice).status() == 201);
  const Reply reply =
      world.Post("/api/sessions", {}, R"({"username":"ALICE","password":"long enough"})");
  CHECK(reply.status() == 201);
  const std::string token = reply.At("/token");
  CHECK(reply.At("/user/username") == "alice");
  CHECK(reply.Field("Set-Cookie") ==
        "warble_session=" + token + "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
  CHECK(reply.Field("Cache-Control") == "no-store");
  const Reply current = world.Get("/api/sessions/current", token);
  CHECK(current.At("/expires_at") == reply.At("/expires_at"));
  CHECK(current.At("/user") == reply.At("/user"));
  CHECK(world.Get("/api/sessions/current", {}, {{"Cookie", "warble_session=" + token}}).body() ==
        current.body());

  constexpr std::uint64_t kDayMs = 24ULL * 60 * 60 * 1000;
  clock.Advance(30 * kDayMs - 5'000);
  CHECK(world.Get("/api/sessions/current", token).status() == 200);
  clock.Advance(10'000);
  CHECK(world.Get("/api/sessions/current", token).status() == 401);
}

TEST_CASE("sessions: an unknown name and a wrong password are answered alike") {
  ApiWorld world;
  REQUIRE(world.Post("/api/users", {}, kAlice).status() == 201);
  const Reply wrong =
      world.Post("/api/sessions", {}, R"({"username":"alice","password":"a guess"})");
  const Reply unknown =
      world.Post("/api/sessions", {}, R"({"username":"nobody","password":"a guess"})");
  for (const Reply* reply : {&wrong, &unknown}) {
    CHECK(reply->status() == 401);
    CHECK(reply->code() == "invalid_credentials");
    CHECK(reply->Field("WWW-Authenticate") == "Bearer");
    CHECK(reply->At("/detail") == wrong.At("/detail"));
  }
  // A name that could not be registered is as unknown as any other.
  CHECK(world.Post("/api/sessions", {}, R"({"username":"a b","password":"x"})").status() == 401);
  CHECK(world.Post("/api/sessions", {}, R"({"username":"alice"})").At("/errors/0/code") ==
        "required");
}

TEST_CASE("sessions: signing out ends one session, or all of a user's") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const std::string second = world.SignIn(alice.user);
  const std::string third = world.SignIn(alice.user);
  const auto status = [&](const std::string& token) {
    return world.Get("/api/sessions/current", token).status();
  };
  const Reply out = world.Delete("/api/sessions/current", alice.token);
  CHECK(out.status() == 204);
  CHECK(out.Field("Set-Cookie").value_or("").starts_with("warble_session=; Path=/; Max-Age=0"));
  CHECK(status(alice.token) == 401);
  CHECK(status(second) == 200);
  CHECK(world.Delete("/api/sessions", second).status() == 204);
  CHECK(status(second) == 401);
  CHECK(status(third) == 401);
  CHECK(status(bob.token) == 200);
}

TEST_CASE("sessions: signing out by a key is done anew by every session") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const std::string second = world.SignIn(alice.user);
  for (const std::string& token : {alice.token, second}) {
    const Reply out = world.Delete("/api/sessions/current", token, {}, {{"Idempotency-Key", "k"}});
    CHECK(out.status() == 204);
    CHECK(!out.Field("Idempotency-Replayed"));
    CHECK(world.Get("/api/sessions/current", token).status() == 401);
  }
}

TEST_CASE("sessions: of several cookies the first that lives counts, and a bearer wins over all") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const std::string dead = world.SignIn(alice.user);
  REQUIRE(world.Delete("/api/sessions/current", dead).status() == 204);
  const auto user = [&](const Fields& fields, const std::string& token = {}) {
    return world.Get("/api/sessions/current", token, fields).At("/user/username");
  };
  const std::string cookies = "warble_session=" + dead + "; a=b; warble_session=" + bob.token;
  CHECK(user({{"Cookie", cookies}}) == "bob");
  CHECK(user({{"Cookie", cookies}}, alice.token) == "alice");
  CHECK(user({{"Cookie", cookies}}, dead).empty());
  CHECK(user({{"Cookie", "warble_session=" + bob.token}, {"Authorization", "Basic x"}}).empty());
  CHECK(user({{"Authorization", "bearer " + bob.token}}) == "bob");
}

TEST_CASE("sessions: the present one tells a viewer what they have to do with themselves") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  CHECK(world.Get("/api/sessions/current?expand=viewer", alice.token).At("/user/viewer") ==
        R"({"following":false,"followed_by":false})");
  CHECK(world.Get("/api/sessions/current?expand=x", alice.token).code() == "invalid_parameter");
}

}  // namespace
}  // namespace warble::api
