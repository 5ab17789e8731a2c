// Cursors: the opaque texts by which a client goes on where a page of a list ended.
//
// A cursor is base64url of: version (1 byte) · the first 4 bytes of the list's digest · position
// (up to 16 bytes) · checksum (4 bytes, XXH3 over all before it, seeded with the whole digest).
// Integers are big-endian. It holds no secret and never expires: clients may keep it for ever, so
// these bytes must stay readable (tests/api/http/cursor_test.cc pins them). Thread-safe.
#pragma once

#include "storage/format/types.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

inline constexpr std::size_t kCursorPositionMax = 16;  ///< bytes

/// `list_digest` names the list and the filters that the cursor is bound to; the same list must
/// have the same digest in every version of the server. `position` is up to kCursorPositionMax
/// bytes.
std::string EncodeCursor(std::uint64_t list_digest, std::string_view position);

/// The position; nothing for a text that was altered, belongs to another list or was never a
/// cursor.
std::optional<std::string> DecodeCursor(std::string_view text, std::uint64_t list_digest);

/// Positions: in lists of tweets an id (8 bytes), in lists of users time · id (6 + 5 bytes). The
/// decoders give nothing for bytes of another size or beyond the ranges of storage/format/types.h.
std::string EncodeTweetPosition(storage::TweetId id);
std::optional<storage::TweetId> DecodeTweetPosition(std::string_view position);
std::string EncodeEdgePosition(storage::EdgePosition edge);
std::optional<storage::EdgePosition> DecodeEdgePosition(std::string_view position);

}  // namespace warble::api
