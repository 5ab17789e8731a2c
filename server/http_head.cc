#include "server/http_head.h"

#include "api/http/text.h"
#include "storage/base/check.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

namespace warble::server {
namespace {

namespace http = boost::beast::http;
using api::EqualsIgnoringCase;

constexpr std::string_view kLineEnding = "\r\n";

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// For every byte whether it is a letter, a digit or one of `symbols`.
constexpr std::array<bool, 256> LettersDigitsAnd(std::string_view symbols) {
  std::array<bool, 256> set{};
  for (unsigned char c = '0'; c <= '9'; ++c) set[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) set[c] = set[c - 'a' + 'A'] = true;
  for (const char c : symbols) set[static_cast<unsigned char>(c)] = true;
  return set;
}

bool IsTokenCharacter(char c) {
  static constexpr auto kSet = LettersDigitsAnd("!#$%&'*+-.^_`|~");
  return kSet[static_cast<unsigned char>(c)];
}

/// The characters of uri-host [ ":" port ] (RFC 3986), without looking at their order.
bool IsHostCharacter(char c) {
  static constexpr auto kSet = LettersDigitsAnd("-._~!$&'()*+,;=%:[]");
  return kSet[static_cast<unsigned char>(c)];
}

std::string_view TrimWhiteSpace(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Whether a CR or LF stands alone in what is seen of a line. A CR as the last byte may still be
/// followed by its LF. Nothing stands after the first LF.
bool HasBareLineEnding(std::string_view seen) {
  const auto carriage_return = seen.find('\r');
  if (seen.ends_with('\n')) return seen.size() < 2 || carriage_return != seen.size() - 2;
  return carriage_return != std::string_view::npos && carriage_return + 1 < seen.size();
}

/// What is seen of the line at `start`: to the end of its LF, or to `end` if that comes first.
std::string_view SeenOfLine(std::string_view received, std::size_t start, std::size_t end) {
  const std::string_view seen = received.substr(start, end - start);
  const auto line_feed = seen.find('\n');
  return line_feed == std::string_view::npos ? seen : seen.substr(0, line_feed + 1);
}

api::Method MethodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return api::Method::kGet;
    case http::verb::head:
      return api::Method::kHead;
    case http::verb::post:
      return api::Method::kPost;
    case http::verb::put:
      return api::Method::kPut;
    case http::verb::patch:
      return api::Method::kPatch;
    case http::verb::delete_:
      return api::Method::kDelete;
    case http::verb::options:
      return api::Method::kOptions;
    default:
      return api::Method::kOther;
  }
}

/// Collects what Beast finds in a whole head, as views into the bytes it was given.
class SyntaxParser final : public http::basic_parser<true> {
 public:
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;

  SyntaxParser(api::RequestHead& head, std::array<api::Field, kMaxFields>& fields)
      : head_(head), fields_(fields) {
    skip(true);
    header_limit(std::numeric_limits<std::uint32_t>::max());  // limits were checked before
  }

  std::size_t field_count() const { return field_count_; }

 private:
  static std::string_view View(string_view text) { return {text.data(), text.size()}; }

  void on_request_impl(http::verb method, string_view method_text, string_view target, int,
                       error_code&) override {
    head_.method = MethodOf(method);
    head_.method_text = View(method_text);
    head_.target = View(target);
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    WARBLE_CHECK(field_count_ < fields_.size());
    fields_[field_count_++] = {View(name), View(value)};
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  api::RequestHead& head_;
  std::array<api::Field, kMaxFields>& fields_;
  std::size_t field_count_ = 0;
};

std::string_view DetailOf(const boost::beast::error_code& error) {
  if (error == http::error::bad_method) return "The method is not a token.";
  if (error == http::error::bad_target) return "The request target holds a forbidden character.";
  if (error == http::error::bad_version) return "The request line is malformed.";
  if (error == http::error::bad_field) return "A field name is malformed.";
  if (error == http::error::bad_value) return "A field value is malformed.";
  return "The request head is malformed.";
}

/// 1*DIGIT as a number, 2^64 - 1 if it is greater; nothing if it is not 1*DIGIT.
std::optional<std::uint64_t> ParseContentLength(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return value;
}

}  // namespace

void HeadReader::Reset() {
  head_ = {};
  framing_ = {};
  request_start_ = section_start_ = line_start_ = field_count_ = 0;
  transfer_encoding_ = false;
}

HeadReader::Progress HeadReader::Read(std::string_view received) {
  Step step = Step::kGoOn;
  while (step == Step::kGoOn) {
    if (line_start_ == received.size()) return Progress::kNeedMore;
    step = section_start_ == 0 ? ScanRequestLine(received) : ScanFieldLine(received);
  }
  if (step == Step::kNeedMore) return Progress::kNeedMore;
  if (step == Step::kHeadEnded && Parse(received)) return Progress::kComplete;
  return Progress::kRefused;
}

HeadReader::Step HeadReader::Refuse(api::Code code, std::string_view detail) {
  refusal_ = {code, detail};
  return Step::kRefused;
}

HeadReader::Step HeadReader::ScanRequestLine(std::string_view received) {
  if (line_start_ == 0 && received.starts_with(kLineEnding)) {
    request_start_ = line_start_ = kLineEnding.size();  // RFC 9112, 2.2: at least one is ignored
    return Step::kGoOn;
  }
  if (line_start_ == 0 && received == "\r") return Step::kNeedMore;
  if (!IsTokenCharacter(received[line_start_])) {
    return Refuse(api::Code::kBadRequest, "The request does not begin with a method.");
  }
  std::string_view line = SeenOfLine(received, line_start_, line_start_ + kMaxRequestLineBytes + 1);
  const auto target = line.find(' ');
  // The first byte that makes the target too long, when there is one; nothing after it counts.
  std::size_t excess = kMaxRequestLineBytes;
  if (target != std::string_view::npos &&
      line.find(' ', target + 1) > target + 1 + kMaxTargetBytes) {
    excess = std::min(excess, target + 1 + kMaxTargetBytes);
  }
  const bool too_long = line.size() > excess;
  if (too_long) line = line.substr(0, excess + 1);
  if (HasBareLineEnding(line)) {
    return Refuse(api::Code::kBadRequest, "A line of the head does not end in CRLF.");
  }
  if (too_long) {
    return Refuse(api::Code::kUriTooLong, "The request target is longer than 4 KiB.");
  }
  if (!line.ends_with('\n')) return Step::kNeedMore;
  line_start_ += line.size();
  section_start_ = line_start_;
  line.remove_suffix(kLineEnding.size());
  if (!line.ends_with(" HTTP/1.1") && !line.ends_with(" HTTP/1.0")) {
    return Refuse(api::Code::kBadRequest,
                  "The request line must be a method, a target and HTTP/1.1 or HTTP/1.0.");
  }
  framing_.minor_version = line.back() == '1' ? 1 : 0;
  return Step::kGoOn;
}

HeadReader::Step HeadReader::ScanFieldLine(std::string_view received) {
  const char first = received[line_start_];
  if (first == ' ' || first == '\t') {
    return Refuse(api::Code::kBadRequest, "A field line begins with white space.");
  }
  const std::size_t limit = section_start_ + kMaxHeaderSectionBytes;
  // The empty line may stand beyond the limit; of any other, one byte beyond it is too many.
  const std::size_t seen_end = first == '\r' ? line_start_ + kLineEnding.size() : limit + 1;
  const std::string_view line = SeenOfLine(received, line_start_, seen_end);
  if (HasBareLineEnding(line)) {
    return Refuse(api::Code::kBadRequest, "A line of the head does not end in CRLF.");
  }
  if (first == '\r') {
    if (line.size() < kLineEnding.size()) return Step::kNeedMore;
    line_start_ += line.size();
    return Step::kHeadEnded;
  }
  if (line_start_ + line.size() > limit) {
    return Refuse(api::Code::kHeadersTooLarge, "The header section is longer than 8 KiB.");
  }
  if (field_count_ == kMaxFields) {
    return Refuse(api::Code::kHeadersTooLarge, "There are more than 64 header fields.");
  }
  if (!line.ends_with('\n')) return Step::kNeedMore;
  field_starts_[field_count_++] = static_cast<std::uint16_t>(line_start_);
  line_start_ += line.size();
  return Step::kGoOn;
}

std::string_view HeadReader::FieldLine(std::string_view received, std::size_t index) const {
  // Only a complete head has an empty line after its last field; before, the next line has begun.
  const std::size_t start = field_starts_[index];
  return received.substr(start, received.find('\r', start) - start);
}

bool HeadReader::Parse(std::string_view received) {
  if (!CheckFramingFields(received) || !CheckSyntax(received) || !CheckHost() || !CheckTarget()) {
    return false;
  }
  if (transfer_encoding_) {
    Refuse(api::Code::kLengthRequired,
           "Transfer-Encoding is not accepted; send the body with a Content-Length.");
    return false;
  }
  head_.has_body = framing_.content_length > 0;
  return true;
}

bool HeadReader::CheckFramingFields(std::string_view received) {
  bool has_content_length = false;
  masked_.clear();
  const auto mask = [&](std::size_t index) {
    if (masked_.empty()) masked_ = received.substr(0, line_start_);
    masked_[field_starts_[index]] = 'X';
  };
  for (std::size_t index = 0; index < field_count_; ++index) {
    const char initial = LowerCase(received[field_starts_[index]]);
    if (initial != 'c' && initial != 't') continue;
    const std::string_view line = FieldLine(received, index);
    const std::string_view name = line.substr(0, line.find(':'));
    if (EqualsIgnoringCase(name, "transfer-encoding")) {
      transfer_encoding_ = true;
      mask(index);
    } else if (EqualsIgnoringCase(name, "content-length") && name.size() < line.size()) {
      const auto length = ParseContentLength(TrimWhiteSpace(line.substr(name.size() + 1)));
      if (has_content_length || !length) {
        Refuse(api::Code::kBadRequest, has_content_length
                                           ? "There is more than one Content-Length."
                                           : "The Content-Length is not a decimal number.");
        return false;
      }
      has_content_length = true;
      framing_.content_length = *length;
      if (*length == std::numeric_limits<std::uint64_t>::max()) mask(index);
    }
  }
  return true;
}

bool HeadReader::CheckSyntax(std::string_view received) {
  const std::string_view text =
      (masked_.empty() ? received : std::string_view(masked_)).substr(0, line_start_);
  SyntaxParser parser(head_, fields_);
  boost::beast::error_code error;
  const std::size_t used = parser.put(
      boost::asio::buffer(text.data() + request_start_, text.size() - request_start_), error);
  if (error) {
    Refuse(api::Code::kBadRequest, DetailOf(error));
    return false;
  }
  WARBLE_CHECK(parser.is_done() && request_start_ + used == line_start_);
  framing_.keep_alive = parser.keep_alive();

  const auto original = [&](std::string_view view) {
    return received.substr(static_cast<std::size_t>(view.data() - text.data()), view.size());
  };
  if (!masked_.empty()) {
    head_.method_text = original(head_.method_text);
    head_.target = original(head_.target);
    for (std::size_t index = 0; index < parser.field_count(); ++index) {
      fields_[index] = {original(fields_[index].name), original(fields_[index].value)};
    }
  }
  head_.fields = {fields_.data(), parser.field_count()};
  return true;
}

bool HeadReader::CheckHost() {
  std::size_t hosts = 0;
  bool valid = true;
  for (const api::Field& field : head_.fields) {
    const char initial = LowerCase(field.name.front());
    if (initial == 'h' && EqualsIgnoringCase(field.name, "host")) {
      ++hosts;
      valid = valid && std::all_of(field.value.begin(), field.value.end(), IsHostCharacter);
    } else if (initial == 'e' && EqualsIgnoringCase(field.name, "expect")) {
      const bool waits = EqualsIgnoringCase(field.value, "100-continue");
      if (waits && framing_.minor_version == 1) framing_.expect_continue = true;
    }
  }
  if (hosts == 1 && valid) return true;
  if (hosts == 0 && framing_.minor_version == 0) return true;
  Refuse(api::Code::kBadRequest, hosts == 0  ? "The Host field is missing."
                                 : hosts > 1 ? "There is more than one Host field."
                                             : "The Host field is malformed.");
  return false;
}

/// An absolute-form target is replaced by its path, and Host by its authority (RFC 9112, 3.2.2).
bool HeadReader::CheckTarget() {
  if (head_.target.starts_with('/')) return true;
  if (head_.target == "*" && head_.method == api::Method::kOptions) return true;
  const auto scheme_end = std::min(head_.target.find("://"), head_.target.size());
  const std::string_view scheme = head_.target.substr(0, scheme_end);
  if (scheme_end == head_.target.size() ||
      (!EqualsIgnoringCase(scheme, "http") && !EqualsIgnoringCase(scheme, "https"))) {
    Refuse(api::Code::kBadRequest, "The request target is neither a path nor an http URL.");
    return false;
  }

  const std::string_view rest = head_.target.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  if (authority.empty() || !std::all_of(authority.begin(), authority.end(), IsHostCharacter)) {
    Refuse(api::Code::kBadRequest, "The request target has no proper authority.");
    return false;
  }
  // "http://host?query" is the root too, where a query means nothing.
  head_.target = rest.substr(authority_end).starts_with('/') ? rest.substr(authority_end) : "/";
  for (api::Field& field : std::span(fields_).first(head_.fields.size())) {
    if (EqualsIgnoringCase(field.name, "host")) field.value = authority;
  }
  return true;
}

std::string_view HeadReader::RequestId(std::string_view received) const {
  for (std::size_t index = 0; index < field_count_; ++index) {
    const std::string_view line = FieldLine(received, index);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos &&
        EqualsIgnoringCase(line.substr(0, colon), "x-request-id")) {
      return TrimWhiteSpace(line.substr(colon + 1));
    }
  }
  return {};
}

bool HeadReader::IsHeadMethod(std::string_view received) const {
  return received.substr(request_start_).starts_with("HEAD ");
}

}  // namespace warble::server
