#include "api/auth/password.h"

#include <sodium.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace warble::api {
namespace {

// OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane; some 25 ms.
constexpr std::size_t kMemoryBytes = std::size_t{19} << 20;
constexpr unsigned long long kPasses = 2;

// Fills `bytes` from the base64 at *text, and moves *text behind that.
template <std::size_t kSize>
bool DecodeField(const char** text, std::array<unsigned char, kSize>& bytes) {
  std::size_t size = 0;
  return sodium_base642bin(bytes.data(), kSize, *text, std::strlen(*text), nullptr, &size, text,
                           sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
         size == kSize;
}

// Nothing: there is no memory for it, the one way it can fail.
std::optional<std::string> HashPassword(const std::string& password) {
  char hash[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(hash, password.data(), password.size(), kPasses, kMemoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return std::nullopt;
  }
  return hash;
}

// Nothing: there was no memory to compute it. crypto_pwhash_str_verify() gives the same answer then
// as for a wrong password, so this function computes and compares the hash itself.
std::optional<bool> IsPasswordOf(const std::string& stored_hash, const std::string& password) {
  unsigned memory_kib = 0;
  unsigned passes = 0;
  int end = 0;
  // $argon2id$v=19$m=19456,t=2,p=1$ salt $ hash
  std::sscanf(stored_hash.c_str(), "$argon2id$v=19$m=%u,t=%u,p=1$%n", &memory_kib, &passes, &end);
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt;
  std::array<unsigned char, 32> expected;
  const char* rest = stored_hash.c_str() + end;
  const bool whole = end > 0 && DecodeField(&rest, salt) && *rest++ == '$' &&
                     DecodeField(&rest, expected) && *rest == '\0';
  if (!whole) return false;  // damaged: no password's
  std::array<unsigned char, expected.size()> computed;
  if (crypto_pwhash(computed.data(), computed.size(), password.data(), password.size(), salt.data(),
                    passes, std::size_t{memory_kib} << 10, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return std::nullopt;
  }
  return sodium_memcmp(computed.data(), expected.data(), expected.size()) == 0;
}

std::string HashOfNobody() {
  std::optional<std::string> hash = HashPassword("");
  if (!hash) {
    throw std::runtime_error("there is no memory to hash a password with; that takes 19 MiB");
  }
  return std::move(*hash);
}

// The hash that stands for every unknown user; no user has its password.
const std::string& NobodyHash() {
  static const std::string hash = HashOfNobody();
  return hash;
}

}  // namespace

void PreparePasswords() { NobodyHash(); }

PasswordWork::Verdict PasswordWork::Verify(const std::string& stored_hash,
                                           const std::string& password) {
  if (verified_ && verified_->stored_hash == stored_hash) {
    return verified_->right ? Verdict::kRight : Verdict::kWrong;
  }
  guess_ = {stored_hash, password};
  return Verdict::kPending;
}

PasswordWork::Verdict PasswordWork::VerifyNobody(const std::string& password) {
  return Verify({}, password);
}

std::optional<std::string> PasswordWork::Hash(const std::string& password) {
  if (!new_hash_) to_hash_ = password;
  return new_hash_;
}

void PasswordWork::ForgetPending() {
  guess_.reset();
  to_hash_.reset();
}

bool PasswordWork::DoPending() {
  if (guess_ && !DoVerify()) return false;
  if (to_hash_) {
    new_hash_ = HashPassword(*to_hash_);
    if (!new_hash_) return false;
    to_hash_.reset();
  }
  return true;
}

bool PasswordWork::DoVerify() {
  const bool nobody = guess_->stored_hash.empty();
  const std::string& hash = nobody ? NobodyHash() : guess_->stored_hash;
  const std::optional<bool> right = IsPasswordOf(hash, guess_->password);
  if (!right) return false;
  verified_ = {std::move(guess_->stored_hash), *right && !nobody};
  guess_.reset();
  return true;
}

}  // namespace warble::api
