#include "api/auth/password.h"

#include "tests/support/little_memory.h"

#include <doctest/doctest.h>
#include <sodium.h>

#include <optional>
#include <utility>

namespace warble::api {
namespace {

using Verdict = PasswordWork::Verdict;

std::string HashOf(const std::string& password) {
  PasswordWork work;
  CHECK_FALSE(work.Hash(password));
  REQUIRE(work.pending());
  REQUIRE(work.DoPending());
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
    REQUIRE(work.DoPending());
    CHECK(work.Verify(hash, guess) == (guess == password ? Verdict::kRight : Verdict::kWrong));
  }
}

TEST_CASE("password: a verdict stands for one stored hash only") {
  REQUIRE(sodium_init() >= 0);
  const std::string old_hash = HashOf("old password");
  const std::string new_hash = HashOf("new password");
  PasswordWork work;
  CHECK(work.Verify(old_hash, "old password") == Verdict::kPending);
  REQUIRE(work.DoPending());
  CHECK(work.Verify(old_hash, "old password") == Verdict::kRight);
  CHECK(work.Verify(new_hash, "old password") == Verdict::kPending);
  REQUIRE(work.DoPending());
  CHECK(work.Verify(new_hash, "old password") == Verdict::kWrong);
}

TEST_CASE("password: what a failed evaluation asked for is forgotten, what was done is not") {
  REQUIRE(sodium_init() >= 0);
  const std::string hash = HashOf("right password");
  PasswordWork work;
  CHECK(work.Verify(hash, "right password") == Verdict::kPending);
  REQUIRE(work.DoPending());
  CHECK(work.VerifyNobody("right password") ==
        Verdict::kPending);  // its view did not find the user
  CHECK_FALSE(work.Hash("another"));
  work.ForgetPending();
  CHECK_FALSE(work.pending());
  CHECK(work.Verify(hash, "right password") == Verdict::kRight);
  CHECK_FALSE(work.pending());
}

TEST_CASE("password: without memory there is no verdict, rather than a wrong password") {
  REQUIRE(sodium_init() >= 0);
  PreparePasswords();
  const std::string hash = HashOf("right password");
  std::optional<tests::LittleMemory> little_memory(std::in_place);
  PasswordWork guess;
  const bool asked = guess.Verify(hash, "right password") == Verdict::kPending;
  const bool verified = guess.DoPending();
  PasswordWork registration;
  const bool has_hash = registration.Hash("a password").has_value();
  const bool hashed = registration.DoPending();
  little_memory.reset();
  CHECK(asked);
  CHECK_FALSE(verified);
  CHECK_FALSE(guess.verified());
  CHECK(guess.verify_pending());
  CHECK_FALSE(has_hash);
  CHECK_FALSE(hashed);
  CHECK(guess.DoPending());
  CHECK(guess.verified());
}

TEST_CASE("password: nobody has none, not even the empty one") {
  REQUIRE(sodium_init() >= 0);
  for (const std::string guess : {"", "anything at all"}) {
    PasswordWork work;
    CHECK(work.VerifyNobody(guess) == Verdict::kPending);
    REQUIRE(work.DoPending());
    CHECK(work.VerifyNobody(guess) == Verdict::kWrong);
  }
}

}  // namespace
}  // namespace warble::api
