#include "server/response_writer.h"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <string_view>

namespace warble::server {
namespace {

/// The bytes without the lines that every response has, and which must be there.
std::string Written(const api::Response& response, ResponseForm form) {
  std::string out = "what was there before";
  CHECK(WriteResponse(response, form, out).empty());
  for (const char* const line : {"Date: ", "X-Content-Type-Options: nosniff\r\n"}) {
    const auto start = out.find(line);
    REQUIRE(start != std::string::npos);
    out.erase(start, out.find("\r\n", start) + 2 - start);
  }
  return out;
}

api::Response Json(int status, std::string body) {
  api::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = "ETag: \"1\"\r\nX-Request-Id: a\r\n";
  response.body = std::move(body);
  return response;
}

}  // namespace

TEST_CASE("response: head and body in one piece") {
  CHECK(Written(Json(201, "{\"a\":1}"), {}) ==
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 7\r\n"
        "ETag: \"1\"\r\nX-Request-Id: a\r\n\r\n{\"a\":1}");
}

TEST_CASE("response: the answer to HEAD has the length of the body but no body") {
  CHECK(Written(Json(200, "12345678901"), {.head_only = true}) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n"
        "ETag: \"1\"\r\nX-Request-Id: a\r\n\r\n");
}

TEST_CASE("response: 204 and 304 have neither length nor body") {
  api::Response response;
  response.status = 204;
  CHECK(Written(response, {}) == "HTTP/1.1 204 No Content\r\n\r\n");
  response.status = 304;
  response.body = "must not be sent";
  response.headers = "ETag: \"1\"\r\n";
  CHECK(Written(response, {}) == "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
}

TEST_CASE("response: an empty body has length 0") {
  api::Response response;
  CHECK(Written(response, {}) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("response: Connection is said only when it is not the version's own way") {
  api::Response response;
  CHECK(Written(response, {.close = true}) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(Written(response, {.say_keep_alive = true}) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(Written(response, {.close = true, .say_keep_alive = true}) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("response: a status without a name has an empty phrase") {
  api::Response response;
  response.status = 299;
  CHECK(Written(response, {}) == "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("response: Date is the present second as HTTP writes it") {
  const auto line_of = [](std::time_t second) {
    std::tm utc{};
    gmtime_r(&second, &utc);
    char text[64];
    std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    return std::string(text);
  };
  const std::time_t before = std::time(nullptr);
  std::string out;
  CHECK(WriteResponse({}, {}, out).empty());
  const std::time_t after = std::time(nullptr);
  bool found = false;
  for (std::time_t second = before; second <= after; ++second) {
    found = found || out.find("\r\n" + line_of(second)) != std::string::npos;
  }
  CAPTURE(out);
  CHECK(found);
}

TEST_CASE("response: a string that is large enough is reused") {
  std::string out;
  out.reserve(1000);
  const char* const bytes = out.data();
  CHECK(WriteResponse(Json(200, std::string(500, 'x')), {}, out).empty());
  CHECK(out.data() == bytes);
}

TEST_CASE("response: a static body is counted in the head, and stays where it is") {
  static constexpr std::string_view kBody = "{\"openapi\":\"3.1.0\"}";
  api::Response response;
  response.content_type = "application/json";
  response.static_body = kBody;
  std::string out;
  const std::string_view behind = WriteResponse(response, {}, out);
  CHECK(behind.data() == kBody.data());
  CHECK(behind.size() == kBody.size());
  CHECK(out.find("Content-Length: 19\r\n") != std::string::npos);
  CHECK(out.ends_with("\r\n\r\n"));

  CHECK(WriteResponse(response, {.head_only = true}, out).empty());
  CHECK(out.find("Content-Length: 19\r\n") != std::string::npos);
  response.status = 304;
  CHECK(WriteResponse(response, {}, out).empty());
}

}  // namespace warble::server
