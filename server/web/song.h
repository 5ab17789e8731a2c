// Songs: what a username looks like. Five bars are an avatar, eighty the strip of a profile.
//
// Drawn from the lower-case name alone, so every page shows the same. Pure functions, thread-safe.
#pragma once

#include "server/web/html.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace warble::web {

/// The FNV-1a hash, 32 bits, of the lower-case name.
std::uint32_t HashName(std::string_view username);
/// Which of the twelve hues, 0 to 11; the style sheet's classes h0 to h11.
unsigned HueOf(std::string_view username);

/// The path's data of a name's five bars in a box of 40 × 40, e.g. "M8 20v8M14 24v.01…".
std::string AvatarPath(std::string_view username);
/// Of its eighty bars in a box of 640 × 88.
std::string StripPath(std::string_view username);

enum class AvatarSize { kSmall, kUsual, kLarge };
/// The picture itself. It says nothing to a screen reader: the name stands beside it.
void WriteAvatar(HtmlWriter& html, std::string_view username, AvatarSize size);
void WriteStrip(HtmlWriter& html, std::string_view username);

}  // namespace warble::web
