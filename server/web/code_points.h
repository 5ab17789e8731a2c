// Code points of valid UTF-8, and which of them are seen. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace warble::web {

struct CodePoint {
  char32_t value;
  std::size_t size;  ///< in bytes
};
/// The code point that begins at `at`, which is inside of `utf8`.
CodePoint CodePointAt(std::string_view utf8, std::size_t at);

/// Whether a code point leaves no ink of its own: white space, controls, those that steer the
/// direction of writing, and those that fonts draw as nothing.
bool IsInvisible(char32_t value);

/// Whether any code point can be seen.
bool HasInk(std::string_view utf8);

}  // namespace warble::web
