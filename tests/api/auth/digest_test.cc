#include "api/auth/digest.h"

#include "tests/support/hex.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace warble::api {
namespace {

using tests::Hex;

const std::string kSecret(32, 's');

}  // namespace

// These are on the disks of others; they were computed by another implementation of BLAKE2b.
TEST_CASE("digest: the bytes that are stored") {
  CHECK(Hex(DigestKey("key-1")) == "fe9cba06b1b826578b75f28224ecf610");
  CHECK(Hex(DigestRequest("POST", "/api/users/alice/tweets", "{}", kSecret)) ==
        "3087fe9c7f016e46ec15704a9c7ba91d");
}

TEST_CASE("digest: method, target, body and secret each count, and where one ends") {
  const std::set<std::string> digests = {
      DigestRequest("ab", "c", "d", kSecret), DigestRequest("a", "bc", "d", kSecret),
      DigestRequest("ab", "cd", "", kSecret), DigestRequest("ab", "", "cd", kSecret),
      DigestRequest("abc", "", "d", kSecret), DigestRequest("ab", "c", "d", std::string(32, 't')),
      DigestRequest("AB", "c", "d", kSecret),
  };
  CHECK(digests.size() == 7);
  CHECK(DigestRequest("ab", "c", "d", kSecret) == DigestRequest("ab", "c", "d", kSecret));
}

}  // namespace warble::api
