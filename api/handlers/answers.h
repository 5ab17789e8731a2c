// Small helpers of the handlers: the usual answers.
#pragma once

#include "api/handlers/handlers.h"
#include "api/http/json_writer.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace warble::api {

/// A JSON answer of whatever was written.
Response JsonResponse(int status, JsonWriter& json);
/// 204.
Response NoContent();
/// 204 to a request that ended its own session: a browser forgets the cookie.
Response SignedOut(const Call& call);
/// Makes a browser keep `token` for `lifetime_s` seconds; 0: forget it.
void SetSessionCookie(Response& response, const RequestHead& head, std::string_view token,
                      std::uint64_t lifetime_s);
/// A path of the API as it stands in Location: canonical username, decimal id.
std::string UserPath(std::string_view username);

}  // namespace warble::api
