#include "api/http/problems.h"

#include "api/http/json_writer.h"
#include "storage/base/check.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace warble::api {
namespace {

struct Row {
  Code code;
  CodeInfo info;
};

// In the order of the enumeration, so that a code is its own index.
constexpr std::array kTable = {
    Row{Code::kBadRequest, {400, "bad_request", "Malformed HTTP request"}},
    Row{Code::kMalformedJson, {400, "malformed_json", "Malformed JSON"}},
    Row{Code::kInvalidParameter, {400, "invalid_parameter", "Invalid parameter"}},
    Row{Code::kInvalidCursor, {400, "invalid_cursor", "Invalid cursor"}},
    Row{Code::kPageTooDeep, {400, "page_too_deep", "Page too deep"}},
    Row{Code::kUnauthenticated, {401, "unauthenticated", "Not signed in"}},
    Row{Code::kInvalidCredentials, {401, "invalid_credentials", "Wrong username or password"}},
    Row{Code::kInvalidCredentialsForbidden, {403, "invalid_credentials", "Wrong password"}},
    Row{Code::kForbidden, {403, "forbidden", "Not allowed for this user"}},
    Row{Code::kCrossSite, {403, "cross_site", "Cross-site request refused"}},
    Row{Code::kNotFound, {404, "not_found", "Not found"}},
    Row{Code::kMethodNotAllowed, {405, "method_not_allowed", "Method not allowed"}},
    Row{Code::kRequestTimeout, {408, "request_timeout", "Request timed out"}},
    Row{Code::kUsernameTaken, {409, "username_taken", "Username taken"}},
    Row{Code::kLengthRequired, {411, "length_required", "Content-Length required"}},
    Row{Code::kPreconditionFailed, {412, "precondition_failed", "Precondition failed"}},
    Row{Code::kBodyTooLarge, {413, "body_too_large", "Body too large"}},
    Row{Code::kUriTooLong, {414, "uri_too_long", "Request target too long"}},
    Row{Code::kUnsupportedMediaType, {415, "unsupported_media_type", "Unsupported media type"}},
    Row{Code::kHeadersTooLarge, {431, "headers_too_large", "Header section too large"}},
    Row{Code::kInvalidFields, {422, "invalid_fields", "Invalid fields"}},
    Row{Code::kIdempotencyKeyReused, {422, "idempotency_key_reused", "Idempotency key reused"}},
    Row{Code::kCannotFollowSelf, {422, "cannot_follow_self", "Cannot follow oneself"}},
    Row{Code::kTooManyFollowees, {422, "too_many_followees", "Too many followees"}},
    Row{Code::kRateLimited, {429, "rate_limited", "Too many requests"}},
    Row{Code::kInternal, {500, "internal", "Internal error"}},
    Row{Code::kOverloaded, {503, "overloaded", "Overloaded"}},
    Row{Code::kUnavailable, {503, "unavailable", "Unavailable"}},
};

constexpr bool TableIsInOrder() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(Code::kUnavailable) + 1;
}
static_assert(TableIsInOrder());

// A response with everything but its content.
Response Bare(const Problem& problem) {
  Response response;
  response.status = Describe(problem.code).status;
  if (problem.retry_after_s > 0) {
    response.AddHeader("Retry-After", fmt::format_int(problem.retry_after_s).str());
  }
  if (!problem.allow.empty()) response.AddHeader("Allow", problem.allow);
  if (response.status == 401) response.AddHeader("WWW-Authenticate", "Bearer");
  return response;
}

void WriteErrors(const std::vector<FieldError>& errors, JsonWriter& json) {
  json.Name("errors").BeginArray();
  for (const FieldError& error : errors) {
    json.BeginObject()
        .Member("field", error.field)
        .Member("code", error.code)
        .Member("detail", error.detail)
        .EndObject();
  }
  json.EndArray();
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

const CodeInfo& Describe(Code code) {
  const auto index = static_cast<std::size_t>(code);
  WARBLE_CHECK(index < kTable.size());
  return kTable[index].info;
}

Problem OutOfMemory(bool not_executed) {
  return {
      Code::kUnavailable, "There is too little memory here; try again soon.", {}, 1, not_executed};
}

Response RenderProblem(const Problem& problem, std::string_view request_id) {
  const CodeInfo& info = Describe(problem.code);
  JsonWriter json;
  json.BeginObject()
      .Member("type", fmt::format("/problems/{}", info.code))
      .Member("title", info.title)
      .Member("status", static_cast<std::uint64_t>(info.status))
      .Member("detail", problem.detail)
      .Member("code", info.code)
      .Member("request_id", request_id);
  if (problem.code == Code::kInvalidFields) WriteErrors(problem.errors, json);
  if (problem.not_executed) json.MemberBool("executed", false);
  json.EndObject();

  Response response = Bare(problem);
  response.content_type = "application/problem+json";
  response.body = json.Take();
  return response;
}

Response RenderProblemPage(const Problem& problem, std::string_view request_id) {
  const CodeInfo& info = Describe(problem.code);
  Response response = Bare(problem);
  response.content_type = "text/html; charset=utf-8";
  response.body = fmt::format(
      "<!DOCTYPE html>\n"
      "<html lang=\"en\">\n"
      "<head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0} {1} - Warble</title>\n"
      "</head>\n"
      "<body>\n"
      "<main>\n"
      "<h1>{1}</h1>\n"
      "<p>{2}</p>\n"
      "<p><small>{0} {3}, request {4}</small></p>\n"
      "</main>\n"
      "</body>\n"
      "</html>\n",
      info.status, EscapeHtml(info.title), EscapeHtml(problem.detail), EscapeHtml(info.code),
      EscapeHtml(request_id));
  return response;
}

}  // namespace warble::api
