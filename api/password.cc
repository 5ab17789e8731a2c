#include "api/password.h"

#include <sodium.h>

#include <new>

namespace warble::api {
namespace {

// OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane; some 25 ms.
constexpr std::size_t kMemoryBytes = std::size_t{19} << 20;
constexpr unsigned long long kPasses = 2;

std::string HashPassword(const std::string& password) {
  char hash[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(hash, password.data(), password.size(), kPasses, kMemoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();  // the one way it can fail
  }
  return hash;
}

// The hash that stands for every user who does not exist; of no one's password.
const std::string& NobodyHash() {
  static const std::string hash = HashPassword("");
  return hash;
}

}  // namespace

void PreparePasswords() { NobodyHash(); }

PasswordWork::Verdict PasswordWork::Verify(const std::string& stored_hash,
                                           const std::string& password) {
  if (verify_done_ && stored_hash_ == stored_hash) {
    return verified_ ? Verdict::kRight : Verdict::kWrong;
  }
  stored_hash_ = stored_hash;
  password_ = password;
  verify_pending_ = true;
  verify_done_ = false;
  return Verdict::kPending;
}

PasswordWork::Verdict PasswordWork::VerifyNobody(const std::string& password) {
  return Verify({}, password);
}

std::optional<std::string> PasswordWork::Hash(const std::string& password) {
  if (!new_hash_) {
    new_password_ = password;
    hash_pending_ = true;
  }
  return new_hash_;
}

void PasswordWork::DoPending() {
  if (verify_pending_) {
    const bool nobody = stored_hash_.empty();
    const std::string& hash = nobody ? NobodyHash() : stored_hash_;
    const bool right =
        crypto_pwhash_str_verify(hash.c_str(), password_.data(), password_.size()) == 0;
    verified_ = right && !nobody;
    verify_done_ = true;
    verify_pending_ = false;
  }
  if (hash_pending_) {
    new_hash_ = HashPassword(new_password_);
    hash_pending_ = false;
  }
}

}  // namespace warble::api
