// The OpenAPI document and the route table: the same routes, the same access.
#include "api/openapi.h"

#include "api/routes.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <map>
#include <set>
#include <string>

namespace warble::api {
namespace {

// OpenAPI takes two templates that differ in a placeholder's name for the same path.
std::string WithoutNames(std::string_view pattern) {
  std::string out;
  bool inside = false;
  for (const char c : pattern) {
    if (c == '{') inside = true;
    if (!inside || c == '{') out += c;
    if (c == '}') {
      inside = false;
      out += c;
    }
  }
  return out;
}

std::string MethodText(Method method) {
  switch (method) {
    case Method::kGet:
      return "get";
    case Method::kPost:
      return "post";
    case Method::kPatch:
      return "patch";
    case Method::kDelete:
      return "delete";
    default:
      return "?";
  }
}

struct Operation {
  bool needs_session;
  bool has_body;
  bool judges_if_match;
};

std::map<std::string, Operation> DocumentedOperations() {
  simdjson::dom::parser parser;
  const simdjson::dom::object document = parser.parse(simdjson::padded_string(OpenApiDocument()));
  std::map<std::string, Operation> operations;
  for (const auto path : document["paths"].get_object()) {
    for (const auto method : path.value.get_object()) {
      static const std::set<std::string_view> kMethods = {"get", "post", "put", "patch", "delete"};
      if (!kMethods.contains(method.key)) continue;
      simdjson::dom::array security;
      const bool open = method.value["security"].get_array().get(security) == simdjson::SUCCESS &&
                        security.size() == 0;
      const bool has_body = method.value["requestBody"].error() == simdjson::SUCCESS;
      const bool judges_if_match = method.value["responses"]["412"].error() == simdjson::SUCCESS;
      operations[std::string(method.key) + " " + WithoutNames(path.key)] = {!open, has_body,
                                                                            judges_if_match};
    }
  }
  return operations;
}

TEST_CASE("openapi: documents every route and no other") {
  const std::map<std::string, Operation> documented = DocumentedOperations();
  std::set<std::string> served;
  for (const Route& route : Routes()) {
    const std::string name = MethodText(route.method) + " " + WithoutNames(route.pattern);
    served.insert(name);
    CAPTURE(name);
    REQUIRE(documented.contains(name));
    CHECK(documented.at(name).needs_session == (route.access != Access::kAnyone));
    CHECK(documented.at(name).has_body == (route.body == BodyKind::kJson));
    CHECK(documented.at(name).judges_if_match ==
          (route.entity_tag && route.method != Method::kGet));
  }
  for (const auto& operation : documented) {
    CAPTURE(operation.first);
    CHECK(served.contains(operation.first));
  }
}

}  // namespace
}  // namespace warble::api
