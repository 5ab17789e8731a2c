// From a method and a path to a route.
//
// A pattern is a path, of whose segments some are placeholders: "/api/users/{u}", or behind a
// literal head, "/@{u}". A placeholder stands for one character or more. Where several patterns
// match a path, the more literal one wins, judged segment by segment from the left.
//
// Immutable, so thread-safe.
#pragma once

#include "api/handlers/call.h"
#include "api/http/message.h"
#include "api/routes.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warble::api {

struct RouteMatch {
  const Route* route = nullptr;  ///< null: no route has this path, or none with this method
  PathTexts path;
  std::string allow;  ///< of a known path without this method: the methods it has; else empty
};

class RouteFinder {
 public:
  /// `routes` must outlive the finder.
  explicit RouteFinder(std::span<const Route> routes);

  /// The route of a method and path on one of the server's listeners. HEAD is GET.
  RouteMatch Find(Surface surface, Method method, std::string_view path) const;

 private:
  struct Part {
    std::string_view literal;      // all of the segment, or the head of one
    std::string_view placeholder;  // "{u}"; empty: there is none
  };
  struct Candidate {
    const Route* route;
    std::vector<Part> parts;
  };
  // By the number of their parts: of all routes a path meets a few.
  using Candidates = std::vector<std::vector<Candidate>>;

  static std::vector<Part> Split(std::string_view pattern);
  static bool IsMoreLiteral(const Candidate& one, const Candidate& other);
  static bool Matches(const Candidate& candidate, std::span<const std::string_view> segments);
  static PathTexts TextsOf(const Candidate& candidate, std::span<const std::string_view> segments);

  std::array<Candidates, 2> candidates_;  // on the public listener, on the admin's
};

}  // namespace warble::api
