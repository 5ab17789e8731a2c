// Request bodies: a JSON object, and the checked texts that handlers read from it.
//
// The only code that knows simdjson. A Body owns its texts, so it may live across a suspension of
// its coroutine. Body and FieldReader belong to one thread at a time.
#pragma once

#include "api/http/problems.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warble::api {

/// The members of a JSON object; of a duplicated one the first.
class Body {
 public:
  /// A Problem kMalformedJson unless `json` is exactly one JSON object that the contract accepts:
  /// valid UTF-8, no lone surrogate, every integer within 64 bits, every other number finite. Where
  /// memory is too short to tell, kUnavailable.
  static std::variant<Body, Problem> Parse(std::string_view json);

  Body() = default;  ///< without members

  bool Has(std::string_view name) const { return Find(name) != nullptr; }

 private:
  friend class FieldReader;
  struct Member {
    std::uint32_t name_offset;  // into text_
    std::uint32_t name_size;
    std::uint32_t value_offset;
    std::uint32_t value_size;
    bool is_string;  // else the value was anything else, and its place is empty
  };
  const Member* Find(std::string_view name) const;
  std::string_view TextAt(std::uint32_t offset, std::uint32_t size) const {
    return std::string_view(text_).substr(offset, size);
  }

  std::string text_;  // names and string values, one after the other
  std::vector<Member> members_;
};

/// Reads fields by the rules of the contract and collects what is wrong with them, in the order in
/// which they are read. Every reader gives nothing for a field that is absent or was found wrong.
class FieldReader {
 public:
  /// `body` must outlive the reader.
  explicit FieldReader(const Body& body) : body_(body) {}

  static constexpr std::size_t kUsernameMax = 30;      ///< characters
  static constexpr std::size_t kNameMax = 50;          ///< code points
  static constexpr std::size_t kDescriptionMax = 160;  ///< code points
  static constexpr std::size_t kContentMax = 140;      ///< code points
  static constexpr std::size_t kPasswordMin = 8;       ///< bytes
  static constexpr std::size_t kPasswordMax = 256;     ///< bytes

  bool Has(std::string_view name) const { return body_.Has(name); }

  /// 1 to 30 of the username alphabet.
  std::optional<std::string> Username(std::string_view name, bool required);
  /// An optional first or last name, in NFC; empty is allowed.
  std::optional<std::string> Name(std::string_view name);
  /// An optional description, in NFC; empty is allowed.
  std::optional<std::string> Description(std::string_view name);
  /// The required text of a tweet, in NFC.
  std::optional<std::string> Content(std::string_view name);
  /// A required new password; its bytes as sent.
  std::optional<std::string> Password(std::string_view name);
  /// A required text that is only compared with something stored: any text that is not empty.
  std::optional<std::string> PresentText(std::string_view name);

  bool ok() const { return errors_.empty(); }
  const std::vector<FieldError>& errors() const { return errors_; }
  /// The problem kInvalidFields with all errors; only when !ok(). The reader's errors move there.
  Problem TakeProblem();

 private:
  enum class Presence { kOptional, kRequired };
  std::optional<std::string_view> Text(std::string_view name, Presence presence);
  std::optional<std::string> Normalized(std::string_view name, Presence presence,
                                        bool allow_line_feed, std::size_t limit);
  std::optional<std::string> AtMost(std::string_view name, std::optional<std::string> text,
                                    std::size_t limit);
  std::nullopt_t Fail(std::string_view name, std::string_view code, std::string detail);

  const Body& body_;
  std::vector<FieldError> errors_;
};

}  // namespace warble::api
