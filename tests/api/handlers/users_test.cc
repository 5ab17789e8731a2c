#include "tests/support/api_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Member;
using tests::Reply;

constexpr std::string_view kPassword = "long enough";

// Registers and signs in by the API, with a password that is known.
Member Register(ApiWorld& world, const std::string& username) {
  const std::string body =
      fmt::format(R"({{"username":"{}","password":"{}"}})", username, kPassword);
  REQUIRE(world.Post("/api/users", {}, body).status() == 201);
  const Reply signed_in = world.Post("/api/sessions", {}, body);
  REQUIRE(signed_in.status() == 201);
  storage::User user;
  user.username = username;
  return {user, signed_in.At("/token")};
}

TEST_CASE("users: who registers is there as registered, and their name is taken in any case") {
  ApiWorld world;
  const Reply created = world.Post(
      "/api/users", {},
      R"({"username":"Alice","password":"long enough","first_name":"A","description":"d\ne"})");
  CHECK(created.status() == 201);
  CHECK(created.Field("Location") == "/api/users/Alice");
  CHECK(created.At("/username") == "Alice");
  CHECK(created.At("/first_name") == "A");
  CHECK(created.At("/last_name").empty());
  CHECK(created.At("/description") == "d\ne");
  CHECK(created.At("/tweets_count") == "0");
  CHECK(created.At("/created_at") == created.At("/updated_at"));
  CHECK(created.body().find("long enough") == std::string::npos);
  CHECK(created.body().find("argon2") == std::string::npos);

  const Reply again =
      world.Post("/api/users", {}, R"({"username":"aLICE","password":"long enough"})");
  CHECK(again.status() == 409);
  CHECK(again.code() == "username_taken");
}

TEST_CASE("users: of two who want one name at once, one gets it") {
  ApiWorld world;
  const tests::Request request{.method = Method::kPost,
                               .target = "/api/users",
                               .body = R"({"username":"alice","password":"long enough"})"};
  const auto replies = world.SendTogether({request, request});
  CHECK(replies[0].status() + replies[1].status() == 201 + 409);
}

TEST_CASE("users: all fields that are wrong are named, each with its first fault") {
  ApiWorld world;
  const Reply reply = world.Post("/api/users", {},
                                 R"({"username":"a b","password":"short","first_name":7,)"
                                 R"("last_name":"a\nb"})");
  CHECK(reply.status() == 422);
  CHECK(reply.code() == "invalid_fields");
  const std::string_view expected[][2] = {{"username", "invalid"},
                                          {"password", "too_short"},
                                          {"first_name", "invalid"},
                                          {"last_name", "invalid"}};
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    CHECK(reply.At(fmt::format("/errors/{}/field", i)) == expected[i][0]);
    CHECK(reply.At(fmt::format("/errors/{}/code", i)) == expected[i][1]);
  }
  CHECK(reply.At("/errors/4").empty());
}

TEST_CASE("users: a profile is found by its name, with what the viewer has to do with it") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  tests::AddFollow(world.node(), bob.user.id, alice.user.id);
  const Reply plain = world.Get("/api/users/ALICE", bob.token);
  CHECK(plain.At("/username") == "alice");
  CHECK(plain.At("/followers_count") == "1");
  CHECK(plain.At("/viewer").empty());
  const Reply seen = world.Get("/api/users/alice?expand=viewer", bob.token);
  CHECK(seen.At("/viewer") == R"({"following":true,"followed_by":false})");
  CHECK(seen.Field("ETag") != plain.Field("ETag"));
  CHECK(world.Get("/api/users/alice?expand=author", bob.token).code() == "invalid_parameter");
}

TEST_CASE("users: what is left out of a change stays, and a change moves updated_at") {
  tests::SteeredClock clock({1'795'333'696'000});
  ApiWorld world(tests::Unlimited(), clock.wall());
  const Member alice = world.Join("alice");
  const std::string created_at = world.Get(alice.path(), alice.token).At("/created_at");
  clock.Advance(1'000);
  const Reply changed = world.Patch(alice.path() + "?expand=viewer", alice.token,
                                    R"({"last_name":"","description":"new","username":"bob"})");
  CHECK(changed.status() == 200);
  CHECK(changed.At("/username") == "alice");
  CHECK(changed.At("/first_name") == "First alice");
  CHECK(changed.At("/last_name").empty());
  CHECK(changed.At("/description") == "new");
  CHECK(changed.At("/created_at") == created_at);
  CHECK(changed.At("/updated_at") > created_at);
  CHECK(!changed.At("/viewer").empty());
  CHECK(world.Get(alice.path() + "?expand=viewer", alice.token).body() == changed.body());
  CHECK(world.Patch(alice.path(), alice.token, R"({"first_name":"a\nb"})").status() == 422);
  CHECK(world.Get(alice.path() + "?expand=viewer", alice.token).body() == changed.body());
}

TEST_CASE("users: a new password needs the present one and ends the other sessions") {
  ApiWorld world;
  const Member alice = Register(world, "alice");
  const std::string other =
      world.Post("/api/sessions", {}, R"({"username":"alice","password":"long enough"})")
          .At("/token");
  const auto change = [&](std::string_view current) {
    return world.Patch(
        alice.path(), alice.token,
        fmt::format(R"({{"password":"another one","current_password":"{}"}})", current));
  };
  CHECK(world.Patch(alice.path(), alice.token, R"({"password":"another one"})")
            .At("/errors/0/field") == "current_password");
  const Reply wrong = change("a guess");
  CHECK(wrong.status() == 403);
  CHECK(wrong.code() == "invalid_credentials");
  CHECK(world.Get(alice.path(), other).status() == 200);
  CHECK(change(kPassword).status() == 200);
  CHECK(world.Get(alice.path(), other).status() == 401);
  CHECK(world.Get(alice.path(), alice.token).status() == 200);
  CHECK(world.Post("/api/sessions", {}, R"({"username":"alice","password":"long enough"})")
            .status() == 401);
  CHECK(world.Post("/api/sessions", {}, R"({"username":"alice","password":"another one"})")
            .status() == 201);
}

TEST_CASE("users: who deletes their account is gone at once, and the name stays taken") {
  ApiWorld world;
  const Member alice = Register(world, "alice");
  const Member bob = world.Join("bob");
  CHECK(world.Delete(alice.path(), alice.token, R"({"password":"a guess"})").code() ==
        "invalid_credentials");
  const Reply gone = world.Delete(alice.path(), alice.token, R"({"password":"long enough"})");
  CHECK(gone.status() == 204);
  CHECK(gone.Field("Set-Cookie").value_or("").starts_with("warble_session=; Path=/; Max-Age=0"));
  CHECK(world.Get(alice.path(), alice.token).status() == 401);
  CHECK(world.Get(alice.path(), bob.token).status() == 404);
  CHECK(world.Get("/api/users?prefix=alice", bob.token).At("/items") == "[]");
  CHECK(world.Post("/api/users", {}, R"({"username":"alice","password":"long enough"})").status() ==
        409);
}

TEST_CASE("users: a search finds names by their beginning, in order, as far as the limit") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  for (const char* name : {"Alan", "al", "bob", "ALbert"}) world.Join(name);
  const auto names = [&](const std::string& parameters) {
    const Reply reply = world.Get("/api/users?" + parameters, alice.token);
    CHECK(reply.status() == 200);
    CHECK(reply.At("/next_cursor").empty());
    std::string joined;
    for (int i = 0; !reply.At(fmt::format("/items/{}", i)).empty(); ++i) {
      joined += reply.At(fmt::format("/items/{}/username", i)) + " ";
    }
    return joined;
  };
  CHECK(names("prefix=AL") == "al Alan ALbert alice ");
  CHECK(names("prefix=al&limit=2") == "al Alan ");
  CHECK(names("prefix=x").empty());
  CHECK(world.Get("/api/users?prefix=bob&expand=viewer", alice.token).At("/items/0/viewer") ==
        R"({"following":false,"followed_by":false})");
  for (const char* bad : {"", "prefix=", "prefix=a-b", "prefix=a&limit=51", "prefix=a&limit=0",
                          "prefix=a&prefix=b", "prefix=a&expand=x"}) {
    CAPTURE(bad);
    CHECK(world.Get(fmt::format("/api/users?{}", bad), alice.token).code() == "invalid_parameter");
  }
  CHECK(world.Get("/api/users?prefix=" + std::string(31, 'a'), alice.token).status() == 400);
}

}  // namespace
}  // namespace warble::api
