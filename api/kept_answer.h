// The answer that is kept with a keyed write, as bytes: its status, Location and body. Storage
// keeps the bytes without knowing their form (storage/model/idempotency.h).
//
// They lie in data directories, so their form never changes: status (2 bytes, big-endian), size of
// the Location (2), the Location, the body.
#pragma once

#include "api/http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

/// The Location is shorter than 64 KiB.
std::string EncodeKeptAnswer(const Response& response);

/// The response as it was first given, without further fields; nothing if `bytes` are no answer.
std::optional<Response> DecodeKeptAnswer(std::string_view bytes);

}  // namespace warble::api
