#include "api/http/base64url.h"

#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace warble::api {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xFF;  // no place has these bits

// The place of every byte in the alphabet.
constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t place = 0; place < kAlphabet.size(); ++place) {
    digits[static_cast<unsigned char>(kAlphabet[place])] = static_cast<std::uint8_t>(place);
  }
  return digits;
}();

unsigned Digit(char c) { return kDigits[static_cast<unsigned char>(c)]; }

}  // namespace

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');  // with a final NUL
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  text.pop_back();
  return text;
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  const std::size_t whole = text.size() / 4 * 4;
  const std::size_t left = text.size() - whole;  // characters of the last, shorter group
  if (left == 1) return std::nullopt;
  std::string bytes(whole / 4 * 3 + (left == 0 ? 0 : left - 1), '\0');
  char* out = bytes.data();
  unsigned seen = 0;  // every digit ORed together: above 63 if one was none
  for (std::size_t i = 0; i < whole; i += 4, out += 3) {
    const unsigned a = Digit(text[i]), b = Digit(text[i + 1]);
    const unsigned c = Digit(text[i + 2]), d = Digit(text[i + 3]);
    seen |= a | b | c | d;
    out[0] = static_cast<char>(a << 2 | b >> 4);
    out[1] = static_cast<char>(b << 4 | c >> 2);
    out[2] = static_cast<char>(c << 6 | d);
  }
  if (left > 0) {
    const unsigned a = Digit(text[whole]), b = Digit(text[whole + 1]);
    const unsigned c = left == 3 ? Digit(text[whole + 2]) : 0;
    seen |= a | b | c;
    out[0] = static_cast<char>(a << 2 | b >> 4);
    if (left == 3) out[1] = static_cast<char>(b << 4 | c >> 2);
    // Bits of the last character that belong to no byte must be zero.
    if ((left == 3 ? c & 3 : b & 15) != 0) return std::nullopt;
  }
  if (seen >= kAlphabet.size()) return std::nullopt;
  return bytes;
}

}  // namespace warble::api
