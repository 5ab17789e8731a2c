// The command line of warbled and its environment, as values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace warble::server {

/// Where to listen.
struct Address {
  std::string host;        ///< a name or an IP address, an IPv6 one without its brackets
  std::uint16_t port = 0;  ///< 0: any that is free
  friend bool operator==(const Address&, const Address&) = default;
};

/// "HOST:PORT", an IPv6 address in brackets.
std::string ToString(const Address& address);

struct Config {
  std::filesystem::path data_directory = "data";
  Address listen{"127.0.0.1", 8080};
  std::optional<Address> admin_listen;
  unsigned threads = 1;
  unsigned disk_threads = 8;
  std::size_t block_cache_bytes = std::size_t{512} << 20;
  std::size_t decoded_cache_bytes = std::size_t{256} << 20;
  unsigned rate_limit = 50;  ///< requests a second; 0: off
  bool anonymous_reads = false;
  std::string cors_origin;  ///< empty: none
  std::string log_level = "info";
  bool accept_clock_jump = false;
};

/// The program is to end at once: after --help, --version (exit code 0) or a usage error (2).
struct EarlyExit {
  int code = 0;
  std::string output;  ///< for stdout when the code is 0, else one line for stderr
};

/// The configuration that the arguments and, for what they leave out, the environment ask for, on a
/// machine with so much memory (server/memory.h).
std::variant<Config, EarlyExit> ParseConfig(int argument_count, const char* const* arguments,
                                            std::size_t memory_bytes);

/// "HOST:PORT" with an IPv6 address in brackets; nothing if it is something else.
std::optional<Address> ParseAddress(std::string_view text);
/// A number of bytes with an optional unit KiB, MiB, GiB or TiB; nothing if it is something else.
std::optional<std::size_t> ParseSize(std::string_view text);
/// Whether it is an origin as browsers send it: http or https, a host, and perhaps a port.
bool IsOrigin(std::string_view text);

}  // namespace warble::server
