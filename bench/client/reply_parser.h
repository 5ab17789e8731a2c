// The head of an HTTP/1.1 reply, read strictly, for the load generator. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace warble::bench {

struct ReplyHead {
  bool malformed = false;  ///< then nothing else counts
  int status = 0;
  std::size_t size = 0;  ///< of the head with the empty line that ends it
  std::size_t body_size = 0;
  bool keep_alive = true;
};

/// Nothing while the head is not whole. Heads over 64 KiB, bodies over 64 MiB, another version than
/// HTTP/1.1, any Transfer-Encoding, interim replies, no Content-Length (but with 204 and 304) and a
/// bad or second one are malformed.
std::optional<ReplyHead> ParseReplyHead(std::string_view received);

/// The value of the first field of this name (given in lower case), without surrounding blanks;
/// nothing when there is none. `head` is a Reply's.
std::optional<std::string_view> FieldOf(std::string_view head, std::string_view lower_name);

}  // namespace warble::bench
