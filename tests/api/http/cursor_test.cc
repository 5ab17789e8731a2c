#include "api/http/cursor.h"

#include "api/http/base64url.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace warble::api {
namespace {

constexpr std::uint64_t kList = 0x0123'4567'89AB'CDEF;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

TEST_CASE("base64url: it follows RFC 4648, without padding") {
  struct Case {
    std::string_view bytes;
    std::string_view text;
  };
  const Case cases[] = {{"", ""},
                        {"f", "Zg"},
                        {"fo", "Zm8"},
                        {"foo", "Zm9v"},
                        {"foobar", "Zm9vYmFy"},
                        {"\xFB\xFF\xFE", "-__-"}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(EncodeBase64Url(c.bytes) == c.text);
    CHECK(DecodeBase64Url(c.text) == c.bytes);
  }
}

TEST_CASE("base64url: only the canonical text is read") {
  for (const std::string_view text : {"Z", "Zh", "Zm9", "Zg==", "Zg=", "Zm8=", "+//+", "Zm9v\n",
                                      " Zm9v", "Zm 9v", "Zm9vY", "Zm9v.", "é"}) {
    CAPTURE(text);
    CHECK(!DecodeBase64Url(text));
  }
}

TEST_CASE("cursor: its bytes are pinned, since clients keep them for ever") {
  CHECK(EncodeCursor(kList, EncodeTweetPosition({0x1122'3344'5566'7788})) ==
        "AQEjRWcRIjNEVWZ3iNUhm0o");
  CHECK(EncodeCursor(kList, EncodeEdgePosition({{0x0102'0304'0506}, {0x0A0B'0C0D'0E}})) ==
        "AQEjRWcBAgMEBQYKCwwNDhl2_QA");
}

TEST_CASE("cursor: a position of any size comes back") {
  for (std::size_t size = 0; size <= kCursorPositionMax; ++size) {
    const std::string position(size, '\xA5');
    CHECK(DecodeCursor(EncodeCursor(kList, position), kList) == position);
  }
}

TEST_CASE("cursor: any altered, missing or added character is refused") {
  const std::string cursor = EncodeCursor(kList, EncodeTweetPosition({123'456'789}));
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    for (const char c : kAlphabet) {
      if (c == cursor[i]) continue;
      std::string altered = cursor;
      altered[i] = c;
      CHECK(!DecodeCursor(altered, kList));
    }
    CHECK(!DecodeCursor(cursor.substr(0, i), kList));
    CHECK(!DecodeCursor(cursor.substr(i + 1), kList));
  }
  for (const std::string_view end : {"A", "AA", "AAAA", "=", "==", "\n", " "}) {
    CHECK(!DecodeCursor(cursor + std::string(end), kList));
  }
  CHECK(!DecodeCursor("", kList));
  CHECK(!DecodeCursor(std::string(10'000, 'A'), kList));
}

TEST_CASE("cursor: it is refused by every other list, even one whose digest differs in one bit") {
  const std::string cursor = EncodeCursor(kList, "position");
  for (unsigned bit = 0; bit < 64; ++bit) {
    CHECK(!DecodeCursor(cursor, kList ^ (std::uint64_t{1} << bit)));
  }
}

TEST_CASE("cursor: one of another version is refused, though its checksum is right") {
  CHECK(!DecodeCursor("AgEjRWcRIjNEVWZ3iO7BGPY", kList));
}

TEST_CASE("cursor: random bytes are not a cursor") {
  const std::uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (auto i = random() % 26; i > 0; --i) bytes += static_cast<char>(random());
    CHECK(!DecodeCursor(EncodeBase64Url(bytes), kList));
  }
}

TEST_CASE("cursor: positions come back, and no others are taken") {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{1}, storage::TweetId::kMaxValue}) {
    CHECK(DecodeTweetPosition(EncodeTweetPosition({value})) == storage::TweetId{value});
  }
  const storage::EdgePosition edges[] = {
      {{0}, {0}}, {{1'795'333'696'123}, {42}}, {{(1ULL << 48) - 1}, {(1ULL << 40) - 1}}};
  for (const storage::EdgePosition& edge : edges) {
    CHECK(DecodeEdgePosition(EncodeEdgePosition(edge)) == edge);
  }
  CHECK(!DecodeTweetPosition(std::string(8, '\xFF')));
  for (std::size_t size = 0; size <= kCursorPositionMax; ++size) {
    const std::string zeros(size, '\0');
    CHECK(DecodeTweetPosition(zeros).has_value() == (size == 8));
    CHECK(DecodeEdgePosition(zeros).has_value() == (size == 11));
  }
}

}  // namespace
}  // namespace warble::api
