// Bytes as text, for golden tests.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace warble::tests {

inline std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

/// As Hex, from groups with spaces between them.
inline std::string Packed(std::string_view groups) {
  std::string text(groups);
  std::erase(text, ' ');
  return text;
}

}  // namespace warble::tests
