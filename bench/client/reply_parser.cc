#include "bench/client/reply_parser.h"

#include <charconv>

namespace warble::bench {
namespace {

constexpr std::size_t kMaxHeadBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;
constexpr std::string_view kEnd = "\r\n\r\n";

bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != lower[i]) return false;
  }
  return true;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Number>
bool ParseWhole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

/// "HTTP/1.1 200 OK" → 200; 0 when it is anything else than a final status.
int StatusOf(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  int status = 0;
  if (!line.starts_with(kVersion) || line.size() < kVersion.size() + 3) return 0;
  if (!ParseWhole(line.substr(kVersion.size(), 3), status)) return 0;
  if (line.size() > kVersion.size() + 3 && line[kVersion.size() + 3] != ' ') return 0;
  return status >= 200 && status <= 599 ? status : 0;
}

/// Calls visit(name, value) for every field line; false when a line has no name or visit refuses.
template <class Visit>
bool ForEachField(std::string_view lines, Visit visit) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    if (!visit(line.substr(0, colon), Trimmed(line.substr(colon + 1)))) return false;
  }
  return true;
}

/// The field lines of a whole head, each with its CRLF.
std::string_view FieldLinesOf(std::string_view head) {
  const std::size_t first = head.find("\r\n") + 2;
  return head.substr(first, head.size() - first - 2);
}

}  // namespace

std::optional<ReplyHead> ParseReplyHead(std::string_view received) {
  constexpr ReplyHead kMalformed{.malformed = true};
  const std::size_t end = received.substr(0, kMaxHeadBytes).find(kEnd);
  if (end == std::string_view::npos) {
    if (received.size() >= kMaxHeadBytes) return kMalformed;
    return std::nullopt;
  }
  ReplyHead head;
  head.size = end + kEnd.size();
  const std::string_view text = received.substr(0, head.size);
  head.status = StatusOf(text.substr(0, text.find("\r\n")));
  if (head.status == 0) return kMalformed;
  bool has_length = false;
  const bool sound =
      ForEachField(FieldLinesOf(text), [&](std::string_view name, std::string_view value) {
        if (EqualsLower(name, "content-length")) {
          if (has_length) return false;
          has_length = true;
          return ParseWhole(value, head.body_size) && head.body_size <= kMaxBodyBytes;
        }
        if (EqualsLower(name, "connection")) head.keep_alive = !EqualsLower(value, "close");
        return !EqualsLower(name, "transfer-encoding");
      });
  const bool may_lack_length = head.status == 204 || head.status == 304;
  if (!sound || (!has_length && !may_lack_length)) return kMalformed;
  if (may_lack_length) head.body_size = 0;
  return head;
}

std::optional<std::string_view> FieldOf(std::string_view head, std::string_view lower_name) {
  std::optional<std::string_view> found;
  ForEachField(FieldLinesOf(head), [&](std::string_view name, std::string_view value) {
    if (EqualsLower(name, lower_name)) found = value;
    return !found;
  });
  return found;
}

}  // namespace warble::bench
