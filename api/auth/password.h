// Passwords: Argon2id by libsodium, and the slow work that a decision needs of it.
//
// A decision (see handlers.h) is a quick function that is evaluated more than once, but hashing
// takes tens of milliseconds. So a decision *asks* its PasswordWork; the first answer is "pending",
// and the decision ends without a write. Then the runner does the pending work on the password pool
// and evaluates the decision again. An answer holds for one stored hash only: if that has changed
// meanwhile, the decision asks anew.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

/// Makes the hash that stands for every unknown user, so that the first sign-in by an unknown name
/// takes no longer than the next. Once, before any PasswordWork; slow. Throws std::runtime_error
/// where there is no memory for it.
void PreparePasswords();

class PasswordWork {
 public:
  enum class Verdict { kRight, kWrong, kPending };

  /// Whether `password` is the one behind `stored_hash`.
  Verdict Verify(const std::string& stored_hash, const std::string& password);
  /// The same work for an unknown user, so that it takes the same time: never kRight.
  Verdict VerifyNobody(const std::string& password);
  /// A new hash of `password`, or nothing while pending.
  std::optional<std::string> Hash(const std::string& password);

  bool pending() const { return guess_ || to_hash_; }
  /// Whether a guess at a password waits; the sign-in limit counts guesses.
  bool verify_pending() const { return guess_.has_value(); }
  /// The verdict of the last verification that was done.
  bool verified() const { return verified_ && verified_->right; }
  /// Does what is pending; slow. False: there was no memory for it, and it is pending still.
  bool DoPending();
  /// Drops the work that an evaluation left pending: the next evaluation asks for what it needs.
  /// Finished work stays.
  void ForgetPending();

 private:
  struct Guess {
    std::string stored_hash;  // empty: an unknown user's
    std::string password;
  };
  struct Verified {
    std::string stored_hash;
    bool right;
  };
  bool DoVerify();

  std::optional<Guess> guess_;
  std::optional<Verified> verified_;
  std::optional<std::string> to_hash_;
  std::optional<std::string> new_hash_;
};

}  // namespace warble::api
