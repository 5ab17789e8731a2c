#include "api/http/header_fields.h"

#include <doctest/doctest.h>

#include <string_view>

namespace warble::api {
namespace {

TEST_CASE("media: JSON in any case and with parameters") {
  for (const std::string_view type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"a,b;c\"", "application/json ; x=y", "application/json;"}) {
    CAPTURE(type);
    CHECK(IsJsonContentType(type));
  }
  for (const std::string_view type :
       {"", "application", "application/jsonx", "application/problem+json", "text/json",
        "application/json, text/html", "application /json", "json", ";application/json",
        "application/json charset=utf-8", "application/x-www-form-urlencoded"}) {
    CAPTURE(type);
    CHECK(!IsJsonContentType(type));
  }
}

TEST_CASE("media: HTML only for those who prefer it") {
  struct Case {
    std::string_view accept;
    bool html;
  };
  const Case cases[] = {
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},  // browsers
      {"text/html", true},
      {"TEXT/HTML;Q=0.1", true},
      {"text/*", true},
      {"text/html, */*", true},
      {"*/*;q=1, text/html;q=1.000", true},
      {"text/html;level=1;q=0.5, application/json;q=0.4", true},
      {"text/html, application/json;q=0", true},
      {"text/html;q=0.9;x=\"a,b\", application/problem+json;q=0.8", true},
      {"", false},
      {"*/*", false},
      {"text/*, */*", false},
      {"application/json", false},
      {"application/json, text/html", false},
      {"text/html, application/*", false},
      {"text/html;q=0.5, application/json", false},
      {"text/html;q=0.9, */*", false},
      {"text/html;q=0", false},
      {"text/html;q=0, */*;q=0", false},
      {"text/html;q=x", false},
      {"text/html;q=0.8, text/*;q=1, application/problem+json;q=0.8", false},
      {"text/htmlx", false},
      {"text/html;q=0.5, application/problem+json;q=0.6", false},
      {"\"text/html", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.accept);
    CHECK(PrefersHtml(c.accept) == c.html);
  }
}

TEST_CASE("media: If-None-Match compares weakly, over lists") {
  struct Case {
    std::string_view field;
    bool hits;
  };
  const Case cases[] = {
      {"\"abc\"", true},
      {"W/\"abc\"", true},
      {"\"x\", \"abc\"", true},
      {"\"x\",W/\"abc\" ,", true},
      {"*", true},
      {" * ", true},
      {"\"a,b\", \"abc\"", true},
      {"", false},
      {"\"abd\"", false},
      {"abc", false},
      {"\"abc", false},
      {"\"ABC\"", false},
      {"\"*\"", false},
      {"\"x\" \"ab\" \"c\"", false},
      {"\"x, \"abc\"", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    CHECK(IfNoneMatchHits(c.field, "\"abc\"") == c.hits);
    CHECK(IfNoneMatchHits(c.field, "W/\"abc\"") == c.hits);
  }
}

std::optional<std::string_view> FirstCookie(std::string_view field, std::string_view name) {
  return NextCookie(&field, name);
}

TEST_CASE("media: If-Match compares strongly, over lists") {
  struct Case {
    std::string_view field;
    bool holds;
  };
  const Case cases[] = {
      {"\"abc\"", true},
      {"\"x\", \"abc\"", true},
      {"W/\"abc\", \"abc\"", true},
      {"\"W/\", \"abc\"", true},
      {"*", true},
      {" * ", true},
      {"W/\"abc\"", false},
      {"\"x\", W/\"abc\"", false},
      {"", false},
      {"abc", false},
      {"\"abc", false},
      {"\"ABC\"", false},
      {"\"*\"", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    CHECK(IfMatchHolds(c.field, "\"abc\"") == c.holds);
  }
}

TEST_CASE("media: a cookie is found by its exact name, the first of several") {
  constexpr std::string_view kName = "warble_session";
  CHECK(FirstCookie("warble_session=abc", kName) == "abc");
  CHECK(FirstCookie("a=b; warble_session=abc=; c=d", kName) == "abc=");
  CHECK(FirstCookie("a=b;warble_session=abc;warble_session=d", kName) == "abc");
  CHECK(FirstCookie("warble_session=", kName) == "");
  CHECK(FirstCookie(";; warble_session = x ;", kName) == "x");
  for (const std::string_view field :
       {"", "warble_session", "Warble_Session=a", "xwarble_session=a", "warble_sessionx=a",
        "a=warble_session=b", "a=\"; b=c"}) {
    CAPTURE(field);
    CHECK(!FirstCookie(field, kName));
  }
}

}  // namespace
}  // namespace warble::api
