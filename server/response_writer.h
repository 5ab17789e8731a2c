// Puts an api::Response into the bytes of an HTTP/1.1 response, head and body in one string. Only a
// static body, which may be long, stays where it is.
#pragma once

#include "api/http/message.h"

#include <string>
#include <string_view>

namespace warble::server {

/// What the request and its connection ask of the response's form.
struct ResponseForm {
  bool head_only = false;       ///< answers HEAD: the length of the body, but not the body
  bool close = false;           ///< the connection ends after this response
  bool say_keep_alive = false;  ///< an HTTP/1.0 client must be told that it goes on
};

/// Replaces `out` by the response; allocates only when `out` is too small. Returns what is to be
/// sent behind it, in static storage; mostly nothing. Thread-safe.
///
/// Date is the present second. 204 and 304 have neither Content-Length nor body.
[[nodiscard]] std::string_view WriteResponse(const api::Response& response, ResponseForm form,
                                             std::string& out);

}  // namespace warble::server
