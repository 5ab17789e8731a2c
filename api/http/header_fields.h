// The values of a few request fields: Content-Type, Accept, If-Match, If-None-Match and Cookie.
//
// Pure functions, thread-safe. Malformed parts of a value are passed over, never an error.
#pragma once

#include <optional>
#include <string_view>

namespace warble::api {

/// Whether a Content-Type is application/json, in any case and with any parameters.
bool IsJsonContentType(std::string_view content_type);

/// Whether an Accept prefers text/html to JSON: it gives HTML a higher quality than JSON and
/// problem+json, or names text/html, no lower than "*/*", while JSON matches "*/*" alone.
bool PrefersHtml(std::string_view accept);

/// Whether an If-None-Match is "*" or lists `etag` (quoted, W/ or not), by weak comparison.
bool IfNoneMatchHits(std::string_view field, std::string_view etag);

/// The value of the first cookie of that name (case matters) in the rest of a Cookie field, which
/// then begins behind it; nothing if there is none.
std::optional<std::string_view> NextCookie(std::string_view* rest, std::string_view name);

/// Whether an If-Match is "*" or lists `etag` (quoted), by strong comparison: no W/ tag is equal.
bool IfMatchHolds(std::string_view field, std::string_view etag);

}  // namespace warble::api
