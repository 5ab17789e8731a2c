#include "api/password.h"

#include <doctest/doctest.h>
#include <sodium.h>

namespace warble::api {
namespace {

using Verdict = PasswordWork::Verdict;

std::string HashOf(const std::string& password) {
  PasswordWork work;
  CHECK_FALSE(work.Hash(password));
  REQUIRE(work.pending());
  work.DoPending();
  CHECK_FALSE(work.pending());
  const auto hash = work.Hash(password);
  REQUIRE(hash);
  return *hash;
}

TEST_CASE("password: a hash is Argon2id and verifies its own password only") {
  REQUIRE(sodium_init() >= 0);
  const std::string password("correct\0horse", 13);
  const std::string hash = HashOf(password);
  CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  const std::string cut("correct");
  for (const std::string& guess : {password, cut}) {
    PasswordWork work;
    CHECK(work.Verify(hash, guess) == Verdict::kPending);
    CHECK(work.verify_pending());
    work.DoPending();
    CHECK(work.Verify(hash, guess) == (guess == password ? Verdict::kRight : Verdict::kWrong));
  }
}

TEST_CASE("password: a verdict stands for one stored hash only") {
  REQUIRE(sodium_init() >= 0);
  const std::string old_hash = HashOf("old password");
  const std::string new_hash = HashOf("new password");
  PasswordWork work;
  CHECK(work.Verify(old_hash, "old password") == Verdict::kPending);
  work.DoPending();
  CHECK(work.Verify(old_hash, "old password") == Verdict::kRight);
  CHECK(work.Verify(new_hash, "old password") == Verdict::kPending);
  work.DoPending();
  CHECK(work.Verify(new_hash, "old password") == Verdict::kWrong);
}

TEST_CASE("password: nobody has none, not even the empty one") {
  REQUIRE(sodium_init() >= 0);
  for (const std::string guess : {"", "anything at all"}) {
    PasswordWork work;
    CHECK(work.VerifyNobody(guess) == Verdict::kPending);
    work.DoPending();
    CHECK(work.VerifyNobody(guess) == Verdict::kWrong);
  }
}

}  // namespace
}  // namespace warble::api
