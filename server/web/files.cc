#include "server/web/files.h"

#include "api/http/problems.h"
#include "api/http/target.h"
#include "api/service.h"
#include "server/web/assets.h"
#include "server/web/encoding.h"

namespace warble::web {
namespace {

constexpr std::string_view kImmutable =
    "Cache-Control: public, max-age=31536000, immutable\r\nVary: Accept-Encoding\r\n";
constexpr std::string_view kForADay =
    "Cache-Control: public, max-age=86400\r\nVary: Accept-Encoding\r\n";
// The bytes of another hash than was asked for: right for now.
constexpr std::string_view kForNow = "Cache-Control: no-store\r\nVary: Accept-Encoding\r\n";

constexpr std::string_view kRobots =
    "User-agent: *\nDisallow: /api/\nDisallow: /people\nDisallow: /login\nDisallow: /join\n";

// The asset in the shortest coding that the client takes.
api::Response AssetResponse(const api::RequestHead& head, const Asset& asset,
                            std::string_view cache_lines) {
  api::Response response;
  response.content_type = asset.type;
  response.AddLines(cache_lines);
  const std::string accepted = head.FindList("Accept-Encoding").value_or("");
  if (!asset.brotli.empty() && Accepts(accepted, "br")) {
    response.static_body = asset.brotli;
    response.AddLines("Content-Encoding: br\r\n");
  } else if (!asset.gzip.empty() && Accepts(accepted, "gzip")) {
    response.static_body = asset.gzip;
    response.AddLines("Content-Encoding: gzip\r\n");
  } else {
    response.static_body = asset.bytes;
  }
  return response;
}

std::optional<api::Response> Find(const api::RequestHead& head, std::string_view path) {
  if (path == "/favicon.svg") return AssetResponse(head, FindAsset("favicon.svg"), kForADay);
  if (path == "/robots.txt") {
    api::Response response;
    response.content_type = "text/plain; charset=utf-8";
    response.static_body = kRobots;
    response.AddLines("Cache-Control: public, max-age=86400\r\n");
    return response;
  }
  if (path == "/.well-known/change-password") {
    api::Response response;
    response.status = 302;
    response.AddHeader("Location", "/settings");
    response.AddLines("Cache-Control: public, max-age=86400\r\n");
    return response;
  }
  const AssetMatch match = MatchAsset(path);
  if (match.asset == nullptr) return std::nullopt;
  return AssetResponse(head, *match.asset, match.exact ? kImmutable : kForNow);
}

}  // namespace

std::optional<api::Response> FileFor(const api::RequestHead& head) {
  std::optional<api::Response> response = Find(head, api::SplitTarget(head.target).path);
  if (!response) return std::nullopt;
  const std::string request_id = api::Service::RequestIdOf(head);
  if (head.method != api::Method::kGet && head.method != api::Method::kHead) {
    api::Problem problem{api::Code::kMethodNotAllowed, "A file can only be read; see Allow."};
    problem.allow = "GET, HEAD";
    response = api::RenderProblem(problem, request_id);
    response->AddLines("Cache-Control: no-store\r\n");
  }
  response->AddHeader("X-Request-Id", request_id);
  return response;
}

}  // namespace warble::web
