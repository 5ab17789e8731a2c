// Admission: what the head of a request was found to be, on its way through the service.
#pragma once

#include "api/handlers/call.h"
#include "api/handlers/handlers.h"
#include "api/rate_limiter.h"

#include <array>
#include <optional>
#include <string_view>

namespace warble::api {

/// An id that was made for a request, in hexadecimal digits.
using MadeRequestId = std::array<char, 16>;

struct Admission {
  Admission() = default;
  Admission(const Admission&) = delete;  // request_id may view made_id
  Admission& operator=(const Admission&) = delete;

  Call call;
  std::string_view request_id;  ///< the client's own, or made_id
  MadeRequestId made_id;
  std::optional<Answer> refusal;  ///< decided before the body was read
  std::optional<RateLimiter::Verdict> rate;
  bool anonymous_read = false;
};

}  // namespace warble::api
