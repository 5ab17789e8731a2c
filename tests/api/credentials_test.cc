#include "api/credentials.h"

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
    CHECK(found->token == one.token);
    CHECK(found->by_cookie == one.by_cookie);
  }
  CHECK_FALSE(FindCredentials(HeadOf({})));
  CHECK_FALSE(FindCredentials(HeadOf({{"Cookie", "warble=1"}})));
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
  };
  for (const Case& one : cases) CHECK(IsSameOrigin(HeadOf(one.fields)) == one.same);
}

}  // namespace
}  // namespace warble::api
