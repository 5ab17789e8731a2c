// What stands for the hash of a session's token where no token was made.
#pragma once

#include "storage/format/types.h"

#include <string_view>

namespace warble::tests {

/// The first 32 bytes of a text; NULs behind a shorter one.
inline storage::TokenHash TokenHashOf(std::string_view text) {
  storage::TokenHash hash{};
  text.copy(hash.data(), hash.size());
  return hash;
}

}  // namespace warble::tests
