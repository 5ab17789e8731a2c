#include "api/http/body.h"

#include "api/http/text.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace warble::api {
namespace {

Problem Malformed(std::string detail) {
  return {.code = Code::kMalformedJson, .detail = std::move(detail)};
}

// simdjson takes up to 20 µs for a number of 19 digits or more, so that a body of them would hold
// its loop for 40 ms; strtod takes a third of one.
constexpr std::size_t kQuickNumber = 16;  // characters

// Whether JSON takes all of `token` for a number with a fraction or an exponent, and for a finite
// one. In doubt it is not: then simdjson judges.
bool IsFiniteFraction(const std::string& token) {
  const auto is_digit = [&](std::size_t at) {
    return at < token.size() && token[at] >= '0' && token[at] <= '9';
  };
  if (token.find_first_of(".eE") == std::string::npos) return false;  // 64 bits are its bound
  const std::size_t first = token.front() == '-' ? 1 : 0;
  if (!is_digit(first) || (token[first] == '0' && is_digit(first + 1))) return false;
  const std::size_t point = token.find('.');
  if (point != std::string::npos && !is_digit(point + 1)) return false;
  char* end = nullptr;
  const double value = std::strtod(token.c_str(), &end);
  return end == token.c_str() + token.size() && std::isfinite(value);
}

bool IsNumberCharacter(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

// The position behind the string whose opening quote stands at `at`.
std::size_t SkipString(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at + 1;
}

// The same JSON with a 0 in place of every number that would take long, if there is one. Nothing
// else is lost: no route reads a number, only that it is one must be judged.
std::optional<std::string> WithoutSlowNumbers(std::string_view json) {
  std::optional<std::string> quick;
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      at = SkipString(json, at);
      continue;
    }
    std::size_t end = at;
    while (end < json.size() && IsNumberCharacter(json[end])) ++end;
    if (end - at > kQuickNumber && IsFiniteFraction(std::string(json.substr(at, end - at)))) {
      if (!quick) quick = json;
      quick->replace(at, end - at, end - at, ' ');
      quick->at(at) = '0';
    }
    at = std::max(end, at + 1);
  }
  return quick;
}

}  // namespace

std::variant<Body, Problem> Body::Parse(std::string_view json) {
  if (json.empty()) return Malformed("The body is empty; a JSON object is expected.");
  const std::optional<std::string> quick = WithoutSlowNumbers(json);
  if (quick) json = *quick;
  // One a thread, for its buffers; everything is copied out of it before this function returns.
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.parse(json.data(), json.size()).get(document)) {
    // The one error that says nothing about the body. Of the parser's buffers some were allocated,
    // and by those it judges at its next use that it has them all.
    if (error == simdjson::MEMALLOC) {
      parser = simdjson::dom::parser();
      return OutOfMemory(/*not_executed=*/true);
    }
    return Malformed(fmt::format("The body is not JSON: {}.", simdjson::error_message(error)));
  }
  simdjson::dom::object object;
  if (document.get(object)) return Malformed("The body is not a JSON object.");

  Body body;
  const auto add_text = [&body](std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(body.text_.size());
    body.text_.append(text);
    return std::pair(offset, static_cast<std::uint32_t>(text.size()));
  };
  for (const simdjson::dom::key_value_pair member : object) {
    std::string_view text;
    const bool is_string = !member.value.get(text);
    const auto name = add_text(member.key);
    const auto value = add_text(text);
    body.members_.push_back({name.first, name.second, value.first, value.second, is_string});
  }
  return body;
}

const Body::Member* Body::Find(std::string_view name) const {
  for (const Member& member : members_) {
    if (TextAt(member.name_offset, member.name_size) == name) return &member;
  }
  return nullptr;
}

std::nullopt_t FieldReader::Fail(std::string_view name, std::string_view code, std::string detail) {
  errors_.push_back({std::string(name), code, std::move(detail)});
  return std::nullopt;
}

std::optional<std::string_view> FieldReader::Text(std::string_view name, Presence presence) {
  const Body::Member* member = body_.Find(name);
  if (member != nullptr && !member->is_string) return Fail(name, "invalid", "Must be a string.");
  if (presence == Presence::kRequired && (member == nullptr || member->value_size == 0)) {
    return Fail(name, "required", "Must be given and not be empty.");
  }
  if (member == nullptr) return std::nullopt;
  return body_.TextAt(member->value_offset, member->value_size);
}

std::optional<std::string> FieldReader::Normalized(std::string_view name, Presence presence,
                                                   bool allow_line_feed, std::size_t limit) {
  const std::optional<std::string_view> text = Text(name, presence);
  if (!text) return std::nullopt;
  if (HasControl(*text, allow_line_feed)) {
    return Fail(name, "invalid",
                allow_line_feed ? "Must not hold control characters other than the line feed."
                                : "Must not hold control characters.");
  }
  // The work is bounded before it is done: such a text stays too long in any form.
  if (CountCodePoints(*text) > kMostToOne * limit) return std::string(*text);
  std::optional<std::string> normalized = NormalizeNfc(*text);
  if (!normalized) return Fail(name, "invalid", "Must be valid Unicode.");
  return normalized;
}

std::optional<std::string> FieldReader::Username(std::string_view name, bool required) {
  const auto text = Text(name, required ? Presence::kRequired : Presence::kOptional);
  if (!text) return std::nullopt;
  if (!IsUsernameAlphabet(*text)) {
    return Fail(name, "invalid", "Must consist of the characters A-Z, a-z, 0-9 and _.");
  }
  if (text->empty()) return Fail(name, "too_short", "Must not be empty.");
  if (text->size() > kUsernameMax) {
    return Fail(name, "too_long", fmt::format("Must have at most {} characters.", kUsernameMax));
  }
  return std::string(*text);
}

std::optional<std::string> FieldReader::Name(std::string_view name) {
  return AtMost(name, Normalized(name, Presence::kOptional, false, kNameMax), kNameMax);
}

std::optional<std::string> FieldReader::Description(std::string_view name) {
  return AtMost(name, Normalized(name, Presence::kOptional, true, kDescriptionMax),
                kDescriptionMax);
}

std::optional<std::string> FieldReader::Content(std::string_view name) {
  std::optional<std::string> text = Normalized(name, Presence::kRequired, true, kContentMax);
  if (text && IsBlank(*text)) return Fail(name, "blank", "Must not be only white space.");
  return AtMost(name, std::move(text), kContentMax);
}

std::optional<std::string> FieldReader::AtMost(std::string_view name,
                                               std::optional<std::string> text, std::size_t limit) {
  if (text && CountCodePoints(*text) > limit) {
    return Fail(name, "too_long", fmt::format("Must have at most {} characters.", limit));
  }
  return text;
}

std::optional<std::string> FieldReader::Password(std::string_view name) {
  const std::optional<std::string_view> text = Text(name, Presence::kRequired);
  if (!text) return std::nullopt;
  if (text->size() < kPasswordMin) {
    return Fail(name, "too_short", fmt::format("Must have at least {} bytes.", kPasswordMin));
  }
  if (text->size() > kPasswordMax) {
    return Fail(name, "too_long", fmt::format("Must have at most {} bytes.", kPasswordMax));
  }
  return std::string(*text);
}

std::optional<std::string> FieldReader::PresentText(std::string_view name) {
  const std::optional<std::string_view> text = Text(name, Presence::kRequired);
  if (!text) return std::nullopt;
  return std::string(*text);
}

Problem FieldReader::TakeProblem() {
  return {.code = Code::kInvalidFields,
          .detail = "Some fields of the body are not valid; see errors.",
          .errors = std::exchange(errors_, {})};
}

}  // namespace warble::api
