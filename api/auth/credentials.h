// Credentials: the token a request carries, and where a browser says the request comes from.
//
// Pure functions over a head; thread-safe.
#pragma once

#include "api/http/message.h"

#include <boost/container/static_vector.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace warble::api {

/// What a request sends to prove its session. An Authorization field wins over the cookies, and one
/// that is no Bearer token is a token that no session has. A browser that holds several cookies of
/// the name, of different paths, sends them all: the first whose session lives is meant.
struct Credentials {
  static constexpr std::size_t kMaxTokens = 4;  ///< further cookies are not looked at
  boost::container::static_vector<std::string_view, kMaxTokens> tokens;  ///< at least one
  bool by_cookie = false;
};
std::optional<Credentials> FindCredentials(const RequestHead& head);

/// Whether a browser vouches that the request was made by a page of this same origin: by
/// Sec-Fetch-Site, or by an Origin that names the request's own host and port.
bool IsSameOrigin(const RequestHead& head);

}  // namespace warble::api
