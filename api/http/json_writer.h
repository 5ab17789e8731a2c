// JsonWriter: compact JSON, appended piece by piece to one string.
//
// Commas come by themselves. Nesting and the alternation of names and values are the caller's to
// keep: a writer writes what it is told. Texts must be valid UTF-8, which passes through; only what
// JSON demands is escaped (the quote, the backslash and everything below U+0020). Not thread-safe.
#pragma once

#include "storage/format/types.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace warble::api {

/// The name of a member: a literal of printable ASCII without a quote or a backslash, so that it
/// needs no escape. The compiler sees to that.
class JsonName {
 public:
  template <std::size_t kSize>
  consteval JsonName(const char (&literal)[kSize]) : text_(literal, kSize - 1) {
    for (const char c : text_) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') throw "a name that needs an escape";
    }
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class JsonWriter {
 public:
  /// Holds nearly every object of the API.
  static constexpr std::size_t kObjectSize = 512;

  /// `expected`: bytes that will be written, roughly; so that they are allocated once.
  explicit JsonWriter(std::size_t expected = kObjectSize) : out_(expected, '\0') {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }

  /// The name of the member whose value comes next.
  JsonWriter& Name(JsonName name) {
    const std::string_view text = name.text();
    char* to = BeginValue(text.size());
    *to++ = '"';
    std::memcpy(to, text.data(), text.size());
    to += text.size();
    *to++ = '"';
    *to++ = ':';
    End(to);
    comma_due_ = false;
    return *this;
  }

  JsonWriter& String(std::string_view text);
  JsonWriter& Number(std::uint64_t number);
  JsonWriter& Bool(bool value) { return Literal(value ? "true" : "false"); }
  JsonWriter& Null() { return Literal("null"); }

  /// Whole members of an object: a name and its value.
  JsonWriter& Member(JsonName name, std::string_view text) { return Name(name).String(text); }
  JsonWriter& Member(JsonName name, std::uint64_t number) { return Name(name).Number(number); }
  template <std::same_as<bool> T>
  JsonWriter& Member(JsonName name, T value) = delete;  // it would become a number
  JsonWriter& MemberBool(JsonName name, bool value) { return Name(name).Bool(value); }
  /// An id, as the string of its decimal digits.
  JsonWriter& MemberId(JsonName name, std::uint64_t id) { return Name(name).Id(id); }
  /// A time, as a string (api/http/time_format.h).
  JsonWriter& MemberTime(JsonName name, storage::Timestamp at) { return Name(name).Time(at); }

  /// How many bytes were written: behind a name, or at the start, where the next value begins.
  std::size_t size() const { return size_; }
  /// Writes a value once more that stands from `from` to `to`.
  JsonWriter& Repeat(std::size_t from, std::size_t to);

  /// What was written; the writer is then empty again.
  std::string Take() {
    out_.resize(std::exchange(size_, 0));
    comma_due_ = false;
    return std::exchange(out_, {});
  }

 private:
  // A value's comma and quotes, and the colon behind a name.
  static constexpr std::size_t kPunctuation = 4;

  // Where the text goes on, with room for `size` more bytes; End() says where they ended.
  char* Room(std::size_t size) {
    if (out_.size() - size_ < size) Grow(size);
    return out_.data() + size_;
  }
  void End(const char* to) { size_ = static_cast<std::size_t>(to - out_.data()); }
  void Grow(std::size_t size);

  // Room for a value of `size` bytes and its punctuation, behind the comma that is due.
  char* BeginValue(std::size_t size) {
    char* const to = Room(size + kPunctuation);
    *to = ',';
    return to + std::exchange(comma_due_, true);
  }
  char* PutQuoted(char* to, std::string_view text);
  JsonWriter& Id(std::uint64_t id);
  JsonWriter& Time(storage::Timestamp at);
  JsonWriter& Literal(std::string_view text);

  JsonWriter& Open(char bracket) {
    char* const to = BeginValue(1);
    *to = bracket;
    End(to + 1);
    comma_due_ = false;
    return *this;
  }
  JsonWriter& Close(char bracket) {
    char* const to = Room(1);
    *to = bracket;
    End(to + 1);
    comma_due_ = true;
    return *this;
  }

  std::string out_;         // what was written, then room for more
  std::size_t size_ = 0;    // of what was written
  bool comma_due_ = false;  // a value stands before this place in the same object or array
};

}  // namespace warble::api
