#include "api/service.h"

#include "tests/support/node.h"
#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>

#include <string>

namespace warble::api {
namespace {

TEST_CASE("service: with another origin allowed, answers to no request name it and no other") {
  const tests::TemporaryDirectory directory;
  tests::Node node(directory.path() / "data");
  ServiceOptions options;
  options.cors_origin = "https://a.example";
  Service open(node.engine(), node.committer(), options);
  Service closed(node.engine(), node.committer(), {});
  for (const Code code : {Code::kBadRequest, Code::kRequestTimeout, Code::kLengthRequired,
                          Code::kUriTooLong, Code::kHeadersTooLarge, Code::kOverloaded}) {
    CAPTURE(Describe(code).code);
    const Response response = open.RefuseHead(code, "detail", {});
    CHECK(response.close);
    CHECK(response.headers.find("Access-Control-Allow-Origin: https://a.example\r\n") !=
          std::string::npos);
    CHECK(response.headers.find("Access-Control-Expose-Headers: ") != std::string::npos);
    CHECK(response.headers.find("Vary: Authorization, Cookie, Origin\r\n") != std::string::npos);
    CHECK(closed.RefuseHead(code, "detail", {}).headers.find("Access-Control") ==
          std::string::npos);
  }
}

}  // namespace
}  // namespace warble::api
