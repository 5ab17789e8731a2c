#include "api/http/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace warble::api {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::int64_t kMsPerMinute = 60 * kMsPerSecond;
constexpr std::int64_t kMsPerHour = 60 * kMsPerMinute;
constexpr std::int64_t kMsPerDay = 24 * kMsPerHour;
constexpr std::uint64_t kLastMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

// Writes a number below 100 as two digits.
void PutTwoDigits(char* to, unsigned value) {
  to[0] = static_cast<char>('0' + value / 10);
  to[1] = static_cast<char>('0' + value % 10);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes a text apart from its front; each step says whether it succeeded.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Number(std::size_t digits, std::int64_t max, std::int64_t* value) {
    if (rest_.size() < digits) return false;
    *value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!IsDigit(rest_[i])) return false;
      *value = *value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return *value <= max;
  }

  bool Character(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // An optional fraction of a second, as milliseconds rounded up (so up to 1000).
  bool FractionCeil(std::int64_t* ms) {
    *ms = 0;
    if (!Character('.')) return true;
    std::size_t digits = 0;
    bool remainder = false;
    for (std::int64_t unit = 100; !rest_.empty() && IsDigit(rest_.front()); unit /= 10, ++digits) {
      *ms += unit * (rest_.front() - '0');
      remainder = remainder || (unit == 0 && rest_.front() != '0');
      rest_.remove_prefix(1);
    }
    if (remainder) ++*ms;
    return digits > 0;
  }

  // "Z" or an offset from UTC, in milliseconds.
  bool Offset(std::int64_t* ms) {
    *ms = 0;
    if (Character('Z') || Character('z')) return true;
    const bool west = Character('-');
    if (!west && !Character('+')) return false;
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (!Number(2, 23, &hours) || !Character(':') || !Number(2, 59, &minutes)) return false;
    *ms = (hours * kMsPerHour + minutes * kMsPerMinute) * (west ? -1 : 1);
    return true;
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Whether a time is the midnight that begins a month.
bool IsMonthStart(std::int64_t ms) {
  return ms % kMsPerDay == 0 && year_month_day(sys_days(days(ms / kMsPerDay))).day() == day(1);
}

}  // namespace

char* PutTime(char* to, storage::Timestamp at) {
  const std::uint64_t ms = std::min(at.ms, kLastMs);
  const year_month_day date(sys_days(days(ms / kMsPerDay)));
  const auto in_year = static_cast<unsigned>(static_cast<int>(date.year()));
  const auto in_day = static_cast<unsigned>(ms % kMsPerDay);
  const unsigned seconds = in_day / kMsPerSecond;
  const unsigned fraction = in_day % kMsPerSecond;
  std::memcpy(to, "0000-00-00T00:00:00.000Z", kTimeSize);
  PutTwoDigits(to, in_year / 100);
  PutTwoDigits(to + 2, in_year % 100);
  PutTwoDigits(to + 5, static_cast<unsigned>(date.month()));
  PutTwoDigits(to + 8, static_cast<unsigned>(date.day()));
  PutTwoDigits(to + 11, seconds / 3600);
  PutTwoDigits(to + 14, seconds / 60 % 60);
  PutTwoDigits(to + 17, seconds % 60);
  to[20] = static_cast<char>('0' + fraction / 100);
  PutTwoDigits(to + 21, fraction % 100);
  return to + kTimeSize;
}

void AppendTime(std::string& out, storage::Timestamp at) {
  std::array<char, kTimeSize> text;
  PutTime(text.data(), at);
  out.append(text.data(), text.size());
}

std::optional<storage::Timestamp> ParseTimeCeil(std::string_view text) {
  Reader reader(text);
  std::int64_t y = 0, m = 0, d = 0, hour = 0, minute = 0, second = 0, fraction_ms = 0;
  std::int64_t offset_ms = 0;
  if (!reader.Number(4, 9999, &y) || !reader.Character('-') || !reader.Number(2, 12, &m) ||
      !reader.Character('-') || !reader.Number(2, 31, &d)) {
    return std::nullopt;
  }
  if (!reader.Character('T') && !reader.Character('t')) return std::nullopt;
  if (!reader.Number(2, 23, &hour) || !reader.Character(':') || !reader.Number(2, 59, &minute) ||
      !reader.Character(':') || !reader.Number(2, 60, &second)) {
    return std::nullopt;
  }
  if (!reader.FractionCeil(&fraction_ms) || !reader.Offset(&offset_ms) || !reader.AtEnd()) {
    return std::nullopt;
  }
  const year_month_day date(year(static_cast<int>(y)), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d)));
  if (!date.ok()) return std::nullopt;
  const std::int64_t second_ms = sys_days(date).time_since_epoch().count() * kMsPerDay +
                                 hour * kMsPerHour + minute * kMsPerMinute + second * kMsPerSecond -
                                 offset_ms;
  if (second == 60 && !IsMonthStart(second_ms)) return std::nullopt;
  return storage::Timestamp{
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, second_ms + fraction_ms))};
}

}  // namespace warble::api
