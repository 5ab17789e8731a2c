// The tables of pages and forms, and what a request is for them.
#include "api/routes.h"
#include "server/web/encoding.h"
#include "server/web/forms.h"
#include "server/web/html.h"
#include "server/web/pages.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace warble::web {
namespace {

TEST_CASE("forms: each stands for a route of the API that takes what it sends") {
  for (const Form& form : Forms()) {
    CAPTURE(form.pattern);
    const auto routes = api::Routes();
    // A form's {me} is a route's {u} where the route is about oneself.
    std::string target(form.target);
    if (target.starts_with("/api/users/{me}")) target.replace(11, 4, "{u}");
    const auto route = std::ranges::find_if(routes, [&](const api::Route& candidate) {
      return candidate.pattern == target && candidate.method == form.method;
    });
    REQUIRE(route != routes.end());
    CHECK((route->body == api::BodyKind::kJson) == !form.members.empty());
    CHECK((route->access == api::Access::kAnyone) == !form.signed_in);
    CHECK((form.page != nullptr) == !form.members.empty());
  }
}

TEST_CASE("forms: every write of the API has one") {
  std::set<std::string> covered;
  for (const Form& form : Forms()) {
    std::string target(form.target);
    if (target.starts_with("/api/users/{me}")) target.replace(11, 4, "{u}");
    covered.insert(std::to_string(static_cast<int>(form.method)) + target);
  }
  for (const api::Route& route : api::Routes()) {
    if (route.method == api::Method::kGet) continue;
    CAPTURE(route.pattern);
    CHECK(covered.contains(std::to_string(static_cast<int>(route.method)) +
                           std::string(route.pattern)));
  }
}

TEST_CASE("forms: fields are decoded, and CR LF is one line feed") {
  const FormFields fields("content=a%0D%0Ab+c&empty=&bad=%FF&content=second&cr=a%0Db");
  CHECK(fields.Text("content") == "a\nb c");
  CHECK(fields.Text("cr") == "a\rb");
  CHECK(fields.Has("empty"));
  CHECK(fields.Text("absent").empty());
  CHECK(fields.Bad("bad"));
}

TEST_CASE("pages: patterns match whole paths") {
  const auto match = [](std::string_view pattern, std::string_view path) {
    return MatchPattern(pattern, api::Path::Parse(path).value());
  };
  CHECK(match("/", "/"));
  CHECK(!match("/", "/x"));
  CHECK(match("/@{u}", "/@maya")->user == "maya");
  CHECK(match("/@{u}", "/%40maya")->user == "maya");
  CHECK(!match("/@{u}", "/@"));
  CHECK(!match("/@{u}", "/maya"));
  CHECK(!match("/@{u}", "/@maya/x"));
  CHECK(match("/@{u}/{id}", "/@maya/17")->tweet == "17");
  CHECK(!match("/@{u}/{id}", "/@maya/017"));
  CHECK(!match("/@{u}/{id}", "/@maya/x"));
  CHECK(!match("/@{u}/{id}/delete", "/@maya/17"));
}

TEST_CASE("next: only a path of this origin is led to") {
  for (const std::string_view safe :
       {"/", "/@maya", "/@maya/17?a=b&c=%20#t1", "/people?prefix=a"}) {
    CHECK(SafeNext(safe) == safe);
  }
  for (const std::string_view other :
       {"", "//x", "/\\x", "https://x.example", "https:x", "javascript:x", "x", " /x", "/\tx",
        "/x\r\nSet-Cookie: a=b", "/ü", "/a b", "?x", "#x", "/\"x"}) {
    CAPTURE(other);
    CHECK(SafeNext(other) == "/");
  }
}

TEST_CASE("encoding: a coding is taken by its name or by the wildcard") {
  CHECK(Accepts("gzip", "gzip"));
  CHECK(Accepts("br, GZIP;q=0.1", "gzip"));
  CHECK(Accepts("*", "gzip"));
  CHECK(!Accepts("*, gzip;q=0", "gzip"));
  CHECK(!Accepts("gzip ; q=0.000", "gzip"));
  CHECK(!Accepts("br", "gzip"));
  CHECK(!Accepts("", "gzip"));
  CHECK(!Accepts("gzipped", "gzip"));
}

}  // namespace
}  // namespace warble::web
