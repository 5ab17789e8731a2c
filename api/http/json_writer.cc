#include "api/http/json_writer.h"

#include "api/http/time_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace warble::api {
namespace {

// For every byte: 0 when it stands for itself in a JSON string, 'u' when it is written as \u00XX,
// else the character behind the backslash.
constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();

constexpr std::size_t kNumberSize = 20;  // digits of the greatest number

constexpr std::uint64_t EveryByte(std::uint64_t byte) { return byte * 0x0101'0101'0101'0101; }

// Whether a byte of the word needs an escape. The tests for a byte below n and for a zero byte
// within a word are those of Anderson's "Bit Twiddling Hacks"; no byte sought has its high bit set.
bool NeedsEscape(std::uint64_t word) {
  const std::uint64_t found = (word - EveryByte(0x20)) | ((word ^ EveryByte('"')) - EveryByte(1)) |
                              ((word ^ EveryByte('\\')) - EveryByte(1));
  return (found & ~word & EveryByte(0x80)) != 0;
}

// Copies the text up to the first byte that needs an escape; returns where that is in the text.
std::size_t PutPlain(char* to, std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t word = 0;
  std::size_t size = 0;
  const auto copy_word = [&](std::size_t at) {
    std::memcpy(&word, text.data() + at, kWord);
    if (NeedsEscape(word)) return false;
    std::memcpy(to + at, &word, kWord);
    return true;
  };
  while (size + kWord <= text.size() && copy_word(size)) size += kWord;
  // The last word may overlap the one before it.
  const std::size_t left = text.size() - size;
  if (left < kWord && size > 0 && copy_word(text.size() - kWord)) return text.size();
  for (; size < text.size() && kEscapes[static_cast<unsigned char>(text[size])] == 0; ++size) {
    to[size] = text[size];
  }
  return size;
}

constexpr std::size_t kLongestEscape = 6;

// Writes the text, of which every byte may need an escape; returns where it ends.
char* PutEscaped(char* to, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const char escape = kEscapes[byte];
    if (escape == 0) {
      *to++ = c;
      continue;
    }
    *to++ = '\\';
    *to++ = escape;
    if (escape == 'u') {
      constexpr std::string_view kHex = "0123456789abcdef";
      *to++ = '0';
      *to++ = '0';
      *to++ = kHex[byte >> 4];
      *to++ = kHex[byte & 15];
    }
  }
  return to;
}

char* PutNumber(char* to, std::uint64_t number) {
  const fmt::format_int digits(number);
  std::memcpy(to, digits.data(), digits.size());
  return to + digits.size();
}

}  // namespace

void JsonWriter::Grow(std::size_t size) { out_.resize(std::max(2 * out_.size(), size_ + size)); }

char* JsonWriter::PutQuoted(char* to, std::string_view text) {
  *to++ = '"';
  const std::size_t plain = PutPlain(to, text);
  to += plain;
  if (plain < text.size()) {
    const std::string_view rest = text.substr(plain);
    End(to);
    to = PutEscaped(Room(rest.size() * kLongestEscape + kPunctuation), rest);
  }
  *to++ = '"';
  return to;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  End(PutQuoted(BeginValue(text.size()), text));
  return *this;
}

JsonWriter& JsonWriter::Number(std::uint64_t number) {
  End(PutNumber(BeginValue(kNumberSize), number));
  return *this;
}

JsonWriter& JsonWriter::Repeat(std::size_t from, std::size_t to) {
  const std::size_t size = to - from;
  char* const place = BeginValue(size);
  std::memcpy(place, out_.data() + from, size);
  End(place + size);
  return *this;
}

JsonWriter& JsonWriter::Literal(std::string_view text) {
  char* to = BeginValue(text.size());
  std::memcpy(to, text.data(), text.size());
  End(to + text.size());
  return *this;
}

JsonWriter& JsonWriter::Id(std::uint64_t id) {
  char* to = BeginValue(kNumberSize);
  *to++ = '"';
  to = PutNumber(to, id);
  *to++ = '"';
  End(to);
  return *this;
}

JsonWriter& JsonWriter::Time(storage::Timestamp at) {
  char* to = BeginValue(kTimeSize);
  *to++ = '"';
  to = PutTime(to, at);
  *to++ = '"';
  End(to);
  return *this;
}

}  // namespace warble::api
