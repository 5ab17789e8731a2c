#include "server/web/code_points.h"

#include <algorithm>
#include <array>

namespace warble::web {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// White_Space, Default_Ignorable_Code_Point and Cc of Unicode, and the braille blank.
constexpr std::array kInvisible = {
    Range{0x00, 0x20},       Range{0x7F, 0xA0},       Range{0xAD, 0xAD},
    Range{0x34F, 0x34F},     Range{0x61C, 0x61C},     Range{0x115F, 0x1160},
    Range{0x1680, 0x1680},   Range{0x17B4, 0x17B5},   Range{0x180B, 0x180F},
    Range{0x2000, 0x200F},   Range{0x2028, 0x202F},   Range{0x205F, 0x206F},
    Range{0x2800, 0x2800},   Range{0x3000, 0x3000},   Range{0x3164, 0x3164},
    Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},
    Range{0xFFF0, 0xFFFB},   Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE0FFF},
};

}  // namespace

CodePoint CodePointAt(std::string_view utf8, std::size_t at) {
  const auto byte = [&](std::size_t offset) {
    return static_cast<unsigned char>(utf8[at + offset]);
  };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t value = first & (0x7Fu >> size);
  for (std::size_t offset = 1; offset < size; ++offset) value = value << 6 | (byte(offset) & 0x3Fu);
  return {value, size};
}

bool IsInvisible(char32_t value) {
  return std::ranges::any_of(kInvisible, [value](const Range& range) {
    return range.first <= value && value <= range.last;
  });
}

bool HasInk(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint point = CodePointAt(utf8, at);
    if (!IsInvisible(point.value)) return true;
    at += point.size;
  }
  return false;
}

}  // namespace warble::web
