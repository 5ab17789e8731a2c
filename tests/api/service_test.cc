#include "api/service.h"

#include "api/openapi.h"
#include "tests/support/api_world.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace warble::api {
namespace {

using tests::ApiWorld;
using tests::Fields;
using tests::Member;
using tests::Reply;

ServiceOptions WithOrigin() {
  ServiceOptions options = tests::Unlimited();
  options.cors_origin = "https://a.example";
  return options;
}

TEST_CASE("service: with another origin allowed, answers to no request name it and no other") {
  const tests::TemporaryDirectory directory;
  tests::Node node(directory.path() / "data");
  ServiceOptions options;
  options.cors_origin = "https://a.example";
  Service open(node.engine(), node.committer(), options);
  Service closed(node.engine(), node.committer(), {});
  for (const Code code : {Code::kBadRequest, Code::kRequestTimeout, Code::kLengthRequired,
                          Code::kUriTooLong, Code::kHeadersTooLarge, Code::kOverloaded}) {
    CAPTURE(Describe(code).code);
    const Response response = open.RefuseHead(code, "detail", {});
    CHECK(response.close);
    CHECK(response.headers.find("Access-Control-Allow-Origin: https://a.example\r\n") !=
          std::string::npos);
    CHECK(response.headers.find("Access-Control-Expose-Headers: ") != std::string::npos);
    CHECK(response.headers.find("Vary: Authorization, Cookie, Origin\r\n") != std::string::npos);
    CHECK(closed.RefuseHead(code, "detail", {}).headers.find("Access-Control") ==
          std::string::npos);
  }
}

TEST_CASE("service: a request has the id that its client gave it, if it can be one") {
  ApiWorld world;
  for (const std::string& id : {std::string("a"), std::string("A-b_9"), std::string(64, 'x')}) {
    CAPTURE(id);
    const Reply reply = world.Get("/nowhere", {}, {{"X-Request-Id", id}});
    CHECK(reply.Field("X-Request-Id") == id);
    CHECK(reply.At("/request_id") == id);
  }
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a.b"),
                                std::string("\xC3\xA4"), std::string(65, 'x')}) {
    CAPTURE(id);
    const Reply reply = world.Get("/livez", {}, {{"X-Request-Id", id}});
    const std::string made = reply.Field("X-Request-Id").value_or("");
    CHECK(made.size() == 16);
    CHECK(made.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(world.Get("/livez").Field("X-Request-Id") != made);
  }
}

TEST_CASE("service: how long an answer may be kept is said by who asked, and for what") {
  ServiceOptions options = tests::Unlimited();
  options.anonymous_reads = true;
  ApiWorld world(options);
  const Member alice = world.Join("alice");
  const auto cached = [&](const std::string& target, const std::string& token) {
    return world.Get(target, token).Field("Cache-Control").value_or("");
  };
  CHECK(cached("/api/users/alice", alice.token) == "private, no-cache");
  CHECK(cached("/api/users/nobody", alice.token) == "private, no-cache");
  CHECK(cached("/api/users/alice", {}) == "public, no-cache");
  CHECK(cached("/api/users/alice", "dead") == "no-store");
  CHECK(cached("/api/users/alice/timeline", {}) == "no-store");
  CHECK(cached("/api/sessions/current", alice.token) == "no-store");
  CHECK(cached("/api/openapi.json", {}) == "public, no-cache");
  CHECK(cached("/livez", {}) == "no-store");
  CHECK(cached("/nowhere", {}) == "no-store");
}

TEST_CASE("service: what an answer varies by") {
  ApiWorld closed;
  CHECK(closed.Get("/api/openapi.json").Field("Vary") == "Authorization, Cookie");
  CHECK(closed.Get("/livez").Field("Vary") == "Accept, Authorization, Cookie");
  ApiWorld open(WithOrigin());
  CHECK(open.Get("/%61pi/nowhere").Field("Vary") == "Authorization, Cookie, Origin");
  CHECK(open.Get("/nowhere").Field("Vary") == "Accept, Authorization, Cookie, Origin");
}

TEST_CASE("service: the allowed origin alone may read answers and ask beforehand") {
  ApiWorld world(WithOrigin());
  const Fields ours = {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "POST"}};
  const Fields theirs = {{"Origin", "https://b.example"},
                         {"Access-Control-Request-Method", "POST"}};
  CHECK(world.Get("/livez", {}, ours).Field("Access-Control-Allow-Origin") == "https://a.example");
  CHECK(!world.Get("/livez", {}, theirs).Field("Access-Control-Allow-Origin"));
  CHECK(!world.Get("/livez").Field("Access-Control-Expose-Headers"));

  const auto preflight = [&](const Fields& fields) {
    return world.Send({.method = Method::kOptions, .target = "/api/users/alice", .fields = fields});
  };
  const Reply allowed = preflight(ours);
  CHECK(allowed.status() == 204);
  CHECK(allowed.refused);  // no body is waited for
  CHECK(allowed.Field("Access-Control-Allow-Methods") == "GET, HEAD, POST, PATCH, DELETE");
  CHECK(allowed.Field("Access-Control-Allow-Headers").value_or("").find("Idempotency-Key") !=
        std::string::npos);
  CHECK(preflight(theirs).status() == 405);
  CHECK(preflight({{"Origin", "https://a.example"}}).status() == 405);
  CHECK(preflight(theirs).Field("Allow") == "GET, HEAD, PATCH, DELETE, OPTIONS");
}

TEST_CASE("service: outside the API a browser gets its errors as pages") {
  ApiWorld world;
  const Fields browser = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
  const Reply page = world.Get("/nowhere", {}, browser);
  CHECK(page.status() == 404);
  CHECK(page.response.content_type.starts_with("text/html"));
  CHECK(page.body().starts_with("<!DOCTYPE html>"));
  CHECK(world.Get("/nowhere").response.content_type == "application/problem+json");
  CHECK(world.Get("/api/nowhere", {}, browser).code() == "not_found");
}

TEST_CASE("service: it is ready when it was told so, and alive before") {
  ApiWorld world;
  CHECK(world.Get("/livez").At("/status") == "ok");
  const Reply starting = world.Get("/readyz");
  CHECK(starting.status() == 503);
  CHECK(starting.code() == "unavailable");
  CHECK(starting.Field("Retry-After") == "1");
  world.service().SetReady(true);
  CHECK(world.Get("/readyz").At("/status") == "ok");
  world.service().SetReady(false);
  CHECK(world.Get("/readyz").status() == 503);
}

TEST_CASE("service: the OpenAPI document is answered without being copied") {
  ApiWorld world;
  const Reply reply = world.Get("/api/openapi.json");
  CHECK(reply.response.content_type == "application/json");
  CHECK(reply.response.content().data() == OpenApiDocument().data());
  CHECK(reply.response.content().size() == OpenApiDocument().size());
}

TEST_CASE("service: metrics are those it was given") {
  ServiceOptions options = tests::Unlimited();
  options.metrics = [] { return std::string("up 1\n"); };
  ApiWorld world(options);
  CHECK(world.Send({.target = "/metrics", .surface = Surface::kAdmin}).body() == "up 1\n");
}

TEST_CASE("service: requests beyond the rate are refused, each user's and each address's apart") {
  ServiceOptions options;
  options.disk_threads = 1;
  options.rate_limit = 1;
  ApiWorld world(options);
  const Member alice = world.Join("alice");
  const Member bob = world.Join("bob");
  const Reply first = world.Get("/api/users/alice", alice.token);
  CHECK(first.Field("RateLimit-Limit") == "4");
  CHECK(first.Field("RateLimit-Remaining") == "3");
  CHECK(first.Field("RateLimit-Reset") == "1");
  Reply refused = world.Get("/api/users/alice", alice.token);
  for (int i = 0; i < 100 && refused.status() == 200; ++i) {
    refused = world.Get("/api/users/alice", alice.token);
  }
  CHECK(refused.status() == 429);
  CHECK(refused.code() == "rate_limited");
  CHECK(refused.refused);
  CHECK(refused.Field("RateLimit-Remaining") == "0");
  CHECK(refused.Field("Retry-After") == "1");
  CHECK(world.Get("/api/users/alice", bob.token).status() == 200);

  // Being over the limit comes before a missing session; what needs no storage is not counted.
  Reply nobody = world.Get("/api/users/alice");
  CHECK(nobody.status() == 401);
  for (int i = 0; i < 100 && nobody.status() == 401; ++i) nobody = world.Get("/api/users/alice");
  CHECK(nobody.status() == 429);
  CHECK(world.Get("/livez").status() == 200);
  CHECK(!world.Get("/livez").Field("RateLimit-Limit"));
}

TEST_CASE("service: a server's own refusal of an admitted request has the common fields") {
  ApiWorld world;
  RequestHead head;
  head.method = Method::kPost;
  head.method_text = "POST";
  head.target = "/api/users";
  TokenReader tokens;
  Soon<AdmissionPtr> admitted = world.service().Admit(head, tokens);
  REQUIRE(admitted.ready());
  const AdmissionPtr admission = admitted.Take();
  CHECK(!Service::Refused(*admission));
  const Response response =
      world.service().Refuse(*admission, Code::kBodyTooLarge, "The body is too long.");
  CHECK(response.status == 413);
  CHECK(response.headers.find("X-Request-Id: ") != std::string::npos);
  CHECK(response.headers.find("Cache-Control: no-store\r\n") != std::string::npos);
  CHECK(response.headers.find("Vary: ") != std::string::npos);
}

}  // namespace
}  // namespace warble::api
