#include "api/http/target.h"

#include "api/http/text.h"

#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace warble::api {
namespace {

constexpr std::size_t kEscapeSize = 3;  // %zz

// Percent-decodes once; nothing when an escape is broken.
std::optional<std::string> Decode(std::string_view encoded, bool plus_is_space) {
  constexpr std::size_t kNone = std::string_view::npos;
  if (encoded.find('%') == kNone && encoded.find('+') == kNone) return std::string(encoded);
  const auto checked =
      boost::urls::make_pct_string_view(boost::urls::string_view(encoded.data(), encoded.size()));
  if (!checked) return std::nullopt;
  boost::urls::encoding_opts options;
  options.space_as_plus = plus_is_space;
  return checked->decode(options);
}

// Cuts `text` at the first `separator`: returns what stands before it and leaves what stands behind
// it, nothing when there is none.
std::string_view CutAt(std::string_view* text, char separator) {
  const std::size_t end = std::min(text->find(separator), text->size());
  const std::string_view before = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return before;
}

}  // namespace

TargetParts SplitTarget(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with('/')) break;  // the common, origin form
    if (!EqualsIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (target.empty() || target.front() == '?') {
      CutAt(&target, '?');
      return {"/", target};
    }
    break;
  }
  const std::string_view path = CutAt(&target, '?');
  return {path, target};
}

bool BeginsWith(std::string_view path, std::string_view prefix) {
  for (const char expected : prefix) {
    if (path.empty()) return false;
    const std::size_t size = path.front() == '%' ? kEscapeSize : 1;
    const std::optional<std::string> decoded = Decode(path.substr(0, size), false);
    if (!decoded || *decoded != std::string_view(&expected, 1)) return false;
    path.remove_prefix(size);
  }
  return true;
}

std::optional<Path> Path::Parse(std::string_view path) {
  Path parsed;
  if (path.find('%') != std::string_view::npos) {
    // Once decoded, a slash cannot be told from a separator.
    for (const std::string_view slash : {"%2F", "%2f"}) {
      if (path.find(slash) != std::string_view::npos) return std::nullopt;
    }
    const std::optional<std::string> decoded = Decode(path, false);
    if (!decoded) return std::nullopt;
    parsed.decoded_.assign(decoded->begin(), decoded->end());
    path = {parsed.decoded_.data(), parsed.decoded_.size()};
  }
  if (path.empty() || path.front() != '/') return std::nullopt;
  path.remove_prefix(1);
  if (path.empty()) return parsed;
  if (path.back() == '/' || path.find('\0') != std::string_view::npos) return std::nullopt;
  parsed.segments.reserve(8);  // the longest route has 7
  while (!path.empty()) {
    const std::string_view segment = CutAt(&path, '/');
    if (segment.empty() || segment == "." || segment == "..") return std::nullopt;
    parsed.segments.push_back(segment);
  }
  return parsed;
}

Query::Query(std::string_view raw) {
  while (!raw.empty()) {
    std::string_view value = CutAt(&raw, '&');
    std::optional<std::string> name = Decode(CutAt(&value, '='), true);
    if (!name || name->empty()) continue;
    std::optional<std::string> decoded = Decode(value, true);
    const bool bad = !decoded || !IsValidUtf8(*decoded);
    parameters_.push_back({std::move(*name), bad ? "" : std::move(*decoded), value, bad});
  }
}

const Query::Parameter* Query::First(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

std::optional<std::string_view> Query::Find(std::string_view name) const {
  const Parameter* parameter = First(name);
  if (parameter == nullptr || parameter->bad) return std::nullopt;
  return parameter->value;
}

bool Query::Repeated(std::string_view name) const {
  return std::count_if(parameters_.begin(), parameters_.end(),
                       [name](const Parameter& parameter) { return parameter.name == name; }) > 1;
}

bool Query::Bad(std::string_view name) const {
  const Parameter* parameter = First(name);
  return parameter != nullptr && parameter->bad;
}

std::optional<std::string_view> Query::Raw(std::string_view name) const {
  const Parameter* parameter = First(name);
  if (parameter == nullptr) return std::nullopt;
  return parameter->raw;
}

std::string EncodeQueryValue(std::string_view value) {
  return boost::urls::encode(boost::urls::string_view(value.data(), value.size()),
                             boost::urls::unreserved_chars);
}

std::optional<std::uint64_t> ParseDecimal(std::string_view text) {
  constexpr std::uint64_t kMax = (std::uint64_t{1} << 63) - 1;
  constexpr std::size_t kMaxDigits = 19;
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  if (text.front() == '0' && text.size() > 1) return std::nullopt;
  std::uint64_t number = 0;  // 19 digits fit
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (number > kMax) return std::nullopt;
  return number;
}

}  // namespace warble::api
