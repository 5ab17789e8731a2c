// Entity tags: made from a representation, and the conditions that requests put on them (RFC 9110,
// 13.1).
#pragma once

#include "api/handlers/call.h"
#include "api/http/message.h"
#include "storage/read_view.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

/// The line of a representation's ETag, and the tag within it.
class EntityTagLine {
 public:
  explicit EntityTagLine(std::string_view representation);
  std::string_view line() const { return {line_.data(), line_.size()}; }
  std::string_view tag() const { return line().substr(kTagStart, kTagSize); }  ///< with its quotes

 private:
  static constexpr std::size_t kTagStart = 6;
  static constexpr std::size_t kTagSize = 18;
  std::array<char, 26> line_ = {'E', 'T', 'a', 'g', ':', ' ', '"', ' ', ' ', ' ', ' ', ' ',  ' ',
                                ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', '"', '\r', '\n'};
};

/// What a write asks of the thing that it changes: If-Match and If-None-Match. Owns its texts.
class Preconditions {
 public:
  explicit Preconditions(const RequestHead& head)
      : match_(head.FindList("If-Match")), none_match_(head.FindList("If-None-Match")) {}

  /// Whether they hold for the tweet that a path names, or else its user, as the plain GET gives
  /// it.
  bool Hold(const Subjects& subjects, storage::PointReader& reader) const;

 private:
  std::optional<std::string> match_;
  std::optional<std::string> none_match_;
};

}  // namespace warble::api
