// Text: Unicode normalisation and the classes of characters that the contract speaks of.
//
// The only code of the server that knows utf8proc. Pure functions, thread-safe. Unless said
// otherwise a text must be valid UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

/// Whether any bytes are valid UTF-8 (no surrogates, nothing overlong, nothing above U+10FFFF).
bool IsValidUtf8(std::string_view bytes);

/// The NFC form of any bytes; nothing when they are not valid UTF-8. Takes n log n time at most.
std::optional<std::string> NormalizeNfc(std::string_view utf8);

std::size_t CountCodePoints(std::string_view utf8);

/// A text of n code points has an NFC form of at least n / kMostToOne: none that may stand in one
/// decomposes canonically into more.
inline constexpr std::size_t kMostToOne = 4;

/// Whether a code point of category Cc occurs (U+0000 to U+001F, U+007F to U+009F), the line feed
/// aside when it is allowed.
bool HasControl(std::string_view utf8, bool allow_line_feed);

/// Whether every code point has the Unicode property White_Space; so an empty text is blank.
bool IsBlank(std::string_view utf8);

/// Whether two texts are the same but for the case of ASCII letters. Any bytes are allowed.
bool EqualsIgnoringCase(std::string_view left, std::string_view right);

/// Whether every byte is one of [A-Za-z0-9_]; true of no bytes at all. Any bytes are allowed.
bool IsUsernameAlphabet(std::string_view bytes);

}  // namespace warble::api
