// Where queries and decisions run, and what is kept of them: through the service, as a client sees
// it.
#include "api/runner.h"

#include "tests/support/api_world.h"
#include "tests/support/hooked_tables.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Fields;
using tests::Member;
using tests::Reply;
using tests::Request;

constexpr std::string_view kTweet = R"({"content":"hello"})";

Fields Key(std::string key) { return {{"Idempotency-Key", std::move(key)}}; }

std::string TweetsCount(ApiWorld& world, const Member& member) {
  return world.Get(member.path(), member.token).At("/tweets_count");
}

TEST_CASE("runner: what is in memory is answered at once, anything else from the disk pool") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  tests::AddTweet(world.node(), bob.user.id, "hello");
  const std::string target = bob.path() + "/tweets";
  const Reply before = world.Get(target, alice.token);
  CHECK(before.at_once);
  world.Restart();
  const Reply cold = world.Get(target, alice.token);
  CHECK(!cold.at_once);
  CHECK(cold.status() == 200);
  CHECK(cold.body() == before.body());
  const Reply warm = world.Get(target, alice.token);
  CHECK(warm.at_once);
  CHECK(warm.body() == before.body());
}

TEST_CASE("runner: a write whose rows are not in memory is rehearsed on the disk pool") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  world.Restart();
  CHECK(world.Post(bob.path() + "/followers", alice.token).status() == 201);
  world.Restart();
  CHECK(world.Post(bob.path() + "/followers", alice.token).status() == 200);
  CHECK(world.Get(bob.path(), alice.token).At("/followers_count") == "1");
}

TEST_CASE("runner: what the disk cannot give is 500, and nothing is written by it") {
  tests::HookedTables tables;
  ApiWorld world(tests::Unlimited(), storage::Clock::ReadSystem, tables.env());
  const Member alice = world.Join("alice");
  world.Restart();
  tables.Set([](const tests::HookedTables::Read&) { return false; });
  const Reply read = world.Get(alice.path(), alice.token);
  CHECK(read.status() == 500);
  CHECK(read.code() == "internal");
  const Reply write = world.Post(alice.path() + "/tweets", alice.token, std::string(kTweet));
  CHECK(write.status() == 500);
  tables.Set({});
  CHECK(TweetsCount(world, alice) == "0");
}

TEST_CASE("runner: a session that ended between the head and the decision is 401") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  // Both are admitted before either decides; what is queued first ends the session of the other.
  const std::vector<Reply> replies = world.SendTogether(
      {{.method = Method::kDelete, .target = "/api/sessions/current", .token = alice.token},
       {.method = Method::kPost,
        .target = alice.path() + "/tweets",
        .token = alice.token,
        .body = std::string(kTweet)}});
  CHECK(replies[0].status() == 204);
  CHECK(!replies[1].refused);
  CHECK(replies[1].code() == "unauthenticated");
}

TEST_CASE("runner: of the same requests with one key at once, one happens and all are answered") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Request request{.method = Method::kPost,
                        .target = alice.path() + "/tweets",
                        .token = alice.token,
                        .body = std::string(kTweet),
                        .fields = Key("k")};
  const std::vector<Reply> replies = world.SendTogether({request, request, request});
  int replayed = 0;
  for (const Reply& reply : replies) {
    CHECK(reply.status() == 201);
    CHECK(reply.body() == replies[0].body());
    replayed += reply.Field("Idempotency-Replayed") ? 1 : 0;
  }
  CHECK(replayed == 2);
  CHECK(TweetsCount(world, alice) == "1");
}

TEST_CASE("runner: a replay needs neither the subjects of its path nor a body that can be read") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const Reply first = world.Post(bob.path() + "/followers", alice.token, {}, Key("k"));
  CHECK(first.status() == 201);
  tests::RemoveUser(world.node(), bob.user.id);
  const Reply again = world.Post(bob.path() + "/followers", alice.token, {}, Key("k"));
  CHECK(again.status() == 201);
  CHECK(again.body() == first.body());
  CHECK(world.Post(bob.path() + "/followers", alice.token).status() == 404);
  // Another body is another request, even one that is no JSON.
  CHECK(world.Post(bob.path() + "/followers", alice.token, "{", Key("k")).code() ==
        "idempotency_key_reused");
}

TEST_CASE("runner: a key is its user's, a refusal is not kept, and an answer outlives a restart") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const std::string tweets = alice.path() + "/tweets";
  CHECK(world.Post(tweets, alice.token, "{}", Key("k")).status() == 422);
  const Reply first = world.Post(tweets, alice.token, std::string(kTweet), Key("k"));
  CHECK(first.status() == 201);
  CHECK(!first.Field("Idempotency-Replayed"));
  CHECK(world.Post(bob.path() + "/tweets", bob.token, std::string(kTweet), Key("k"))
            .Field("Idempotency-Replayed") == std::nullopt);
  world.Restart();
  const Reply again = world.Post(tweets, alice.token, std::string(kTweet), Key("k"));
  CHECK(again.Field("Idempotency-Replayed") == "true");
  CHECK(again.body() == first.body());
  CHECK(again.Field("Location") == first.Field("Location"));
}

TEST_CASE("runner: an answer is replayed for 24 hours") {
  tests::SteeredClock clock({1'795'333'696'000});
  ApiWorld world(tests::Unlimited(), clock.wall());
  Member alice = world.Join("alice");
  const auto post = [&] {
    return world.Post(alice.path() + "/tweets", alice.token, std::string(kTweet), Key("k"));
  };
  CHECK(post().status() == 201);
  constexpr std::uint64_t kHourMs = 3'600'000;
  clock.Advance(24 * kHourMs - 1'000);
  alice.token = world.SignIn(alice.user);
  CHECK(post().Field("Idempotency-Replayed") == "true");
  clock.Advance(2'000);
  alice.token = world.SignIn(alice.user);
  CHECK(!post().Field("Idempotency-Replayed"));
}

TEST_CASE("runner: refusals come in the contract's order") {
  ApiWorld world;
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const Fields all_wrong = {{"Content-Type", "text/plain"}, {"If-Match", "\"0\""}};
  const Fields readable = {{"If-Match", "\"0\""}};
  const std::string bad_field = R"({"first_name":1})";
  // Each request has the faults of all that stand below it.
  CHECK(world.Patch("/api/users/nobody", alice.token, "{", all_wrong).status() == 404);
  CHECK(world.Patch(bob.path(), alice.token, "{", all_wrong).status() == 403);
  CHECK(world.Patch(alice.path(), alice.token, "{", all_wrong).status() == 415);
  CHECK(world.Patch(alice.path() + "?expand=x", alice.token, "{", readable).code() ==
        "invalid_parameter");
  CHECK(world.Patch(alice.path(), alice.token, "{", readable).code() == "malformed_json");
  CHECK(world.Patch(alice.path(), alice.token, bad_field, readable).status() == 412);
  CHECK(world.Patch(alice.path(), alice.token, bad_field).status() == 422);
}

TEST_CASE("runner: wrong passwords are limited for an account and address, right ones are free") {
  ServiceOptions options;
  options.disk_threads = 1;
  options.rate_limit = kMaxRateLimit;
  ApiWorld world(options);
  const auto sign_in = [&](const std::string& name, const std::string& password) {
    return world.Post("/api/sessions", {},
                      R"({"username":")" + name + R"(","password":")" + password + R"("})");
  };
  CHECK(world.Post("/api/users", {}, R"({"username":"alice","password":"long enough"})").status() ==
        201);
  for (int i = 0; i < 3; ++i) CHECK(sign_in("alice", "long enough").status() == 201);
  for (int i = 0; i < 10; ++i) CHECK(sign_in("ALICE", "a guess").status() == 401);
  const Reply refused = sign_in("alice", "long enough");
  CHECK(refused.status() == 429);
  CHECK(refused.Field("Retry-After"));
  CHECK(sign_in("bob", "a guess").status() == 401);
  // The password of a deletion is a guess at the same account.
  const Member carol = world.Join("carol");
  for (int i = 0; i < 10; ++i) {
    CHECK(world.Delete(carol.path(), carol.token, R"({"password":"a guess"})").status() == 403);
  }
  CHECK(world.Delete(carol.path(), carol.token, R"({"password":"a guess"})").status() == 429);
}

TEST_CASE("runner: where ids hold no later time a write says that it was not executed") {
  tests::SteeredClock clock({1'795'333'696'000});
  ApiWorld world(tests::Unlimited(), clock.wall());
  Member alice = world.Join("alice");
  constexpr std::uint64_t kYearMs = 365ULL * 24 * 60 * 60 * 1000;
  clock.Advance(60 * kYearMs);
  const Reply reply = world.Post("/api/users", {}, R"({"username":"b","password":"long enough"})");
  CHECK(reply.status() == 503);
  CHECK(reply.code() == "unavailable");
  CHECK(reply.At("/executed") == "false");
  CHECK(reply.Field("Retry-After") == "30");
}

}  // namespace
}  // namespace warble::api
