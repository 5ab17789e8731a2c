#include "api/auth/credentials.h"

#include <doctest/doctest.h>

#include <vector>

namespace warble::api {
namespace {

RequestHead HeadOf(const std::vector<Field>& fields) {
  RequestHead head;
  head.fields = fields;
  return head;
}

TEST_CASE("credentials: Authorization wins over the cookie, and a bad one is a dead token") {
  struct Case {
    std::vector<Field> fields;
    std::string_view token;
    bool by_cookie;
  };
  const std::vector<Case> cases = {
      {{{"Authorization", "Bearer abc"}}, "abc", false},
      {{{"authorization", "bEARER  abc"}}, "abc", false},
      {{{"Cookie", "a=b; warble_session=xyz"}}, "xyz", true},
      {{{"Cookie", "a=b"}, {"Cookie", "warble_session=xyz"}}, "xyz", true},
      {{{"Cookie", "warble_session=xyz"}, {"Authorization", "Bearer abc"}}, "abc", false},
      {{{"Cookie", "warble_session=xyz"}, {"Authorization", "Basic abc"}}, "", false},
      {{{"Authorization", "Bearer"}}, "", false},
  };
  for (const Case& one : cases) {
    const auto found = FindCredentials(HeadOf(one.fields));
    REQUIRE(found);
    REQUIRE(found->tokens.size() == 1);
    CHECK(found->tokens.front() == one.token);
    CHECK(found->by_cookie == one.by_cookie);
  }
  CHECK_FALSE(FindCredentials(HeadOf({})));
  CHECK_FALSE(FindCredentials(HeadOf({{"Cookie", "warble=1"}})));
}

TEST_CASE("credentials: of several cookies of the name the first few are told, in their order") {
  const auto found =
      FindCredentials(HeadOf({{"Cookie", "warble_session=a; b=c; warble_session=\"d"},
                              {"Cookie", "x=y; warble_session=;warble_session=e"},
                              {"Cookie", "warble_session=one too many"}}));
  REQUIRE(found);
  CHECK(found->by_cookie);
  const std::vector<std::string_view> tokens(found->tokens.begin(), found->tokens.end());
  CHECK(tokens == std::vector<std::string_view>{"a", "\"d", "", "e"});
}

TEST_CASE("credentials: only a browser's word that it is the same origin counts") {
  struct Case {
    std::vector<Field> fields;
    bool same;
  };
  const Field host{"Host", "warble.example:8080"};
  const std::vector<Case> cases = {
      {{host}, false},
      {{host, {"Sec-Fetch-Site", "same-origin"}}, true},
      {{host, {"Sec-Fetch-Site", "none"}}, true},
      {{host, {"Sec-Fetch-Site", "same-site"}}, false},
      {{host, {"Sec-Fetch-Site", "cross-site"}}, false},
      {{host, {"Origin", "http://warble.example:8080"}}, true},
      {{host, {"Origin", "http://WARBLE.example:8080"}}, true},
      {{host, {"Origin", "http://warble.example"}}, false},
      {{host, {"Origin", "http://evil.example"}}, false},
      {{host, {"Origin", "null"}}, false},
      {{{"Origin", "http://warble.example:8080"}}, false},
      // A default port may be named by either and is meant by both.
      {{{"Host", "warble.example:80"}, {"Origin", "http://warble.example"}}, true},
      {{{"Host", "warble.example"}, {"Origin", "http://warble.example:80"}}, true},
      {{{"Host", "[::1]:80"}, {"Origin", "http://[::1]"}}, true},
      {{{"Host", "warble.example:443"}, {"Origin", "http://warble.example"}}, false},
      {{{"Host", "warble.example:8080"}, {"Origin", "http://warble.example:80"}}, false},
      {{{"Host", "warble.example:80"}, {"Origin", "https://warble.example"}}, false},
  };
  for (const Case& one : cases) CHECK(IsSameOrigin(HeadOf(one.fields)) == one.same);
}

}  // namespace
}  // namespace warble::api
