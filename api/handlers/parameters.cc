#include "api/handlers/parameters.h"

#include "api/http/time_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace warble::api {

std::optional<std::string_view> ParameterReader::Text(std::string_view name) {
  if (!query_.Has(name)) return std::nullopt;
  if (query_.Repeated(name)) {
    Fail(Code::kInvalidParameter, fmt::format("The parameter '{}' is given twice.", name));
    return std::nullopt;
  }
  if (query_.Bad(name)) {
    Fail(Code::kInvalidParameter,
         fmt::format("The parameter '{}' is not percent-encoded UTF-8.", name));
    return std::nullopt;
  }
  sent_.emplace_back(name, query_.Raw(name).value_or(std::string_view()));
  return query_.Find(name);
}

bool ParameterReader::Boolean(std::string_view name) {
  const auto text = Text(name);
  if (!text) return false;
  if (*text != "true" && *text != "false") {
    Fail(Code::kInvalidParameter, fmt::format("The parameter '{}' must be true or false.", name));
  }
  return *text == "true";
}

std::optional<storage::Timestamp> ParameterReader::Time(std::string_view name) {
  const auto text = Text(name);
  if (!text) return std::nullopt;
  const auto time = ParseTimeCeil(*text);
  if (!time) {
    Fail(Code::kInvalidParameter,
         fmt::format("The parameter '{}' must be an RFC 3339 time such as "
                     "2026-11-22T07:48:16.123Z (a '+' must be sent as %2B).",
                     name));
  }
  return time;
}

std::optional<std::uint32_t> ParameterReader::Positive(std::string_view name) {
  const auto text = Text(name);
  if (!text) return std::nullopt;
  const bool digits = !text->empty() && text->find_first_not_of("0123456789") == text->npos;
  if (!digits || text->front() == '0') {
    Fail(Code::kInvalidParameter,
         fmt::format("The parameter '{}' must be a whole number from 1.", name));
    return std::nullopt;
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t number = ParseDecimal(*text).value_or(kMax);
  return static_cast<std::uint32_t>(std::min(number, kMax));
}

void ParameterReader::Fail(Code code, std::string detail) {
  if (!problem_) problem_ = Problem{code, std::move(detail)};
}

std::string ParameterReader::RawWithout(std::string_view name, std::string_view other_name) const {
  std::string raw;
  for (const auto& [sent_name, value] : sent_) {
    if (sent_name == name || sent_name == other_name) continue;
    if (!raw.empty()) raw += '&';
    raw.append(sent_name).append("=").append(value);
  }
  return raw;
}

std::optional<storage::UserId> ReadViewer(const Call& call, ParameterReader& parameters) {
  const auto expand = parameters.Text("expand");
  if (!expand) return std::nullopt;
  if (*expand != "viewer") {
    parameters.Fail(Code::kInvalidParameter, "The parameter 'expand' must be viewer.");
    return std::nullopt;
  }
  if (!call.session) return std::nullopt;
  return call.session->user;
}

}  // namespace warble::api
