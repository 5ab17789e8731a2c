// Admission: what the head of a request was found to be, on its way through the service.
#pragma once

#include "api/call.h"
#include "api/handlers.h"
#include "api/rate_limiter.h"

#include <optional>
#include <string>

namespace warble::api {

struct Admission {
  Call call;
  std::string request_id;
  std::optional<Answer> refusal;  ///< decided before the body was read
  std::optional<RateLimiter::Verdict> rate;
  bool anonymous_read = false;
};

}  // namespace warble::api
