#include "api/auth/credentials.h"

#include "api/http/header_fields.h"
#include "api/http/text.h"

namespace warble::api {

std::optional<Credentials> FindCredentials(const RequestHead& head) {
  constexpr std::string_view kScheme = "Bearer ";
  if (const auto authorization = head.Find("Authorization")) {
    if (authorization->size() < kScheme.size() ||
        !EqualsIgnoringCase(authorization->substr(0, kScheme.size()), kScheme)) {
      return Credentials{{std::string_view()}, false};
    }
    std::string_view token = authorization->substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    return Credentials{{token}, false};
  }
  Credentials credentials{{}, true};
  for (const Field& field : head.fields) {
    if (!EqualsIgnoringCase(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (credentials.tokens.size() < Credentials::kMaxTokens) {
      const auto token = NextCookie(&rest, "warble_session");
      if (!token) break;
      credentials.tokens.push_back(*token);
    }
  }
  if (credentials.tokens.empty()) return std::nullopt;
  return credentials;
}

namespace {

// "a:80" of http and "a:443" of https are "a".
std::string_view WithoutDefaultPort(std::string_view host, bool secure) {
  const std::string_view port = secure ? ":443" : ":80";
  return host.ends_with(port) ? host.substr(0, host.size() - port.size()) : host;
}

}  // namespace

bool IsSameOrigin(const RequestHead& head) {
  const auto site = head.Find("Sec-Fetch-Site");
  if (site && (*site == "same-origin" || *site == "none")) return true;
  const auto origin = head.Find("Origin");
  const auto host = head.Find("Host");
  if (!origin || !host) return false;
  const std::string_view scheme = head.secure ? "https://" : "http://";
  if (origin->starts_with(scheme)) {
    return EqualsIgnoringCase(WithoutDefaultPort(origin->substr(scheme.size()), head.secure),
                              WithoutDefaultPort(*host, head.secure));
  }
  return false;
}

}  // namespace warble::api
