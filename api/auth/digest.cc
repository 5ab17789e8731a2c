#include "api/auth/digest.h"

#include <sodium.h>
#include <boost/endian/conversion.hpp>

#include <cstddef>
#include <initializer_list>

namespace warble::api {
namespace {

constexpr std::size_t kDigestSize = 16;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Digest(std::initializer_list<std::string_view> parts, std::string_view secret) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, Bytes(secret), secret.size(), kDigestSize);
  for (const std::string_view part : parts) {
    // With its length, so that no two lists of parts are the same bytes.
    unsigned char length[8];
    boost::endian::store_big_u64(length, part.size());
    crypto_generichash_update(&state, length, sizeof(length));
    crypto_generichash_update(&state, Bytes(part), part.size());
  }
  std::string digest(kDigestSize, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()), kDigestSize);
  return digest;
}

}  // namespace

std::string DigestKey(std::string_view idempotency_key) { return Digest({idempotency_key}, {}); }

std::string DigestRequest(std::string_view method, std::string_view target, std::string_view body,
                          std::string_view secret) {
  return Digest({method, target, body}, secret);
}

}  // namespace warble::api
