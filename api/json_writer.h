// JsonWriter: compact JSON, appended piece by piece to one string.
//
// Commas come by themselves. Nesting and the alternation of names and values are the caller's to
// keep: a writer writes what it is told. Texts must be valid UTF-8, which passes through; only what
// JSON demands is escaped (the quote, the backslash and everything below U+0020). Not thread-safe.
#pragma once

#include "storage/types.h"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace warble::api {

class JsonWriter {
 public:
  JsonWriter() { out_.reserve(kFirstCapacity); }

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }

  /// The name of the member whose value comes next.
  JsonWriter& Name(std::string_view name);

  JsonWriter& String(std::string_view text);
  JsonWriter& Number(std::uint64_t number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();

  /// Whole members of an object: a name and its value.
  JsonWriter& Member(std::string_view name, std::string_view text) {
    return Name(name).String(text);
  }
  JsonWriter& Member(std::string_view name, std::uint64_t number) {
    return Name(name).Number(number);
  }
  template <std::same_as<bool> T>
  JsonWriter& Member(std::string_view name, T value) = delete;  // it would become a number
  JsonWriter& MemberBool(std::string_view name, bool value) { return Name(name).Bool(value); }
  /// An id, as the string of its decimal digits.
  JsonWriter& MemberId(std::string_view name, std::uint64_t id);
  /// A time, as a string (api/time_format.h).
  JsonWriter& MemberTime(std::string_view name, storage::Timestamp at);

  /// What was written; the writer is then empty again.
  std::string Take() {
    comma_due_ = false;
    return std::exchange(out_, {});
  }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void BeforeValue();
  void AppendQuoted(std::string_view text);

  // Holds one object of the API, so that writing it allocates once.
  static constexpr std::size_t kFirstCapacity = 512;

  std::string out_;
  bool comma_due_ = false;  // a value stands before this place in the same object or array
};

}  // namespace warble::api
