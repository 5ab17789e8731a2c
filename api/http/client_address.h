// The key under which a limit counts an address: one for each client, as far as an address tells
// clients apart.
//
// A pure function, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace warble::api {

/// A hash of the network that an IP address in text form stands for: an IPv4 address itself, also
/// where it is mapped into IPv6, and of an IPv6 address its /64, all of which one client usually
/// has. A text that is no address is hashed as it stands.
std::uint64_t HashClientNetwork(std::string_view address);

}  // namespace warble::api
