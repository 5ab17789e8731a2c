#include "api/text.h"

#include <doctest/doctest.h>

#include <string>

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
