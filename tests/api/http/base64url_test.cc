#include "api/http/base64url.h"

#include <doctest/doctest.h>
#include <sodium/utils.h>

#include <random>

namespace warble::api {
namespace {

// What libsodium says of a text that it would have written itself. Some of its versions also take
// bytes from 0x80 on for digits.
std::optional<std::string> Reference(std::string_view text) {
  std::string bytes(text.size() + 1, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  bytes.resize(size);
  if (EncodeBase64Url(bytes) != text) return std::nullopt;
  return bytes;
}

TEST_CASE("base64url: what was encoded is decoded again, of every length") {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CHECK(DecodeBase64Url(EncodeBase64Url(bytes)) == bytes);
  }
}

TEST_CASE("base64url: what was never encoded is refused") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char pair[] = {static_cast<char>(first), static_cast<char>(second)};
      const std::string two(pair, 2);
      for (const std::string& text : {two, "A" + two, "AB" + two, "ABCD" + two, two + "AAA"}) {
        if (DecodeBase64Url(text) == Reference(text)) continue;
        CAPTURE(text);
        FAIL_CHECK("decoded otherwise");
      }
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    CHECK_FALSE(DecodeBase64Url(std::string(1, static_cast<char>(byte))));
  }
}

}  // namespace
}  // namespace warble::api
