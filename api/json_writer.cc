#include "api/json_writer.h"

#include "api/time_format.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
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

constexpr std::uint64_t EveryByte(std::uint64_t byte) { return byte * 0x0101'0101'0101'0101; }

// The size of the longest prefix of whole words of 8 bytes in which no byte needs an escape. The
// tests for a byte below n and for a zero byte within a word are those of Anderson's "Bit Twiddling
// Hacks".
std::size_t PlainPrefix(std::string_view text) {
  std::size_t size = 0;
  for (; size + 8 <= text.size(); size += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + size, 8);
    const std::uint64_t quotes = word ^ EveryByte('"');
    const std::uint64_t backslashes = word ^ EveryByte('\\');
    const std::uint64_t found = ((word - EveryByte(0x20)) & ~word) |
                                ((quotes - EveryByte(1)) & ~quotes) |
                                ((backslashes - EveryByte(1)) & ~backslashes);
    if ((found & EveryByte(0x80)) != 0) break;
  }
  return size;
}

}  // namespace

JsonWriter& JsonWriter::Open(char bracket) {
  BeforeValue();
  out_ += bracket;
  comma_due_ = false;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  out_ += bracket;
  comma_due_ = true;
  return *this;
}

void JsonWriter::BeforeValue() {
  if (comma_due_) out_ += ',';
  comma_due_ = true;
}

JsonWriter& JsonWriter::Name(std::string_view name) {
  BeforeValue();
  AppendQuoted(name);
  out_ += ':';
  comma_due_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  BeforeValue();
  AppendQuoted(text);
  return *this;
}

JsonWriter& JsonWriter::Number(std::uint64_t number) {
  BeforeValue();
  const fmt::format_int digits(number);
  out_.append(digits.data(), digits.size());
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  BeforeValue();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::Null() {
  BeforeValue();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::MemberId(std::string_view name, std::uint64_t id) {
  Name(name);
  const fmt::format_int digits(id);
  out_ += '"';
  out_.append(digits.data(), digits.size());
  out_ += '"';
  comma_due_ = true;
  return *this;
}

JsonWriter& JsonWriter::MemberTime(std::string_view name, storage::Timestamp at) {
  Name(name);
  out_ += '"';
  AppendTime(out_, at);
  out_ += '"';
  comma_due_ = true;
  return *this;
}

void JsonWriter::AppendQuoted(std::string_view text) {
  out_ += '"';
  std::size_t run_start = 0;
  for (std::size_t i = PlainPrefix(text); i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out_.append(text.data() + run_start, i - run_start);
    run_start = i + 1;
    out_ += '\\';
    out_ += escape;
    if (escape == 'u') {
      constexpr std::string_view kHex = "0123456789abcdef";
      out_ += "00";
      out_ += kHex[byte >> 4];
      out_ += kHex[byte & 15];
    }
  }
  out_.append(text.data() + run_start, text.size() - run_start);
  out_ += '"';
}

}  // namespace warble::api
