#include "api/http/problems.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

namespace warble::api {
namespace {

TEST_CASE("problems: every code has the contract's name and status") {
  struct Case {
    Code code;
    int status;
    std::string_view name;
  };
  const Case cases[] = {
      {Code::kBadRequest, 400, "bad_request"},
      {Code::kMalformedJson, 400, "malformed_json"},
      {Code::kInvalidParameter, 400, "invalid_parameter"},
      {Code::kInvalidCursor, 400, "invalid_cursor"},
      {Code::kPageTooDeep, 400, "page_too_deep"},
      {Code::kUnauthenticated, 401, "unauthenticated"},
      {Code::kInvalidCredentials, 401, "invalid_credentials"},
      {Code::kInvalidCredentialsForbidden, 403, "invalid_credentials"},
      {Code::kForbidden, 403, "forbidden"},
      {Code::kCrossSite, 403, "cross_site"},
      {Code::kNotFound, 404, "not_found"},
      {Code::kMethodNotAllowed, 405, "method_not_allowed"},
      {Code::kRequestTimeout, 408, "request_timeout"},
      {Code::kUsernameTaken, 409, "username_taken"},
      {Code::kLengthRequired, 411, "length_required"},
      {Code::kPreconditionFailed, 412, "precondition_failed"},
      {Code::kBodyTooLarge, 413, "body_too_large"},
      {Code::kUriTooLong, 414, "uri_too_long"},
      {Code::kUnsupportedMediaType, 415, "unsupported_media_type"},
      {Code::kHeadersTooLarge, 431, "headers_too_large"},
      {Code::kInvalidFields, 422, "invalid_fields"},
      {Code::kIdempotencyKeyReused, 422, "idempotency_key_reused"},
      {Code::kCannotFollowSelf, 422, "cannot_follow_self"},
      {Code::kTooManyFollowees, 422, "too_many_followees"},
      {Code::kRateLimited, 429, "rate_limited"},
      {Code::kInternal, 500, "internal"},
      {Code::kOverloaded, 503, "overloaded"},
      {Code::kUnavailable, 503, "unavailable"},
  };
  std::set<Code> seen;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    seen.insert(c.code);
    CHECK(Describe(c.code).status == c.status);
    CHECK(Describe(c.code).code == c.name);
    CHECK(!Describe(c.code).title.empty());
  }
  CHECK(seen.size() == static_cast<std::size_t>(Code::kUnavailable) + 1);
}

TEST_CASE("problems: the members stand in the contract's order, and only those that apply") {
  const Response plain = RenderProblem({.code = Code::kNotFound, .detail = "No \"x\"."}, "r-1");
  CHECK(plain.status == 404);
  CHECK(plain.content_type == "application/problem+json");
  CHECK(plain.headers.empty());
  CHECK(plain.body ==
        R"({"type":"/problems/not_found","title":"Not found","status":404,"detail":"No \"x\".",)"
        R"("code":"not_found","request_id":"r-1"})");

  Problem fields{.code = Code::kInvalidFields, .detail = "d"};
  fields.errors = {{"content", "too_long", "At most 140."}, {"a", "required", "Missing."}};
  CHECK(RenderProblem(fields, "r").body ==
        R"({"type":"/problems/invalid_fields","title":"Invalid fields","status":422,"detail":"d",)"
        R"("code":"invalid_fields","request_id":"r","errors":[)"
        R"({"field":"content","code":"too_long","detail":"At most 140."},)"
        R"({"field":"a","code":"required","detail":"Missing."}]})");

  const Response busy = RenderProblem(
      {.code = Code::kOverloaded, .detail = "d", .retry_after_s = 2, .not_executed = true}, "r");
  CHECK(busy.status == 503);
  CHECK(busy.headers == "Retry-After: 2\r\n");
  CHECK(busy.body ==
        R"({"type":"/problems/overloaded","title":"Overloaded","status":503,"detail":"d",)"
        R"("code":"overloaded","request_id":"r","executed":false})");
}

TEST_CASE("problems: every 401 asks for a bearer token, on a page too") {
  for (const Code code : {Code::kUnauthenticated, Code::kInvalidCredentials}) {
    CHECK(RenderProblem({.code = code}, "r").headers == "WWW-Authenticate: Bearer\r\n");
    CHECK(RenderProblemPage({.code = code}, "r").headers == "WWW-Authenticate: Bearer\r\n");
  }
  CHECK(RenderProblem({.code = Code::kInvalidCredentialsForbidden}, "r").headers.empty());
}

TEST_CASE("problems: a page escapes what it shows") {
  const Response page =
      RenderProblemPage({.code = Code::kNotFound, .detail = "<b a=\"1\" c='2'>&"}, "r<");
  CHECK(page.status == 404);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.body.find("<p>&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;</p>") != std::string::npos);
  CHECK(page.body.find("request r&lt;</small>") != std::string::npos);
  CHECK(page.body.find("<!DOCTYPE html>") == 0);
}

TEST_CASE("messages: a field is found in any case, the first of several") {
  const std::array<Field, 3> fields = {{{"Host", "a"}, {"x-Request-ID", "1"}, {"HOST", "b"}}};
  RequestHead head;
  head.fields = fields;
  CHECK(head.Find("host") == "a");
  CHECK(head.Find("X-Request-Id") == "1");
  CHECK(!head.Find("hos"));
  CHECK(!head.Find("hosts"));

  Response response;
  response.AddHeader("ETag", "\"1\"");
  response.AddHeader("Vary", "Cookie");
  CHECK(response.headers == "ETag: \"1\"\r\nVary: Cookie\r\n");
}

}  // namespace
}  // namespace warble::api
