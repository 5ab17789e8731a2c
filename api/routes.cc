#include "api/routes.h"
#include "api/http/target.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace warble::api {
namespace {

constexpr auto kNone = BodyKind::kNone;
constexpr auto kJson = BodyKind::kJson;
constexpr auto kAnyone = Access::kAnyone;
constexpr auto kReadable = Access::kReadable;
constexpr auto kSession = Access::kSession;
constexpr auto kNobody = Owner::kNobody;
constexpr auto kSelf = Owner::kUser;
constexpr auto kOther = Owner::kOther;
constexpr auto kGet = Method::kGet;
constexpr auto kPost = Method::kPost;
constexpr auto kPatch = Method::kPatch;
constexpr auto kDelete = Method::kDelete;

const Route kRoutes[] = {
    {kPost, "/api/users", kAnyone, kNobody, kJson, PrepareCreateUser, false, true},
    {kPost, "/api/sessions", kAnyone, kNobody, kJson, PrepareSignIn, false, true},
    {kGet, "/api/sessions/current", kSession, kNobody, kNone, GetCurrentSession, false, true},
    {kDelete, "/api/sessions/current", kSession, kNobody, kNone, PrepareSignOut, false, true},
    {kDelete, "/api/sessions", kSession, kNobody, kNone, PrepareSignOutEverywhere, false, true},
    {kGet, "/api/users/{u}", kReadable, kNobody, kNone, GetUser, true},
    {kPatch, "/api/users/{u}", kSession, kSelf, kJson, PrepareUpdateUser, true},
    {kDelete, "/api/users/{u}", kSession, kSelf, kJson, PrepareDeleteUser, true},
    {kGet, "/api/users", kReadable, kNobody, kNone, SearchUsers},
    {kPost, "/api/users/{u}/tweets", kSession, kSelf, kJson, PreparePostTweet},
    {kGet, "/api/users/{u}/tweets", kReadable, kNobody, kNone, ListTweets},
    {kGet, "/api/users/{u}/tweets/{id}", kReadable, kNobody, kNone, GetTweet, true},
    {kDelete, "/api/users/{u}/tweets/{id}", kSession, kSelf, kNone, PrepareDeleteTweet, true},
    {kPost, "/api/users/{u}/tweets/{id}/favorites", kSession, kNobody, kNone, PrepareFavorite},
    {kGet, "/api/users/{u}/tweets/{id}/favorites", kReadable, kNobody, kNone, ListFavoriters},
    {kDelete, "/api/users/{u}/tweets/{id}/favorites/{me}", kSession, kOther, kNone,
     PrepareUnfavorite},
    {kPost, "/api/users/{u}/followers", kSession, kNobody, kNone, PrepareFollow},
    {kGet, "/api/users/{u}/followers", kReadable, kNobody, kNone, ListFollowers},
    {kGet, "/api/users/{u}/followees", kReadable, kNobody, kNone, ListFollowees},
    {kGet, "/api/users/{u}/followers/{v}", kReadable, kNobody, kNone, GetFollower},
    {kDelete, "/api/users/{u}/followers/{me}", kSession, kOther, kNone, PrepareUnfollow},
    {kGet, "/api/users/{u}/favorites", kReadable, kNobody, kNone, ListFavorites},
    {kGet, "/api/users/{u}/activity", kReadable, kNobody, kNone, ListActivity},
    {kGet, "/api/users/{u}/timeline", kSession, kSelf, kNone, GetTimeline},
    {kGet, "/api/openapi.json", kAnyone, kNobody, kNone, Fixed::kOpenApi},
    {kGet, "/livez", kAnyone, kNobody, kNone, Fixed::kLive, false, true},
    {kGet, "/readyz", kAnyone, kNobody, kNone, Fixed::kReady, false, true},
    {kGet, "/metrics", kAnyone, kNobody, kNone, Fixed::kMetrics, false, true},
};

std::vector<std::string_view> SplitPattern(std::string_view pattern) {
  std::vector<std::string_view> parts;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    parts.push_back(pattern.substr(0, end));
    pattern.remove_prefix(end);
  }
  return parts;
}

// The admin listener has the health routes and the metrics; the public one all but the metrics.
bool IsOn(Surface surface, const Route& route) {
  if (std::holds_alternative<Fixed>(route.handler)) {
    const Fixed fixed = std::get<Fixed>(route.handler);
    if (fixed == Fixed::kMetrics) return surface == Surface::kAdmin;
    if (fixed == Fixed::kLive || fixed == Fixed::kReady) return true;
  }
  return surface == Surface::kPublic;
}

struct CompiledRoute {
  const Route* route;
  std::vector<std::string_view> parts;
};

constexpr std::size_t kMaxParts = 7;
// By the number of their parts: of 28 routes a path meets a few.
using CompiledRoutes = std::array<std::vector<CompiledRoute>, kMaxParts + 1>;

CompiledRoutes CompileRoutes(Surface surface) {
  CompiledRoutes routes;
  for (const Route& route : kRoutes) {
    if (!IsOn(surface, route)) continue;
    std::vector<std::string_view> parts = SplitPattern(route.pattern);
    routes.at(parts.size()).push_back({&route, std::move(parts)});
  }
  return routes;
}

std::span<const CompiledRoute> RoutesWith(std::size_t parts, Surface surface) {
  static const CompiledRoutes on_public = CompileRoutes(Surface::kPublic);
  static const CompiledRoutes on_admin = CompileRoutes(Surface::kAdmin);
  if (parts > kMaxParts) return {};
  return (surface == Surface::kPublic ? on_public : on_admin)[parts];
}

// A path of as many segments.
bool Matches(const CompiledRoute& candidate, const Path& path) {
  // From the end, as most paths begin in the same way.
  for (std::size_t i = candidate.parts.size(); i-- > 0;) {
    const std::string_view part = candidate.parts[i];
    if (part.front() != '{' && part != path.segments[i]) return false;
  }
  return true;
}

PathTexts TextsOf(const CompiledRoute& route, const Path& path) {
  PathTexts texts;
  for (std::size_t i = 0; i < route.parts.size(); ++i) {
    const std::string_view part = route.parts[i];
    if (part.front() != '{') continue;
    if (part == "{u}") texts.user = path.segments[i];
    if (part == "{id}") texts.tweet = path.segments[i];
    if (part == "{v}" || part == "{me}") texts.other = path.segments[i];
  }
  return texts;
}

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET, HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    default:
      return {};
  }
}

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

RouteMatch FindRoute(Surface surface, Method method, std::string_view path_text) {
  RouteMatch match;
  const std::optional<Path> path = Path::Parse(path_text);
  if (!path) return match;
  if (method == Method::kHead) method = Method::kGet;
  for (const CompiledRoute& candidate : RoutesWith(path->segments.size(), surface)) {
    if (!Matches(candidate, *path)) continue;
    if (candidate.route->method == method) {
      match.route = candidate.route;
      match.path = TextsOf(candidate, *path);
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += MethodName(candidate.route->method);
  }
  return match;
}

}  // namespace warble::api
