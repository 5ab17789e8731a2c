#include "server/response_writer.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <ctime>
#include <string_view>

namespace warble::server {
namespace {

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return {};  // RFC 9112, 4: the phrase may be empty
  }
}

/// Writes to memory that has room enough.
class Writer {
 public:
  explicit Writer(char* to) : to_(to) {}

  void Put(std::string_view text) { to_ += text.copy(to_, text.size()); }
  void Put(std::size_t number) {
    constexpr std::size_t kMaxDigits = 20;
    to_ = std::to_chars(to_, to_ + kMaxDigits, number).ptr;
  }
  const char* end() const { return to_; }

 private:
  char* to_;
};

/// Room for everything of a head but the lines and the type that the response brings along.
constexpr std::size_t kOwnLines = 256;

void PutTwoDigits(char* at, int number) {
  at[0] = static_cast<char>('0' + number / 10);
  at[1] = static_cast<char>('0' + number % 10);
}

/// The line "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" of one second.
class DateLine {
 public:
  /// Of the present second; valid until the next call.
  std::string_view Now() {
    const std::time_t now = std::time(nullptr);
    if (now != second_) Format(now);
    return {text_.data(), text_.size()};
  }

 private:
  void Format(std::time_t now) {
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::tm utc{};
    gmtime_r(&now, &utc);
    char* const text = text_.data();
    kDays.copy(text + 6, 3, static_cast<std::size_t>(utc.tm_wday) * 3);
    PutTwoDigits(text + 11, utc.tm_mday);
    kMonths.copy(text + 14, 3, static_cast<std::size_t>(utc.tm_mon) * 3);
    PutTwoDigits(text + 18, (utc.tm_year + 1900) / 100);
    PutTwoDigits(text + 20, utc.tm_year % 100);
    PutTwoDigits(text + 23, utc.tm_hour);
    PutTwoDigits(text + 26, utc.tm_min);
    PutTwoDigits(text + 29, utc.tm_sec);
    second_ = now;
  }

  std::time_t second_ = -1;
  std::array<char, 37> text_ = {'D', 'a', 't', 'e', ':', ' ', ' ', ' ', ' ', ',',  ' ', ' ', ' ',
                                ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',  ' ', ' ', ':',
                                ' ', ' ', ':', ' ', ' ', ' ', 'G', 'M', 'T', '\r', '\n'};
};

}  // namespace

std::string_view WriteResponse(const api::Response& response, ResponseForm form, std::string& out) {
  thread_local DateLine date_line;

  const bool bodiless = response.status == 204 || response.status == 304;
  const bool sends_body = !bodiless && !form.head_only;
  const std::string_view body = sends_body ? std::string_view(response.body) : std::string_view();
  // Without clear(), so that only what it grows by is filled in vain.
  out.resize(kOwnLines + response.content_type.size() + response.headers.size() + body.size());
  Writer writer(out.data());
  writer.Put("HTTP/1.1 ");
  writer.Put(static_cast<std::size_t>(response.status));
  writer.Put(" ");
  writer.Put(ReasonPhrase(response.status));
  writer.Put("\r\n");
  writer.Put(date_line.Now());
  writer.Put("X-Content-Type-Options: nosniff\r\n");
  if (!response.content_type.empty()) {
    writer.Put("Content-Type: ");
    writer.Put(response.content_type);
    writer.Put("\r\n");
  }
  if (!bodiless) {
    writer.Put("Content-Length: ");
    writer.Put(response.content().size());
    writer.Put("\r\n");
  }
  if (form.close) {
    writer.Put("Connection: close\r\n");
  } else if (form.say_keep_alive) {
    writer.Put("Connection: keep-alive\r\n");
  }
  writer.Put(response.headers);
  writer.Put("\r\n");
  writer.Put(body);
  out.resize(static_cast<std::size_t>(writer.end() - out.data()));
  return sends_body ? response.static_body : std::string_view();
}

}  // namespace warble::server
