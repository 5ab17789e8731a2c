// Credentials: the token a request carries, and where a browser says the request comes from.
//
// Pure functions over a head; thread-safe.
#pragma once

#include "api/message.h"

#include <optional>
#include <string_view>

namespace warble::api {

/// What a request sends to prove its session. An Authorization field wins over the cookie, and one
/// that is no Bearer token is a token that no session has.
struct Credentials {
  std::string_view token;
  bool by_cookie = false;
};
std::optional<Credentials> FindCredentials(const RequestHead& head);

/// Whether a browser vouches that the request was made by a page of this same origin: by
/// Sec-Fetch-Site, or by an Origin that names the request's own host.
bool IsSameOrigin(const RequestHead& head);

}  // namespace warble::api
