#include "api/http/target.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace warble::api {
namespace {

using Segments = std::vector<std::string_view>;

TEST_CASE("target: the path ends at the first question mark") {
  struct Case {
    std::string_view target;
    std::string_view path;
    std::string_view query;
  };
  const Case cases[] = {
      {"/a/b?x=1?y", "/a/b", "x=1?y"},
      {"/a", "/a", ""},
      {"/a?", "/a", ""},
      {"?x", "", "x"},
      {"", "", ""},
      {"*", "*", ""},
      {"http://host:80/a?x=/", "/a", "x=/"},
      {"HTTPS://host/a/b", "/a/b", ""},
      {"http://host", "/", ""},
      {"http://host?x=1", "/", "x=1"},
      {"http://", "/", ""},
      {"ftp://host/a", "ftp://host/a", ""},
      {"/http://host/a", "/http://host/a", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    const TargetParts parts = SplitTarget(c.target);
    CHECK(parts.path == c.path);
    CHECK(parts.query == c.query);
  }
}

TEST_CASE("path: each segment is decoded once") {
  struct Case {
    std::string_view path;
    Segments segments;
  };
  const Case cases[] = {
      {"/", {}},
      {"/api/users", {"api", "users"}},
      {"/%61%70i/users/%61lice", {"api", "users", "alice"}},
      {"/%2561", {"%61"}},
      {"/a+b", {"a+b"}},
      {"/...", {"..."}},
      {"/.a/a.", {".a", "a."}},
      {"/%E2%82%AC%ff", {"\xE2\x82\xAC\xFF"}},
      {"/a%3Fb%20", {"a?b "}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.path);
    const std::optional<Path> path = Path::Parse(c.path);
    REQUIRE(path);
    CHECK(path->segments == c.segments);
  }
}

TEST_CASE("path: what the contract calls unknown in any place is refused") {
  const std::string_view cases[] = {
      "",      "api",       "*",       "//",     "/a/",    "/a//b",     "//a",   "/a/%zz",
      "/a/%4", "/a/%",      "/a%2Fb",  "/a%2fb", "/a%00",  "/a/./b",    "/a/..", "/.",
      "/%2e",  "/a/%2E%2e", "/a/.%2E", "/%2F",   "/a/%00", "/%61%2F/b", "/a/%2", "/%u0061",
  };
  for (const std::string_view path : cases) {
    CAPTURE(path);
    CHECK(!Path::Parse(path));
  }
}

TEST_CASE("query: names and values are decoded, a plus is a space") {
  const Query query("plus=x+y&a=1&b=x+y%2Bz&%63=&d&e=a=b&&=9&a=2&F=%E2%82%AC&g%3Dh=1");
  CHECK(query.Find("a") == "1");
  CHECK(query.Repeated("a"));
  CHECK(query.Find("plus") == "x y");
  CHECK(query.Find("b") == "x y+z");
  CHECK(query.Raw("b") == "x+y%2Bz");
  CHECK(!query.Repeated("b"));
  CHECK(query.Find("c") == "");
  CHECK(query.Find("d") == "");
  CHECK(query.Has("d"));
  CHECK(query.Find("e") == "a=b");
  CHECK(query.Find("F") == "€");
  CHECK(!query.Find("f"));
  CHECK(query.Find("g=h") == "1");
  CHECK(!query.Find(""));
  CHECK(!query.Raw("nothing"));
  CHECK(!query.Has("nothing"));
  CHECK(!query.Repeated("nothing"));
  CHECK(!query.Bad("nothing"));
}

TEST_CASE("query: a value that cannot be decoded is bad, and its parameter alone") {
  for (const std::string_view raw : {"x=1&limit=%zz&y=2", "limit=%4", "limit=%", "limit=%FF",
                                     "limit=a%ED%A0%80", "limit=\x80"}) {
    CAPTURE(raw);
    const Query query(raw);
    CHECK(query.Has("limit"));
    CHECK(query.Bad("limit"));
    CHECK(!query.Find("limit"));
    CHECK(query.Raw("limit"));
    CHECK(!query.Bad("x"));
    CHECK(!query.Bad("y"));
  }
  const Query broken_name("%zz=1&limit=5");
  CHECK(broken_name.Find("limit") == "5");
  CHECK(!broken_name.Bad("limit"));
}

TEST_CASE("query: any number of unknown parameters hides no known one") {
  std::string raw;
  for (int i = 0; i < 500; ++i) raw += "u" + std::to_string(i) + "=1&";
  const Query query(raw + "limit=5");
  CHECK(query.Find("limit") == "5");
}

TEST_CASE("query: what was encoded is decoded again") {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  CHECK(EncodeQueryValue("aZ09-._~") == "aZ09-._~");
  CHECK(EncodeQueryValue("a b+c&d=/?%€") == "a%20b%2Bc%26d%3D%2F%3F%25%E2%82%AC");
  const std::string text = every_byte.substr(0, 128) + "é€😀";
  CHECK(Query("x=" + EncodeQueryValue(text)).Find("x") == text);
  CHECK(Path::Parse("/" + EncodeQueryValue("é b"))->segments == Segments{"é b"});
}

TEST_CASE("decimal: only the canonical form of 0 to 2^63-1") {
  CHECK(ParseDecimal("0") == 0);
  CHECK(ParseDecimal("7") == 7);
  CHECK(ParseDecimal("1234567890") == 1'234'567'890);
  CHECK(ParseDecimal("9223372036854775807") == 9'223'372'036'854'775'807U);
  const std::string_view bad[] = {"",
                                  "00",
                                  "01",
                                  "0123",
                                  "-1",
                                  "+1",
                                  " 1",
                                  "1 ",
                                  "1.0",
                                  "0x1",
                                  "1e3",
                                  "9223372036854775808",
                                  "10000000000000000000",
                                  "18446744073709551617",
                                  "٣"};
  for (const std::string_view text : bad) {
    CAPTURE(text);
    CHECK(!ParseDecimal(text));
  }
}

TEST_CASE("target: what a path begins with does not hang on its spelling") {
  for (const std::string_view path : {"/api/", "/api/users", "/%61pi/users", "/%61%70%69/",
                                      "%2Fapi/", "/api%2fusers/x", "/api/%zz", "/a%70i/%"}) {
    CAPTURE(path);
    CHECK(BeginsWith(path, "/api/"));
  }
  for (const std::string_view path : {"", "/", "/api", "/ap%69", "/API/", "/apis/", "/%2561pi/",
                                      "/ap%/", "/ap%6", "/ap%zz/", "/+pi/", "//api/"}) {
    CAPTURE(path);
    CHECK(!BeginsWith(path, "/api/"));
  }
  CHECK(BeginsWith("/a+i", "/a+i"));
}

}  // namespace
}  // namespace warble::api
