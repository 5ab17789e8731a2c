// Times as the API writes and reads them: RFC 3339.
//
// Pure functions, thread-safe.
#pragma once

#include "storage/format/types.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

inline constexpr std::size_t kTimeSize = 24;  ///< characters of every time that is written

/// Writes e.g. "2026-11-22T07:48:16.123Z", UTC, to `to`, and returns where it ends. A time after
/// the year 9999, which RFC 3339 cannot say, is written as that year's last millisecond.
char* PutTime(char* to, storage::Timestamp at);
/// Appends the same.
void AppendTime(std::string& out, storage::Timestamp at);

/// The first whole millisecond that is not before the time written, so that comparing stored times
/// with it by ≥ and < is exact. Any offset and any number of fraction digits; "t" and "z" may be
/// lower-case. A leap second (the second 60 before the first of a month, UTC) is the next second; a
/// time before 1970 is 0. Nothing when the text is not a time of RFC 3339.
std::optional<storage::Timestamp> ParseTimeCeil(std::string_view text);

}  // namespace warble::api
