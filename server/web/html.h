// HtmlWriter: HTML, appended piece by piece to one string, and the one place that escapes.
//
// What is ours is a literal and passes as it stands; the compiler sees that it is one. What anybody
// else wrote goes through Text(), Attribute() or Address(), which leave nothing in it that HTML
// would take for more than a text, a value or an address. Texts are valid UTF-8. Not thread-safe.
#pragma once

#include "server/web/assets.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace warble::web {

/// Text that stands in the program.
class Literal {
 public:
  template <std::size_t kSize>
  consteval Literal(const char (&text)[kSize]) : text_(text, kSize - 1) {}
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class HtmlWriter {
 public:
  /// `expected`: bytes that will be written, roughly; so that they are allocated once.
  explicit HtmlWriter(std::size_t expected = 4096) { out_.reserve(expected); }

  /// Markup of ours.
  HtmlWriter& Markup(Literal markup) { return Append(markup.text()); }
  /// Markup that was made at build time.
  HtmlWriter& Markup(const Asset& asset) { return Append(asset.bytes); }

  /// Characters between tags.
  HtmlWriter& Text(std::string_view text);
  HtmlWriter& Number(std::uint64_t number);

  /// ` name="value"`.
  HtmlWriter& Attribute(Literal name, std::string_view value);
  HtmlWriter& Attribute(Literal name, std::uint64_t value);

  /// ` name="address"` of a link or a form. An address is a path of this origin, a query, a
  /// fragment, or http(s); any other becomes "/". Bytes that no address holds are percent-encoded.
  HtmlWriter& Address(Literal name, std::string_view address);

  /// What was written; the writer is then empty.
  std::string Take() { return std::exchange(out_, {}); }

 private:
  HtmlWriter& Append(std::string_view text) {
    out_.append(text);
    return *this;
  }

  std::string out_;
};

/// Whether an address may be led to: see HtmlWriter::Address().
bool IsSafeAddress(std::string_view address);

}  // namespace warble::web
