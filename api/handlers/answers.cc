#include "api/handlers/answers.h"

#include <fmt/format.h>

namespace warble::api {

Response JsonResponse(int status, JsonWriter& json) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json.Take();
  return response;
}

Response NoContent() {
  Response response;
  response.status = 204;
  return response;
}

Response SignedOut(const Call& call) {
  Response response = NoContent();
  SetSessionCookie(response, *call.head, {}, 0);
  return response;
}

void SetSessionCookie(Response& response, const RequestHead& head, std::string_view token,
                      std::uint64_t lifetime_s) {
  response.AddHeader("Set-Cookie",
                     fmt::format("warble_session={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}",
                                 token, lifetime_s, head.secure ? "; Secure" : ""));
}

std::string UserPath(std::string_view username) {
  return std::string("/api/users/").append(username);
}

}  // namespace warble::api
