// The routes: one table of method, pattern, access, owner, and the handler. The OpenAPI document
// says the same, and a test holds the two together.
#pragma once

#include "api/handlers/handlers.h"
#include "api/http/message.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace warble::api {

enum class Access {
  kAnyone,    ///< no session is asked for, and one that is sent is not looked at
  kReadable,  ///< a session, or anyone where the server allows anonymous reading
  kSession,
};

/// Whose session it must be.
enum class Owner {
  kNobody,  ///< any session
  kUser,    ///< {u}'s
  kOther,   ///< {me}'s
};

enum class BodyKind { kNone, kJson };

/// Answers that need neither storage nor a handler.
enum class Fixed { kOpenApi, kLive, kReady, kMetrics };

struct Route {
  Method method;
  std::string_view pattern;  ///< e.g. "/api/users/{u}/tweets/{id}"
  Access access;
  Owner owner;
  BodyKind body;
  std::variant<QueryHandler, PrepareHandler, Fixed> handler;
  /// GET: the answer has an ETag. A write: If-Match is about that of the same path's GET.
  bool entity_tag = false;
  bool no_store = false;  ///< the answer is never to be stored
};

std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;  ///< null: no route has this path, or none with this method
  PathTexts path;
  std::string allow;  ///< of a known path without this method: the methods it has; else empty
};

/// The route of a method and path on one of the server's surfaces. HEAD is GET.
RouteMatch FindRoute(Surface surface, Method method, std::string_view path);

}  // namespace warble::api
