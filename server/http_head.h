// The head of a request: from raw bytes to a well-formed api::RequestHead, or a refusal.
//
// All of the contract's "Sizes" and "Framing" is decided here. Bytes are looked at in the order in
// which they came, and the first fault decides, so the verdict does not depend on how the bytes
// were cut into packets:
//   - as they arrive: bare CR or LF, obs-fold, a broken request line (400), a target that is too
//     long (414; a request line without end counts as one), too many fields or too long a header
//     section (431);
//   - once the head is whole: its syntax, Host and framing (400), then Transfer-Encoding (411).
//
// Tokens, target and field values are judged by Boost.Beast's parser. It sees no obs-fold, and no
// Content-Length or Transfer-Encoding that it would judge otherwise than the contract does.
//
// A reader belongs to one connection and is used for one head after another; not thread-safe.
#pragma once

#include "api/http/message.h"
#include "api/http/problems.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warble::server {

inline constexpr std::size_t kMaxTargetBytes = 4096;
/// Of the field lines with their CRLF; the empty line after them does not count.
inline constexpr std::size_t kMaxHeaderSectionBytes = 8192;
inline constexpr std::size_t kMaxFields = 64;
/// A longer request line has no sensible method or no end.
inline constexpr std::size_t kMaxRequestLineBytes = kMaxTargetBytes + 256;
/// No head that may still become well-formed is longer: an ignored empty line, the request line,
/// the header section and the empty line at its end.
inline constexpr std::size_t kMaxHeadBytes = 2 + kMaxRequestLineBytes + kMaxHeaderSectionBytes + 2;

/// Why a head was refused.
struct HeadRefusal {
  api::Code code = api::Code::kBadRequest;
  std::string_view detail;  ///< static storage
};

/// What the head says about the connection and the body.
struct Framing {
  std::uint64_t content_length = 0;  ///< 0 without a body; 2^64 - 1 also for everything above
  bool keep_alive = false;           ///< the client is ready for another request
  bool expect_continue = false;      ///< it waits for "100 Continue" before it sends the body
  unsigned minor_version = 1;        ///< of HTTP/1: 0 or 1
};

class HeadReader {
 public:
  enum class Progress { kNeedMore, kComplete, kRefused };

  /// Begins with the next head.
  void Reset();

  /// `received` is everything that came since the head began, and perhaps more after its end. While
  /// the answer is kNeedMore, call again with more bytes; they may have moved in memory.
  Progress Read(std::string_view received);

  /// After kComplete. Views the bytes of `received`; valid until the next Reset(). The connection's
  /// own members (address, surface, secure) are left as they are by default.
  const api::RequestHead& head() const { return head_; }
  const Framing& framing() const { return framing_; }
  /// The number of bytes of the head, an ignored empty line before it included.
  std::size_t size() const { return line_start_; }

  /// After kRefused.
  const HeadRefusal& refusal() const { return refusal_; }

  /// The X-Request-Id of an unfinished or refused head as far as it can be read, else empty.
  std::string_view RequestId(std::string_view received) const;
  /// Whether an unfinished or refused head began as a HEAD request, so that no body may follow.
  bool IsHeadMethod(std::string_view received) const;

 private:
  enum class Step { kGoOn, kNeedMore, kHeadEnded, kRefused };

  Step ScanRequestLine(std::string_view received);
  Step ScanFieldLine(std::string_view received);
  Step Refuse(api::Code code, std::string_view detail);

  bool Parse(std::string_view received);
  bool CheckFramingFields(std::string_view received);
  bool CheckSyntax(std::string_view received);
  bool CheckHost();
  bool CheckTarget();
  std::string_view FieldLine(std::string_view received, std::size_t index) const;

  HeadRefusal refusal_;
  api::RequestHead head_;
  Framing framing_;

  // Offsets into `received`.
  std::size_t request_start_ = 0;  // after an ignored empty line
  std::size_t section_start_ = 0;  // of the field lines; 0 while in the request line
  std::size_t line_start_ = 0;     // of the first line that was not yet scanned
  std::size_t field_count_ = 0;    // complete field lines
  std::array<std::uint16_t, kMaxFields> field_starts_;

  std::array<api::Field, kMaxFields> fields_;
  bool transfer_encoding_ = false;
  // The head with the names of those fields changed that Beast must not interpret; used only for
  // irregular framing.
  std::string masked_;
};

}  // namespace warble::server
