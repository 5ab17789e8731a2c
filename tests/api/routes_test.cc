// The table of routes: what must hold of any two of them, and of each by itself.
#include "api/routes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace warble::api {
namespace {

struct Segment {
  std::string_view literal;
  bool has_placeholder;
};

std::vector<Segment> SegmentsOf(std::string_view pattern) {
  std::vector<Segment> segments;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    segments.push_back({segment.substr(0, segment.find('{')), segment.ends_with('}')});
    pattern.remove_prefix(segment.size());
  }
  return segments;
}

// Whether every text that `narrow` takes is taken by `wide`.
bool Covers(const Segment& wide, const Segment& narrow) {
  if (!wide.has_placeholder) return !narrow.has_placeholder && wide.literal == narrow.literal;
  return narrow.literal.starts_with(wide.literal) &&
         (narrow.has_placeholder || narrow.literal.size() > wide.literal.size());
}

// Whether a path that both take is no more the one's than the other's.
bool AreAmbiguous(std::string_view one, std::string_view other) {
  const std::vector<Segment> left = SegmentsOf(one);
  const std::vector<Segment> right = SegmentsOf(other);
  if (left.size() != right.size()) return false;
  bool left_covers = true;
  bool right_covers = true;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool covers = Covers(left[i], right[i]);
    const bool covered = Covers(right[i], left[i]);
    if (!covers && !covered) return false;  // no path is both's
    left_covers = left_covers && covers;
    right_covers = right_covers && covered;
  }
  return left_covers == right_covers;
}

bool ShareListener(const Route& one, const Route& other) {
  return one.surfaces == other.surfaces || one.surfaces == Surfaces::kBoth ||
         other.surfaces == Surfaces::kBoth;
}

bool IsWrite(const Route& route) { return std::holds_alternative<PrepareHandler>(route.handler); }

bool Names(const Route& route, std::string_view placeholder) {
  return route.pattern.find(placeholder) != std::string_view::npos;
}

TEST_CASE("routes: what makes two patterns ambiguous") {
  CHECK(AreAmbiguous("/api/{u}", "/api/{v}"));
  CHECK(AreAmbiguous("/a", "/a"));
  CHECK(AreAmbiguous("/{u}/b", "/a/{id}"));
  CHECK(AreAmbiguous("/@{u}/{id}", "/{u}/about"));
  CHECK(!AreAmbiguous("/@{u}", "/{u}"));
  CHECK(!AreAmbiguous("/@{u}", "/@"));
  CHECK(!AreAmbiguous("/@{u}", "/~{u}"));
  CHECK(!AreAmbiguous("/a/{u}", "/a/b"));
  CHECK(!AreAmbiguous("/{u}/b", "/{u}/c"));
  CHECK(!AreAmbiguous("/{u}", "/{u}/b"));
}

TEST_CASE("routes: no path and method is ambiguous") {
  for (const Route& one : Routes()) {
    for (const Route& other : Routes()) {
      if (&one == &other || one.method != other.method || !ShareListener(one, other)) continue;
      CAPTURE(one.pattern);
      CAPTURE(other.pattern);
      CHECK(!AreAmbiguous(one.pattern, other.pattern));
    }
  }
}

TEST_CASE("routes: each pattern is a path of known placeholders") {
  const std::set<std::string_view> known = {"{u}", "{id}", "{v}", "{me}"};
  for (const Route& route : Routes()) {
    CAPTURE(route.pattern);
    CHECK(route.pattern.starts_with('/'));
    for (std::size_t at = 0; (at = route.pattern.find('{', at)) != std::string_view::npos; ++at) {
      CHECK(known.contains(route.pattern.substr(at, route.pattern.find('}', at) + 1 - at)));
    }
  }
}

TEST_CASE("routes: a request is decided where its rows can be known") {
  for (const Route& route : Routes()) {
    CAPTURE(route.pattern);
    CHECK((route.home == Home::kNamed) == (IsWrite(route) && route.access == Access::kAnyone));
    if (route.home == Home::kUser) CHECK(Names(route, "{u}"));
    if (route.home == Home::kOther) CHECK(Names(route, "{v}"));
    if (route.home == Home::kActor) CHECK(route.access == Access::kSession);
    if (route.home == Home::kNamed) CHECK(route.body == BodyKind::kJson);
    // The actor's shard knows whether their session lives and keeps the answer of a key.
    if (IsWrite(route) && route.access == Access::kSession) CHECK(route.home == Home::kActor);
    if (route.access == Access::kReadable) CHECK(route.home != Home::kActor);
  }
}

TEST_CASE("routes: whose session it must be is said where the path names them") {
  for (const Route& route : Routes()) {
    CAPTURE(route.pattern);
    if (route.owner == Owner::kUser) CHECK(Names(route, "{u}"));
    CHECK((route.owner == Owner::kOther) == Names(route, "{me}"));
    if (route.owner != Owner::kNobody) CHECK(route.access == Access::kSession);
    if (route.access == Access::kReadable) CHECK(!IsWrite(route));
  }
}

TEST_CASE("routes: what is fetched early belongs to what the path names") {
  for (const Route& route : Routes()) {
    CAPTURE(route.pattern);
    if (route.first_read == FirstRead::kNothing) continue;
    CHECK(std::holds_alternative<QueryHandler>(route.handler));
    CHECK(Names(route, "{u}"));
    CHECK((route.first_read == FirstRead::kFavoriters) == Names(route, "{id}"));
  }
}

}  // namespace
}  // namespace warble::api
