#include "server/web/phrases.h"

#include "api/http/body.h"
#include "server/web/code_points.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace warble::web {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

struct Date {
  unsigned day;
  std::string_view month;
  int year;
};

Date DateOf(storage::Timestamp at) {
  const std::chrono::sys_days days(std::chrono::floor<std::chrono::days>(
      std::chrono::milliseconds(static_cast<std::int64_t>(at.ms))));
  const std::chrono::year_month_day date(days);
  return {static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
          static_cast<int>(date.year())};
}

std::size_t LimitOf(std::string_view field) {
  if (field == "username") return api::FieldReader::kUsernameMax;
  if (field == "content") return api::FieldReader::kContentMax;
  if (field == "description") return api::FieldReader::kDescriptionMax;
  if (field == "first_name" || field == "last_name") return api::FieldReader::kNameMax;
  return api::FieldReader::kPasswordMax;
}

}  // namespace

std::string Age(storage::Timestamp at, storage::Timestamp now) {
  constexpr std::uint64_t kMinuteMs = 60'000;
  constexpr std::uint64_t kHourMs = 60 * kMinuteMs;
  constexpr std::uint64_t kDayMs = 24 * kHourMs;
  const std::uint64_t age_ms = now.ms > at.ms ? now.ms - at.ms : 0;
  if (age_ms < kMinuteMs) return "now";
  if (age_ms < kHourMs) return fmt::format("{} min", age_ms / kMinuteMs);
  if (age_ms < kDayMs) return fmt::format("{} h", age_ms / kHourMs);
  if (age_ms < 7 * kDayMs) return fmt::format("{} d", age_ms / kDayMs);
  const Date date = DateOf(at);
  const std::string_view month = date.month.substr(0, 3);
  if (date.year == DateOf(now).year) return fmt::format("{} {}", date.day, month);
  return fmt::format("{} {} {}", date.day, month, date.year);
}

std::string FullTime(storage::Timestamp at) {
  const std::uint64_t minutes = at.ms / 60'000 % (24 * 60);
  return fmt::format("{}, {:02}:{:02} UTC", Day(at), minutes / 60, minutes % 60);
}

std::string Day(storage::Timestamp at) {
  const Date date = DateOf(at);
  return fmt::format("{} {} {}", date.day, date.month, date.year);
}

std::string ShortCount(std::uint64_t count) {
  if (count < 10'000) return ExactCount(count);
  constexpr std::string_view kUnits = "KMBT";
  std::size_t unit = 0;
  std::uint64_t tenths = count / 100;  // of the unit
  while (tenths >= 10'000 && unit + 1 < kUnits.size()) {
    tenths /= 1000;
    ++unit;
  }
  if (tenths % 10 == 0) return fmt::format("{}{}", tenths / 10, kUnits[unit]);
  return fmt::format("{}.{}{}", tenths / 10, tenths % 10, kUnits[unit]);
}

std::string ExactCount(std::uint64_t count) {
  const fmt::format_int digits(count);
  std::string text;
  for (std::size_t place = 0; place < digits.size(); ++place) {
    if (place > 0 && (digits.size() - place) % 3 == 0) text += ',';
    text += digits.data()[place];
  }
  return text;
}

std::string DisplayName(std::string_view first_name, std::string_view last_name,
                        std::string_view username) {
  std::string name(first_name);
  if (!first_name.empty() && !last_name.empty()) name += ' ';
  name += last_name;
  return HasInk(name) ? name : std::string(username);
}

std::string FaultOf(std::string_view field, std::string_view code) {
  if (code == "required") {
    return field == "content" ? "Write something first." : "This is needed.";
  }
  if (code == "blank") return "There must be more in it than blanks.";
  if (code == "too_short") {
    return fmt::format("At least {} characters.", api::FieldReader::kPasswordMin);
  }
  if (code == "too_long") return fmt::format("At most {} characters.", LimitOf(field));
  if (field == "username") return "Only the letters A to Z, digits and underscores.";
  return "There are characters in it that cannot be seen or written.";
}

std::string Wait(unsigned seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  return fmt::format("{} min", (seconds + 59) / 60);
}

}  // namespace warble::web
