// base64url without padding (RFC 4648, 5), canonical only: one text for the same bytes, ever.
//
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

std::string EncodeBase64Url(std::string_view bytes);

/// Nothing for any text that EncodeBase64Url() would not have written.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace warble::api
