// What pages say about times, counts, names and faults, in English.
//
// Times are UTC: where a script runs it puts the reader's own in their place. Pure functions,
// thread-safe.
#pragma once

#include "storage/format/types.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace warble::web {

/// How long ago something was: "now", "4 min", "3 h", "2 d", then "21 Nov", in another year
/// "21 Nov 2025".
std::string Age(storage::Timestamp at, storage::Timestamp now);
/// "27 November 2026, 04:02 UTC".
std::string FullTime(storage::Timestamp at);
/// "2 March 2024".
std::string Day(storage::Timestamp at);

/// "9,999", then cut to "12.3K", "1.2M" and so on.
std::string ShortCount(std::uint64_t count);
/// "12,318".
std::string ExactCount(std::uint64_t count);

/// What somebody is shown as: their names, or the username where those have no ink.
std::string DisplayName(std::string_view first_name, std::string_view last_name,
                        std::string_view username);

/// What is wrong with a field, for the one who filled it in; `field` and `code` are those of the
/// contract's invalid_fields.
std::string FaultOf(std::string_view field, std::string_view code);

/// "12 s", "3 min": how long to wait.
std::string Wait(unsigned seconds);

}  // namespace warble::web
