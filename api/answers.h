// Small helpers of the handlers: the usual answers.
#pragma once

#include "api/handlers.h"
#include "api/json_writer.h"

#include <string>
#include <string_view>

namespace warble::api {

/// A JSON answer of whatever was written.
Response JsonResponse(int status, JsonWriter& json);
/// 204.
Response NoContent();
/// A path of the API as it stands in Location: canonical username, decimal id.
std::string UserPath(std::string_view username);

}  // namespace warble::api
