#include "server/web/visit.h"

#include "server/web/html.h"

namespace warble::web {

api::Response HtmlResponse(int status, std::string html) {
  api::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::move(html);
  return response;
}

api::Response LeadTo(int status, std::string location) {
  api::Response response;
  response.status = status;
  response.location = std::move(location);
  return response;
}

api::Response MovedTo(const Visit& visit, std::string_view username) {
  const api::TargetParts target = api::SplitTarget(visit.head.target);
  std::string location = UserAddress(username);
  const std::size_t rest = target.path.find('/', 1);
  if (rest != target.path.npos) location.append(target.path.substr(rest));
  if (!target.query.empty()) location.append("?").append(target.query);
  return LeadTo(308, std::move(location));
}

std::string UserAddress(std::string_view username) { return std::string("/@").append(username); }

std::string TweetAddress(std::string_view username, std::string_view id) {
  return UserAddress(username).append("/").append(id);
}

std::string SignInAddress(std::string_view next) {
  if (next == "/") return "/login";
  return "/login?next=" + api::EncodeQueryValue(next);
}

std::string SafeNext(std::string_view next) {
  constexpr std::size_t kMost = 2048;
  constexpr std::string_view kHome = "/";
  const bool safe = next.size() <= kMost && next.starts_with('/') && IsSafeAddress(next) &&
                    next.find_first_of(" \"<>\x7F") == next.npos;
  if (!safe) return std::string(kHome);
  for (const char c : next) {
    if (static_cast<unsigned char>(c) > 0x7F) return std::string(kHome);
  }
  return std::string(next);
}

}  // namespace warble::web
