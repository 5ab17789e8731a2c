#include "api/http/client_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <xxhash.h>

#include <array>
#include <cstring>

namespace warble::api {
namespace {

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address: its /64
constexpr std::size_t kMappedAt = 12;     // where a mapped IPv4 address begins

}  // namespace

std::uint64_t HashClientNetwork(std::string_view address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::string_view without_zone = address.substr(0, address.find('%'));
  in6_addr parsed{};
  if (without_zone.size() < text.size()) {
    std::memcpy(text.data(), without_zone.data(), without_zone.size());
    if (inet_pton(AF_INET6, text.data(), &parsed) == 1) {
      if (!IN6_IS_ADDR_V4MAPPED(&parsed)) return XXH3_64bits(&parsed, kNetworkBytes);
      return XXH3_64bits(&parsed.s6_addr[kMappedAt], sizeof(in_addr));
    }
    in_addr parsed_v4{};
    if (inet_pton(AF_INET, text.data(), &parsed_v4) == 1) {
      return XXH3_64bits(&parsed_v4, sizeof(parsed_v4));
    }
  }
  return XXH3_64bits(address.data(), address.size());
}

}  // namespace warble::api
