#include "api/route_finder.h"

#include "api/http/target.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace warble::api {
namespace {

std::size_t PlaceOf(Surface surface) { return surface == Surface::kPublic ? 0 : 1; }

bool IsOn(Surface surface, Surfaces surfaces) {
  if (surfaces == Surfaces::kBoth) return true;
  return (surface == Surface::kAdmin) == (surfaces == Surfaces::kAdmin);
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

RouteFinder::RouteFinder(std::span<const Route> routes) {
  for (const Surface surface : {Surface::kPublic, Surface::kAdmin}) {
    Candidates& by_size = candidates_[PlaceOf(surface)];
    for (const Route& route : routes) {
      if (!IsOn(surface, route.surfaces)) continue;
      std::vector<Part> parts = Split(route.pattern);
      if (by_size.size() <= parts.size()) by_size.resize(parts.size() + 1);
      by_size[parts.size()].push_back({&route, std::move(parts)});
    }
    for (std::vector<Candidate>& same_size : by_size) {
      // Stable: the methods of one path are told in the order of the table.
      std::stable_sort(same_size.begin(), same_size.end(), IsMoreLiteral);
    }
  }
}

std::vector<RouteFinder::Part> RouteFinder::Split(std::string_view pattern) {
  std::vector<Part> parts;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    const std::size_t head = std::min(segment.find('{'), segment.size());
    parts.push_back({segment.substr(0, head), segment.substr(head)});
    pattern.remove_prefix(std::min(segment.size() + 1, pattern.size()));
  }
  return parts;
}

// Of two patterns with as many parts.
bool RouteFinder::IsMoreLiteral(const Candidate& one, const Candidate& other) {
  const auto rank = [](const Part& part) {
    return std::pair(part.placeholder.empty(), part.literal.size());
  };
  return std::lexicographical_compare(
      other.parts.begin(), other.parts.end(), one.parts.begin(), one.parts.end(),
      [&](const Part& left, const Part& right) { return rank(left) < rank(right); });
}

// A path of as many segments.
bool RouteFinder::Matches(const Candidate& candidate, std::span<const std::string_view> segments) {
  // From the end, as most paths begin in the same way.
  for (std::size_t i = candidate.parts.size(); i-- > 0;) {
    const Part& part = candidate.parts[i];
    if (part.placeholder.empty()) {
      if (segments[i] != part.literal) return false;
    } else if (segments[i].size() <= part.literal.size() ||
               !segments[i].starts_with(part.literal)) {
      return false;
    }
  }
  return true;
}

PathTexts RouteFinder::TextsOf(const Candidate& candidate,
                               std::span<const std::string_view> segments) {
  PathTexts texts;
  for (std::size_t i = 0; i < candidate.parts.size(); ++i) {
    const Part& part = candidate.parts[i];
    if (part.placeholder.empty()) continue;
    const std::string_view text = segments[i].substr(part.literal.size());
    if (part.placeholder == "{u}") texts.user = text;
    if (part.placeholder == "{id}") texts.tweet = text;
    if (part.placeholder == "{v}" || part.placeholder == "{me}") texts.other = text;
  }
  return texts;
}

RouteMatch RouteFinder::Find(Surface surface, Method method, std::string_view path_text) const {
  RouteMatch match;
  const std::optional<Path> path = Path::Parse(path_text);
  if (!path) return match;
  const std::vector<std::string_view>& segments = path->segments;
  const Candidates& by_size = candidates_[PlaceOf(surface)];
  if (segments.size() >= by_size.size()) return match;
  if (method == Method::kHead) method = Method::kGet;
  for (const Candidate& candidate : by_size[segments.size()]) {
    if (!Matches(candidate, segments)) continue;
    if (candidate.route->method == method) {
      match.route = candidate.route;
      match.path = TextsOf(candidate, segments);
      match.allow.clear();
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += MethodName(candidate.route->method);
  }
  return match;
}

}  // namespace warble::api
