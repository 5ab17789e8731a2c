// Query parameters, checked: known ones must be right, unknown ones are ignored.
#pragma once

#include "api/handlers/call.h"
#include "api/http/problems.h"
#include "storage/format/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace warble::api {

/// Reads the known parameters of a request one by one; the first wrong one becomes the problem, and
/// values read after it are meaningless. Also remembers them for a Link to the next page.
class ParameterReader {
 public:
  explicit ParameterReader(const Query& query) : query_(query) {}

  std::optional<std::string_view> Text(std::string_view name);
  bool Boolean(std::string_view name);  ///< absent: false
  std::optional<storage::Timestamp> Time(std::string_view name);
  /// A number of at least 1; one too large for 32 bits is given as the largest.
  std::optional<std::uint32_t> Positive(std::string_view name);

  void Fail(Code code, std::string detail);
  const std::optional<Problem>& problem() const { return problem_; }
  /// Every known parameter that was sent, as sent, but those of the two names; "a=b&c=d".
  std::string RawWithout(std::string_view name, std::string_view other_name) const;

 private:
  const Query& query_;
  std::optional<Problem> problem_;
  std::vector<std::pair<std::string_view, std::string_view>> sent_;  // name, raw value
};

/// The viewer that expand=viewer asks for: the session's user, if there is one.
std::optional<storage::UserId> ReadViewer(const Call& call, ParameterReader& parameters);

}  // namespace warble::api
