#include "api/http/client_address.h"

#include <doctest/doctest.h>

#include <string_view>

namespace warble::api {
namespace {

TEST_CASE("client address: one network is one client, whatever its form") {
  struct Case {
    std::string_view one;
    std::string_view other;
    bool same;
  };
  const Case cases[] = {
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"::ffff:192.0.2.1", "192.0.2.1", true},
      {"::ffff:c000:201", "192.0.2.1", true},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
      {"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
      {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
      {"2001:DB8:0:1:0:0:0:1", "2001:db8:0:1::9", true},
      {"fe80::1%eth0", "fe80::2", true},
      {"", "192.0.2.1", false},
      {"no address", "no address", true},
      {"no address", "another", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.one);
    CAPTURE(one.other);
    CHECK((HashClientNetwork(one.one) == HashClientNetwork(one.other)) == one.same);
  }
}

}  // namespace
}  // namespace warble::api
