#include "api/auth/token.h"

#include "api/http/base64url.h"
#include "storage/base/check.h"

#include <sodium.h>
#include <boost/endian/conversion.hpp>

namespace warble::api {
namespace {

constexpr unsigned char kVersion = 1;
constexpr std::size_t kUserSize = 5;
constexpr std::size_t kRandomSize = 24;
constexpr std::size_t kTokenSize = 1 + kUserSize + kRandomSize;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

storage::TokenHash HashToken(std::string_view token, std::string_view secret) {
  storage::TokenHash hash;
  const int failed = crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                                        Bytes(token), token.size(), Bytes(secret), secret.size());
  WARBLE_CHECK(failed == 0);
  return hash;
}

}  // namespace

Token MakeToken(storage::UserId user, std::string_view secret) {
  std::string bytes(kTokenSize, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  out[0] = kVersion;
  boost::endian::endian_store<std::uint64_t, kUserSize, boost::endian::order::big>(out + 1,
                                                                                   user.value);
  randombytes_buf(out + 1 + kUserSize, kRandomSize);
  return {user, EncodeBase64Url(bytes), HashToken(bytes, secret)};
}

std::optional<storage::UserId> UserOfToken(std::string_view text) {
  static_assert((1 + kUserSize) % 3 == 0, "they are whole groups of four characters");
  if (text.size() != kTokenSize / 3 * 4) return std::nullopt;
  const std::optional<std::string> bytes = DecodeBase64Url(text.substr(0, (1 + kUserSize) / 3 * 4));
  if (!bytes || Bytes(*bytes)[0] != kVersion) return std::nullopt;
  return storage::UserId{
      boost::endian::endian_load<std::uint64_t, kUserSize, boost::endian::order::big>(
          Bytes(*bytes) + 1)};
}

std::optional<TokenOwner> ParseToken(std::string_view text, std::string_view secret) {
  const std::optional<storage::UserId> user = UserOfToken(text);
  const std::optional<std::string> bytes = user ? DecodeBase64Url(text) : std::nullopt;
  if (!bytes) return std::nullopt;
  return TokenOwner{*user, HashToken(*bytes, secret)};
}

std::optional<TokenOwner> TokenReader::Read(std::string_view text, std::string_view secret) {
  if (!owner_ || text != text_) {
    owner_ = ParseToken(text, secret);
    if (owner_) text_ = text;
  }
  return owner_;
}

}  // namespace warble::api
