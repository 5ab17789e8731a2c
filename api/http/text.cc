#include "api/http/text.h"

#include "storage/base/check.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace warble::api {
namespace {

bool IsAscii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Decodes the code point that starts at *at and moves *at behind it; negative: not valid UTF-8.
utf8proc_int32_t NextCodePoint(std::string_view bytes, std::size_t* at) {
  utf8proc_int32_t code_point = -1;
  const utf8proc_ssize_t read =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()) + *at,
                       static_cast<utf8proc_ssize_t>(bytes.size() - *at), &code_point);
  if (read <= 0) return -1;
  *at += static_cast<std::size_t>(read);
  return code_point;
}

// The property White_Space of Unicode's PropList.txt.
bool IsWhiteSpace(utf8proc_int32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Ranges of code points that NFC leaves as they are beside any others: none decomposes, joins the
// one before it or is a mark that could be moved. utf8proc told them; the tests ask it again.
struct CodePointRange {
  utf8proc_int32_t first;
  utf8proc_int32_t last;
};
constexpr CodePointRange kAlwaysNfc[] = {
    {0x0000, 0x02FF},    // Latin
    {0x0388, 0x0482},    // Greek, Cyrillic
    {0x048A, 0x0590},    // Cyrillic, Armenian
    {0x05C8, 0x060F},    // Hebrew letters
    {0x061B, 0x064A},    // Arabic letters
    {0x0660, 0x066F},    // Arabic digits
    {0x0671, 0x06D5},    // Arabic letters of other languages
    {0x1E00, 0x1EFF},    // Latin of Vietnamese and others
    {0x2002, 0x20CF},    // punctuation, joiners, currencies
    {0x212C, 0x2328},    // arrows, mathematics
    {0x232B, 0x2ADB},    // symbols, dingbats
    {0x2E00, 0x3029},    // punctuation of several scripts, radicals
    {0x3030, 0x3098},    // Hiragana
    {0x309B, 0xA66E},    // Katakana, Chinese characters
    {0xAC00, 0xD7A3},    // Hangul syllables
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFF00, 0xFFEF},    // full and half width
    {0x1F000, 0x1FAFF},  // emoji
};

using CodePoints = std::vector<utf8proc_int32_t>;

// What utf8proc is asked for. (To decompose is a part of composing.)
constexpr auto kToNfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);

// The longest canonical decomposition of one code point.
constexpr std::size_t kMostParts = 4;

// U+11A7: the vowel before the final consonants. utf8proc takes it for one of them and loses it
// behind a syllable (JuliaStrings/utf8proc#317). It joins neither what stands before it nor what
// stands behind it, so a text may be composed in two parts that meet in front of it.
constexpr utf8proc_int32_t kBeforeFinalConsonants = 0x11A7;

// Every code point in its parts, marks not yet in order; nothing when the bytes are not UTF-8.
std::optional<CodePoints> Decompose(std::string_view utf8) {
  CodePoints text;
  text.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const utf8proc_int32_t code_point = NextCodePoint(utf8, &at);
    if (code_point < 0) return std::nullopt;
    std::array<utf8proc_int32_t, kMostParts> parts;
    const utf8proc_ssize_t count = utf8proc_decompose_char(code_point, parts.data(), kMostParts,
                                                           kToNfc, /*last_boundclass=*/nullptr);
    WARBLE_CHECK(count >= 0 && static_cast<std::size_t>(count) <= kMostParts);
    text.insert(text.end(), parts.begin(), parts.begin() + count);
  }
  return text;
}

// The canonical order: each run of marks by their classes. utf8proc does this too, but in quadratic
// time, and a text may be one run of marks (JuliaStrings/utf8proc#348).
void OrderMarks(CodePoints& text) {
  const auto mark_class = [](utf8proc_int32_t code_point) {
    return utf8proc_get_property(code_point)->combining_class;
  };
  const auto is_mark = [&](utf8proc_int32_t code_point) { return mark_class(code_point) != 0; };
  for (auto first = text.begin(); first != text.end();) {
    first = std::find_if(first, text.end(), is_mark);
    const auto end = std::find_if_not(first, text.end(), is_mark);
    std::stable_sort(first, end, [&](utf8proc_int32_t left, utf8proc_int32_t right) {
      return mark_class(left) < mark_class(right);
    });
    first = end;
  }
}

// Composes what is decomposed and in order, and encodes it.
std::string Compose(CodePoints text) {
  std::string utf8;
  for (auto first = text.begin(); first != text.end();) {
    const auto end = std::find(first + 1, text.end(), kBeforeFinalConsonants);
    const utf8proc_ssize_t count = utf8proc_normalize_utf32(&*first, end - first, kToNfc);
    WARBLE_CHECK(count >= 0);
    for (auto code_point = first; code_point != first + count; ++code_point) {
      std::array<utf8proc_uint8_t, 4> bytes;
      const auto size = utf8proc_encode_char(*code_point, bytes.data());
      utf8.append(bytes.begin(), bytes.begin() + size);
    }
    first = end;
  }
  return utf8;
}

// Whether a text is surely valid UTF-8 and in NFC; of most texts that are it can be told.
bool IsSurelyNfc(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const utf8proc_int32_t code_point = NextCodePoint(text, &at);
    const auto* const range =
        std::find_if(std::begin(kAlwaysNfc), std::end(kAlwaysNfc),
                     [&](const CodePointRange& other) { return code_point <= other.last; });
    if (range == std::end(kAlwaysNfc) || code_point < range->first) return false;
  }
  return true;
}

}  // namespace

bool IsValidUtf8(std::string_view bytes) {
  if (IsAscii(bytes)) return true;
  for (std::size_t at = 0; at < bytes.size();) {
    if (NextCodePoint(bytes, &at) < 0) return false;
  }
  return true;
}

std::optional<std::string> NormalizeNfc(std::string_view utf8) {
  if (IsAscii(utf8) || IsSurelyNfc(utf8)) return std::string(utf8);
  std::optional<CodePoints> text = Decompose(utf8);
  if (!text) return std::nullopt;
  OrderMarks(*text);
  return Compose(std::move(*text));
}

std::size_t CountCodePoints(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not a continuation byte
  }));
}

bool HasControl(std::string_view utf8, bool allow_line_feed) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x20 || byte == 0x7F) {
      if (byte != '\n' || !allow_line_feed) return true;
    } else if (byte == 0xC2 && i + 1 < utf8.size()) {  // U+0080 to U+00BF
      if (static_cast<unsigned char>(utf8[i + 1]) <= 0x9F) return true;
    }
  }
  return false;
}

bool IsBlank(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    if (!IsWhiteSpace(NextCodePoint(utf8, &at))) return false;
  }
  return true;
}

bool EqualsIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return LowerAscii(a) == LowerAscii(b); });
}

bool IsUsernameAlphabet(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace warble::api
