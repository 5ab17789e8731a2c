#include "api/answers.h"

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

std::string UserPath(std::string_view username) {
  return std::string("/api/users/").append(username);
}

}  // namespace warble::api
