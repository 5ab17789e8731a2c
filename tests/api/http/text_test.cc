#include "api/http/text.h"

#include <doctest/doctest.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace warble::api {
namespace {

TEST_CASE("text: normalisation composes, and leaves what is composed alone") {
  struct Case {
    std::string_view text;
    std::string_view nfc;
  };
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"e\u0301", "\u00E9"},
      {"\u00E9", "\u00E9"},
      {"\u212B", "\u00C5"},                // the sign of the angstrom is the letter
      {"q\u0307\u0323", "q\u0323\u0307"},  // marks in canonical order
      {"\u1100\u1161", "\uAC00"},          // Hangul
      {"\uFB01", "\uFB01"},                // a compatibility ligature stays
      {"\u0958", "\u0915\u093C"},          // excluded from composition
      {"😀\uFFFF", "😀\uFFFF"},              // a noncharacter is text too
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(NormalizeNfc(c.text) == c.nfc);
  }
}

// What utf8proc itself makes of a text, without a look at what may need no change. Cut in front of
// each U+11A7, which it would take for a final consonant.
std::optional<std::string> MapByUtf8proc(std::string_view text) {
  constexpr std::string_view kBeforeFinalConsonants = "\u11A7";
  std::string nfc;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(kBeforeFinalConsonants, 1));
    text.remove_prefix(part.size());
    utf8proc_uint8_t* mapped = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(part.data()),
                     static_cast<utf8proc_ssize_t>(part.size()), &mapped,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (size < 0) return std::nullopt;
    nfc.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
    std::free(mapped);
  }
  return nfc;
}

std::string Encode(utf8proc_int32_t code_point) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(code_point, bytes);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

constexpr utf8proc_int32_t kCodePoints = 0x110000;

TEST_CASE(
    "text: normalisation is utf8proc's for every code point, pair that composes and two marks") {
  int differing = 0;
  std::vector<std::string> marks;
  const auto compare = [&](const std::string& text) {
    if (NormalizeNfc(text) != MapByUtf8proc(text)) ++differing;
  };
  for (utf8proc_int32_t c = 0; c < kCodePoints; ++c) {
    if (!utf8proc_codepoint_valid(c)) continue;
    const std::string text = Encode(c);
    compare(text);
    if (utf8proc_get_property(c)->combining_class != 0) marks.push_back(text);
    utf8proc_int32_t parts[4];
    const auto count =
        utf8proc_decompose_char(c, parts, 4, UTF8PROC_DECOMPOSE, /*last_boundclass=*/nullptr);
    if (count < 2) continue;
    std::string head;
    for (utf8proc_ssize_t i = 0; i + 1 < count; ++i) head += Encode(parts[i]);
    compare(head + Encode(parts[count - 1]));
    compare(*MapByUtf8proc(head) + Encode(parts[count - 1]));
  }
  for (const std::string& first : marks) {
    for (const std::string& second : marks) compare(first + second);
  }
  CHECK(differing == 0);
}

TEST_CASE("text: normalisation is utf8proc's for random texts and random bytes") {
  const std::random_device::result_type seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const utf8proc_int32_t starts[] = {0x20,   0xC0,   0x300,  0x3A0,  0x5B0,  0x640,  0x900,  0x1100,
                                     0x1160, 0x11A8, 0x1EA0, 0x2000, 0x3040, 0xAC00, 0x1F600};
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) {
      text += Encode(starts[random() % std::size(starts)] +
                     static_cast<utf8proc_int32_t>(random() % 0x60));
    }
    if (random() % 4 == 0 && !text.empty()) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    CAPTURE(text);
    REQUIRE(NormalizeNfc(text) == MapByUtf8proc(text));
  }
}

// Hangul by the arithmetic of the Unicode Standard, 3.12. A reference of its own: it knows neither
// utf8proc nor marks.
std::string ComposeHangul(const std::vector<utf8proc_int32_t>& text) {
  constexpr utf8proc_int32_t kL = 0x1100, kV = 0x1161, kT = 0x11A7, kS = 0xAC00;
  constexpr utf8proc_int32_t kLs = 19, kVs = 21, kTs = 28, kSs = kLs * kVs * kTs;
  std::vector<utf8proc_int32_t> composed;
  for (const utf8proc_int32_t c : text) {
    utf8proc_int32_t* const last = composed.empty() ? nullptr : &composed.back();
    if (last != nullptr && *last >= kL && *last < kL + kLs && c >= kV && c < kV + kVs) {
      *last = kS + ((*last - kL) * kVs + (c - kV)) * kTs;
    } else if (last != nullptr && *last >= kS && *last < kS + kSs && (*last - kS) % kTs == 0 &&
               c > kT && c < kT + kTs) {
      *last += c - kT;
    } else {
      composed.push_back(c);
    }
  }
  std::string utf8;
  for (const utf8proc_int32_t c : composed) utf8 += Encode(c);
  return utf8;
}

// The number of texts `first` + `second` + "|" whose NFC form is not that of the standard.
int CountWrongHangul(const std::vector<std::vector<utf8proc_int32_t>>& firsts,
                     utf8proc_int32_t second_from, utf8proc_int32_t second_to) {
  int wrong = 0;
  for (const std::vector<utf8proc_int32_t>& first : firsts) {
    for (utf8proc_int32_t second = second_from; second <= second_to; ++second) {
      std::vector<utf8proc_int32_t> text = first;
      text.insert(text.end(), {second, '|'});
      std::string sent;
      for (const utf8proc_int32_t c : text) sent += Encode(c);
      if (NormalizeNfc(sent) != ComposeHangul(text)) ++wrong;
    }
  }
  return wrong;
}

TEST_CASE("text: Hangul composes as the standard says, every jamo and syllable before every jamo") {
  std::vector<std::vector<utf8proc_int32_t>> jamo, pairs, syllables;
  for (utf8proc_int32_t c = 0x1100; c <= 0x11FF; ++c) jamo.push_back({c});
  for (utf8proc_int32_t c = 0xAC00; c <= 0xD7A3; ++c) syllables.push_back({c});
  for (utf8proc_int32_t lead = 0x1100; lead <= 0x1113; ++lead) {
    for (utf8proc_int32_t vowel = 0x1160; vowel <= 0x1176; ++vowel) pairs.push_back({lead, vowel});
  }
  CHECK(CountWrongHangul(jamo, 0x1100, 0x11FF) == 0);
  CHECK(CountWrongHangul(pairs, 0x11A0, 0x11FF) == 0);
  CHECK(CountWrongHangul(syllables, 0x11A0, 0x11FF) == 0);
  // The vowel before the final consonants is none of them, and marks keep to it.
  CHECK(NormalizeNfc("\uAC00\u11A7") == "\uAC00\u11A7");
  CHECK(NormalizeNfc("\u1100\u1161\u11A7\u11A8\u0301\u0323") == "\uAC00\u11A7\u11A8\u0323\u0301");
}

TEST_CASE("text: a run of marks of any length is put in order") {
  // Of falling classes: the most work for code that lets each mark pass those before it, one by
  // one. With this many it would take an hour.
  constexpr int kOfEach = 200'000;
  std::string falling;
  std::string rising;
  const std::string_view marks[] = {"\u0345", "\u0300", "\u0316", "\u0321", "\u0334"};
  for (const std::string_view mark : marks) {
    for (int i = 0; i < kOfEach; ++i) falling += mark;
  }
  for (auto mark = std::rbegin(marks); mark != std::rend(marks); ++mark) {
    for (int i = 0; i < kOfEach; ++i) rising += *mark;
  }
  CHECK((NormalizeNfc("x" + falling) == "x" + rising));
  // A letter that is no mark itself, but two, of classes 129 and 130.
  std::string pairs;
  std::string ordered;
  for (int i = 0; i < kOfEach; ++i) pairs += "\u0F73";
  for (int i = 0; i < kOfEach; ++i) ordered += "\u0F71";
  for (int i = 0; i < kOfEach; ++i) ordered += "\u0F72";
  CHECK((NormalizeNfc("x" + pairs) == "x" + ordered));
}

TEST_CASE("text: normalising makes a text at most four times shorter") {
  std::size_t most = 0;
  for (utf8proc_int32_t c = 0; c < kCodePoints; ++c) {
    if (!utf8proc_codepoint_valid(c)) continue;
    utf8proc_int32_t parts[8];
    most = std::max(most, static_cast<std::size_t>(utf8proc_decompose_char(
                              c, parts, 8, UTF8PROC_DECOMPOSE, /*last_boundclass=*/nullptr)));
  }
  CHECK(most == kMostToOne);
  CHECK(NormalizeNfc("\u03B1\u0313\u0300\u0345") == "\u1F82");
}

TEST_CASE("text: normalising neither makes nor removes control characters and white space") {
  int differing = 0;
  for (utf8proc_int32_t c = 0; c < kCodePoints; ++c) {
    if (!utf8proc_codepoint_valid(c)) continue;
    const std::string text = Encode(c);
    const std::string nfc = NormalizeNfc(text).value();
    if (HasControl(text, false) != HasControl(nfc, false)) ++differing;
    if (HasControl(text, true) != HasControl(nfc, true)) ++differing;
    if (IsBlank(text) != IsBlank(nfc)) ++differing;
  }
  CHECK(differing == 0);
}

TEST_CASE("text: a NUL does not end a text") {
  using namespace std::string_literals;
  CHECK(NormalizeNfc("e\u0301\0e\u0301"s) == "\u00E9\0\u00E9"s);
  CHECK(CountCodePoints("a\0b"s) == 3);
}

TEST_CASE("text: bytes that are not UTF-8 are told apart") {
  const std::string_view bad[] = {"\x80",
                                  "\xC3",
                                  "\xC0\xAF",
                                  "\xE2\x82",
                                  "\xED\xA0\x80",
                                  "\xF5\x80\x80\x80",
                                  "\xF4\x90\x80\x80",
                                  "a\xFF"};
  for (const std::string_view bytes : bad) {
    CHECK(!IsValidUtf8(bytes));
    CHECK(!NormalizeNfc(bytes));
  }
  for (const std::string_view text : {"", "a", "é", "\uFFFF", "\U0010FFFF"}) {
    CHECK(IsValidUtf8(text));
  }
}

TEST_CASE("text: lengths are code points") {
  CHECK(CountCodePoints("") == 0);
  CHECK(CountCodePoints("abc") == 3);
  CHECK(CountCodePoints("é€😀") == 3);
  CHECK(CountCodePoints("e\u0301") == 2);
}

TEST_CASE("text: control characters are category Cc and nothing else") {
  for (std::string_view text :
       {"\x01", "a\x1F", "\r", "\t", "\x7F", "x\u0080", "\u0085", "\u009F"}) {
    CAPTURE(text);
    CHECK(HasControl(text, false));
    CHECK(HasControl(text, true));
  }
  CHECK(HasControl(std::string_view("\0", 1), true));
  CHECK(HasControl("a\nb", false));
  CHECK(!HasControl("a\nb", true));
  CHECK(HasControl("a\n\r", true));
  // The byte C2 begins U+0080 to U+00BF; soft hyphen, zero width joiner, separators are no Cc.
  for (std::string_view text : {"", " ~", "\u00A0", "\u00AD", "\u00BF", "\u200D", "\u2028", "é😀"}) {
    CAPTURE(text);
    CHECK(!HasControl(text, false));
  }
}

TEST_CASE("text: blank means White_Space only") {
  for (std::string_view text : {"", " ", "\n\t\v\f\r ", "\u0085", "\u00A0", "\u1680",
                                "\u2000\u200A", "\u2028\u2029", "\u202F\u205F\u3000"}) {
    CAPTURE(text);
    CHECK(IsBlank(text));
  }
  // Zero width space and its like, the Mongolian vowel separator and Braille blank are none.
  for (std::string_view text : {"a", " a ", "\u200B", "\uFEFF", "\u180E", "\u2800", "\u0001"}) {
    CAPTURE(text);
    CHECK(!IsBlank(text));
  }
}

TEST_CASE("text: the username alphabet is ASCII letters, digits and the underscore") {
  CHECK(IsUsernameAlphabet("azAZ09_"));
  for (std::string_view text : {" ", "-", "é", "a.b", "@", "[", "`", "{", "/", ":"}) {
    CHECK(!IsUsernameAlphabet(text));
  }
}

TEST_CASE("text: only ASCII letters lose their case") {
  CHECK(EqualsIgnoringCase("aZ-9", "Az-9"));
  CHECK(!EqualsIgnoringCase("a", "ab"));
  CHECK(!EqualsIgnoringCase("@", "`"));
  CHECK(!EqualsIgnoringCase("É", "é"));
}

}  // namespace
}  // namespace warble::api
