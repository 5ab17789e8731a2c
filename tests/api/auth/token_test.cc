#include "api/auth/token.h"

#include "tests/support/hex.h"

#include <doctest/doctest.h>

#include <set>

namespace warble::api {
namespace {

const std::string kSecret(32, 's');
constexpr storage::UserId kUser{0xABCDE12345};

TEST_CASE("token: names its user and has the hash it is stored under") {
  const Token made = MakeToken(kUser, kSecret);
  CHECK(made.text.size() == 40);
  const auto parsed = ParseToken(made.text, kSecret);
  REQUIRE(parsed);
  CHECK(parsed->user == kUser);
  CHECK(parsed->hash == made.hash);
  CHECK(UserOfToken(made.text) == kUser);
}

// These are with clients and on the disks of others; another implementation of BLAKE2b gave them.
TEST_CASE("token: the text of one, and the hash that is stored") {
  // Version 1, the user, and the bytes 0 to 23.
  const auto parsed = ParseToken("AavN4SNFAAECAwQFBgcICQoLDA0ODxAREhMUFRYX", kSecret);
  REQUIRE(parsed);
  CHECK(parsed->user == kUser);
  CHECK(tests::Hex({parsed->hash.data(), parsed->hash.size()}) ==
        "eb4cc18f50d35bca7ac406c442a0554aa94edb1c603f2e7a85b5f651af9ee6f9");
}

TEST_CASE("token: no two are the same, and another secret gives another hash") {
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.insert(MakeToken(kUser, kSecret).text);
  CHECK(texts.size() == 100);
  const Token made = MakeToken(kUser, kSecret);
  CHECK(ParseToken(made.text, std::string(32, 't'))->hash != made.hash);
}

TEST_CASE("token: other texts cannot be tokens") {
  const std::string good = MakeToken(kUser, kSecret).text;
  std::string other_version = good;
  other_version[0] = 'Z';
  for (const std::string& text : {std::string(), std::string("x"), good + "A", good.substr(1),
                                  other_version, std::string(40, '!'), good.substr(0, 39) + "="}) {
    CAPTURE(text);
    CHECK_FALSE(ParseToken(text, kSecret));
  }
  // Whose it would be is read from its beginning alone.
  CHECK(UserOfToken(good.substr(0, 39) + "=") == kUser);
  for (const std::string& text : {std::string(), good + "A", other_version, std::string(40, '!')}) {
    CAPTURE(text);
    CHECK_FALSE(UserOfToken(text));
  }
}

TEST_CASE("token: a reader says of every text what parsing it says") {
  const Token alice = MakeToken(kUser, kSecret);
  const Token bob = MakeToken({7}, kSecret);
  TokenReader reader;
  CHECK_FALSE(reader.Read("", kSecret));
  for (const std::string& text : {alice.text, alice.text, bob.text, std::string("none"), bob.text,
                                  alice.text.substr(0, 39) + "=", alice.text}) {
    CAPTURE(text);
    const auto read = reader.Read(text, kSecret);
    const auto parsed = ParseToken(text, kSecret);
    REQUIRE(read.has_value() == parsed.has_value());
    if (read) {
      CHECK(read->user == parsed->user);
      CHECK(read->hash == parsed->hash);
    }
  }
}

}  // namespace
}  // namespace warble::api
