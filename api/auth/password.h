// Passwords: Argon2id by libsodium, and the slow work that a decision needs of it.
//
// A decision (see handlers.h) is a quick function that is evaluated more than once, but hashing
// takes tens of milliseconds. So a decision *asks* its PasswordWork; the first time the answer is
// "pending", the decision gives up having written nothing, whoever evaluates it does the pending
// work on the password pool, and evaluates it again. An answer stands for one stored hash only:
// when that changed meanwhile, it is asked for anew.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

/// Makes the hash that stands for everyone who does not exist, so that the first sign-in of an
/// unknown name takes no longer than the next. Once, before any PasswordWork; slow. Throws
/// std::runtime_error where there is no memory for it.
void PreparePasswords();

class PasswordWork {
 public:
  enum class Verdict { kRight, kWrong, kPending };

  /// Whether `password` is the one behind `stored_hash`.
  Verdict Verify(const std::string& stored_hash, const std::string& password);
  /// The same work for a user who does not exist, so that it takes the same time: never kRight.
  Verdict VerifyNobody(const std::string& password);
  /// A new hash of `password`, or nothing while pending.
  std::optional<std::string> Hash(const std::string& password);

  bool pending() const { return guess_ || to_hash_; }
  /// Whether a guess at a password waits: those are counted against the sign-in limit.
  bool verify_pending() const { return guess_.has_value(); }
  /// The verdict of the last verification that was done.
  bool verified() const { return verified_ && verified_->right; }
  /// Does what is pending; slow. False: there was no memory for it, and it is pending still.
  bool DoPending();
  /// What an evaluation left pending is nobody's: the next one asks for what it needs. What was
  /// done stays done.
  void ForgetPending();

 private:
  struct Guess {
    std::string stored_hash;  // empty: nobody's
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
