// The server's own description of its API, OpenAPI 3.1, compiled in from openapi.json.
#pragma once

#include <string_view>

namespace warble::api {

/// The document as JSON text; static storage.
std::string_view OpenApiDocument();

}  // namespace warble::api
