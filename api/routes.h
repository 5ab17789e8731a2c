// The routes: one table of everything about each that is no handler's business. The OpenAPI
// document says the same, and a test holds the two together.
#pragma once

#include "api/handlers/handlers.h"
#include "api/http/message.h"

#include <span>
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

/// By whose partition a request is decided.
enum class Home {
  kAnywhere,  ///< any node answers
  kUser,      ///< {u}'s
  kOther,     ///< {v}'s
  kActor,     ///< that of the session's user; of every write with a session
  kNamed,     ///< the user that the body names
};

enum class BodyKind { kNone, kJson };

/// What a query reads first of its user or tweet. It is fetched together with their rows, so that
/// the waits for memory overlap.
enum class FirstRead {
  kNothing,
  kUserCounters,
  kNewestTweets,
  kFollowees,
  kFollowers,
  kFavorites,
  kFavoriters,
};

/// The listeners that a route is served on.
enum class Surfaces { kPublic, kAdmin, kBoth };

/// Answers that need neither storage nor a handler.
enum class Fixed { kOpenApi, kLive, kReady, kMetrics };

struct Route {
  Method method;
  std::string_view pattern;  ///< e.g. "/api/users/{u}/tweets/{id}"; see RouteFinder
  std::variant<QueryHandler, PrepareHandler, Fixed> handler;
  Access access = Access::kSession;
  Owner owner = Owner::kNobody;
  Home home = Home::kAnywhere;
  BodyKind body = BodyKind::kNone;
  FirstRead first_read = FirstRead::kNothing;
  /// GET: the answer has an ETag. A write: If-Match is about that of the same path's GET.
  bool entity_tag = false;
  bool no_store = false;  ///< the answer is never to be stored
  Surfaces surfaces = Surfaces::kPublic;
};

std::span<const Route> Routes();

}  // namespace warble::api
