// Files: what is served as it is, for nobody in particular. Thread-safe.
#pragma once

#include "api/http/message.h"

#include <optional>
#include <string_view>

namespace warble::web {

/// The route of all files in metrics.
inline constexpr std::string_view kFileRoute = "/assets/{file}";

/// The answer to a request for a file; nothing when its path is none. Such requests do not count
/// for the rate limit.
std::optional<api::Response> FileFor(const api::RequestHead& head);

}  // namespace warble::web
