// Plain HTTP messages, as the API sees them: no library's types, no connection.
//
// A RequestHead views bytes that its connection owns and keeps until the response was written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warble::api {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
/// The method as it is sent, e.g. "GET"; empty for kOther.
std::string_view NameOf(Method method);

struct Field {
  std::string_view name;
  std::string_view value;  ///< without white space around it
};

/// Which of the server's listeners a request came in by.
enum class Surface { kPublic, kAdmin };

/// A well-formed request head: framing, sizes and syntax have been checked by the server.
struct RequestHead {
  Method method = Method::kGet;
  std::string_view method_text;  ///< as sent
  std::string_view target;       ///< as sent
  std::span<const Field> fields;
  std::string_view client_address;  ///< the peer's IP address, without its port
  Surface surface = Surface::kPublic;
  bool secure = false;    ///< came over TLS
  bool has_body = false;  ///< a Content-Length above 0 was sent
  bool counted = false;   ///< part of a request that the rate limit has counted already

  /// The first field of that name (any case), or nothing.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// Whether there are several fields of that name.
  bool Repeats(std::string_view name) const;
  /// All fields of that name as one list (RFC 9110, 5.3), or nothing. For fields that are lists.
  std::optional<std::string> FindList(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type;  ///< static storage; empty: no Content-Type
  std::string headers;            ///< whole further field lines, each ending in CRLF
  std::string location;           ///< empty: no Location
  std::string body;
  /// Bytes in static storage, in place of `body`, which is then empty; sent without being copied.
  std::string_view static_body;
  bool close = false;  ///< close the connection after this response

  /// The body, whichever it is.
  std::string_view content() const { return static_body.empty() ? body : static_body; }
  void RemoveContent();

  /// Adds a field line. The value must not hold CR or LF.
  void AddHeader(std::string_view name, std::string_view value);
  /// Adds whole lines, each with its CRLF.
  void AddLines(std::string_view lines);
};

}  // namespace warble::api
