// Session tokens: made, read and hashed.
//
// A token is base64url of: version (1 byte, 1) · the user's id (5, big-endian) · 24 random bytes.
// It names its user, so any node knows where to ask. The server stores only its hash: BLAKE2b-256
// keyed with the data directory's secret. Thread-safe.
#pragma once

#include "storage/format/types.h"

#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

struct Token {
  storage::UserId user;
  std::string text;  ///< what the client holds
  storage::TokenHash hash;
};

/// The meaning of a token that a client sent.
struct TokenOwner {
  storage::UserId user;
  storage::TokenHash hash;
};

/// A new random token.
Token MakeToken(storage::UserId user, std::string_view secret);
/// The owner of a text that a client sent; nothing if it cannot be a token. The session may be over
/// all the same.
std::optional<TokenOwner> ParseToken(std::string_view text, std::string_view secret);

/// Whose token a text is if it is one, told from its beginning alone; nothing when that shows that
/// it cannot be one.
std::optional<storage::UserId> UserOfToken(std::string_view text);

/// Reads the tokens of one connection and remembers the last: a client's next request mostly
/// carries the same one, and hashing it is a tenth of a small request. Belongs to one thread.
class TokenReader {
 public:
  /// As ParseToken(), with the same secret every time.
  std::optional<TokenOwner> Read(std::string_view text, std::string_view secret);

 private:
  std::string text_;
  std::optional<TokenOwner> owner_;  // of text_
};

}  // namespace warble::api
