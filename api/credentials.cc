#include "api/credentials.h"

#include "api/media.h"
#include "api/text.h"

namespace warble::api {

std::optional<Credentials> FindCredentials(const RequestHead& head) {
  constexpr std::string_view kScheme = "Bearer ";
  if (const auto authorization = head.Find("Authorization")) {
    if (authorization->size() < kScheme.size() ||
        !EqualsIgnoringCase(authorization->substr(0, kScheme.size()), kScheme)) {
      return Credentials{{}, false};
    }
    std::string_view token = authorization->substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    return Credentials{token, false};
  }
  for (const Field& field : head.fields) {
    if (!EqualsIgnoringCase(field.name, "Cookie")) continue;
    if (const auto token = FindCookie(field.value, "warble_session")) {
      return Credentials{*token, true};
    }
  }
  return std::nullopt;
}

bool IsSameOrigin(const RequestHead& head) {
  const auto site = head.Find("Sec-Fetch-Site");
  if (site && (*site == "same-origin" || *site == "none")) return true;
  const auto origin = head.Find("Origin");
  const auto host = head.Find("Host");
  if (!origin || !host) return false;
  const std::string_view scheme = head.secure ? "https://" : "http://";
  if (origin->starts_with(scheme)) {
    return EqualsIgnoringCase(origin->substr(scheme.size()), *host);
  }
  return false;
}

}  // namespace warble::api
