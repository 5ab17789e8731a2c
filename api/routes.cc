#include "api/routes.h"

namespace warble::api {
namespace {

// A route, put together word by word.
class Entry : public Route {
 public:
  explicit Entry(const Route& route) : Route(route) {}
  Entry& ByAnyone() { return access = Access::kAnyone, *this; }
  Entry& Readable() { return access = Access::kReadable, *this; }
  Entry& Only(Owner whose) { return owner = whose, *this; }
  Entry& At(Home where) { return home = where, *this; }
  Entry& TakesJson() { return body = BodyKind::kJson, *this; }
  Entry& Fetches(FirstRead what) { return first_read = what, *this; }
  Entry& WithEntityTag() { return entity_tag = true, *this; }
  Entry& NoStore() { return no_store = true, *this; }
  Entry& On(Surfaces where) { return surfaces = where, *this; }
};

Entry Get(std::string_view pattern, QueryHandler query) {
  return Entry({.method = Method::kGet, .pattern = pattern, .handler = query});
}
Entry Get(std::string_view pattern, Fixed fixed) {
  return Entry({.method = Method::kGet, .pattern = pattern, .handler = fixed});
}
Entry Post(std::string_view pattern, PrepareHandler prepare) {
  return Entry({.method = Method::kPost, .pattern = pattern, .handler = prepare});
}
Entry Patch(std::string_view pattern, PrepareHandler prepare) {
  return Entry({.method = Method::kPatch, .pattern = pattern, .handler = prepare});
}
Entry Delete(std::string_view pattern, PrepareHandler prepare) {
  return Entry({.method = Method::kDelete, .pattern = pattern, .handler = prepare});
}

const Route kRoutes[] = {
    Post("/api/users", PrepareCreateUser).ByAnyone().At(Home::kNamed).TakesJson().NoStore(),
    Post("/api/sessions", PrepareSignIn).ByAnyone().At(Home::kNamed).TakesJson().NoStore(),
    Get("/api/sessions/current", GetCurrentSession).At(Home::kActor).NoStore(),
    Delete("/api/sessions/current", PrepareSignOut).At(Home::kActor).NoStore(),
    Delete("/api/sessions", PrepareSignOutEverywhere).At(Home::kActor).NoStore(),

    Get("/api/users/{u}", GetUser)
        .Readable()
        .At(Home::kUser)
        .Fetches(FirstRead::kUserCounters)
        .WithEntityTag(),
    Patch("/api/users/{u}", PrepareUpdateUser)
        .Only(Owner::kUser)
        .At(Home::kActor)
        .TakesJson()
        .WithEntityTag(),
    Delete("/api/users/{u}", PrepareDeleteUser)
        .Only(Owner::kUser)
        .At(Home::kActor)
        .TakesJson()
        .WithEntityTag(),
    Get("/api/users", SearchUsers).Readable().At(Home::kAnywhere),

    Post("/api/users/{u}/tweets", PreparePostTweet).Only(Owner::kUser).At(Home::kActor).TakesJson(),
    Get("/api/users/{u}/tweets", ListTweets)
        .Readable()
        .At(Home::kUser)
        .Fetches(FirstRead::kNewestTweets),
    Get("/api/users/{u}/tweets/{id}", GetTweet).Readable().At(Home::kUser).WithEntityTag(),
    Delete("/api/users/{u}/tweets/{id}", PrepareDeleteTweet)
        .Only(Owner::kUser)
        .At(Home::kActor)
        .WithEntityTag(),

    Post("/api/users/{u}/tweets/{id}/favorites", PrepareFavorite).At(Home::kActor),
    Get("/api/users/{u}/tweets/{id}/favorites", ListFavoriters)
        .Readable()
        .At(Home::kUser)
        .Fetches(FirstRead::kFavoriters),
    Delete("/api/users/{u}/tweets/{id}/favorites/{me}", PrepareUnfavorite)
        .Only(Owner::kOther)
        .At(Home::kActor),

    Post("/api/users/{u}/followers", PrepareFollow).At(Home::kActor),
    Get("/api/users/{u}/followers", ListFollowers)
        .Readable()
        .At(Home::kUser)
        .Fetches(FirstRead::kFollowers),
    Get("/api/users/{u}/followees", ListFollowees)
        .Readable()
        .At(Home::kUser)
        .Fetches(FirstRead::kFollowees),
    Get("/api/users/{u}/followers/{v}", GetFollower).Readable().At(Home::kOther),
    Delete("/api/users/{u}/followers/{me}", PrepareUnfollow).Only(Owner::kOther).At(Home::kActor),

    Get("/api/users/{u}/favorites", ListFavorites)
        .Readable()
        .At(Home::kUser)
        .Fetches(FirstRead::kFavorites),
    Get("/api/users/{u}/activity", ListActivity).Readable().At(Home::kUser),
    Get("/api/users/{u}/timeline", GetTimeline)
        .Only(Owner::kUser)
        .At(Home::kActor)
        .Fetches(FirstRead::kFollowees),

    Get("/api/openapi.json", Fixed::kOpenApi).ByAnyone().At(Home::kAnywhere),
    Get("/livez", Fixed::kLive).ByAnyone().At(Home::kAnywhere).NoStore().On(Surfaces::kBoth),
    Get("/readyz", Fixed::kReady).ByAnyone().At(Home::kAnywhere).NoStore().On(Surfaces::kBoth),
    Get("/metrics", Fixed::kMetrics).ByAnyone().At(Home::kAnywhere).NoStore().On(Surfaces::kAdmin),
};

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

}  // namespace warble::api
