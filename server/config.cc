#include "server/config.h"

#include "api/service.h"
#include "server/build_info.h"
#include "storage/engine/engine.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace warble::server {
namespace {

constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kMinBlockCacheBytes = std::size_t{1} << 20;

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

bool IsHostName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

std::string VersionText() {
  return fmt::format("warbled {} (commit {}, data format {}, RocksDB {})", kVersion, kGitCommit,
                     storage::kFormatVersion, storage::Engine::RocksDbVersion());
}

/// Shows of an option its name and what it takes; its default stands in the description.
class OptionFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 ? "" : " " + option->get_type_name();
  }
};

/// Adds one option at a time, each with its environment variable, its default and its meaning.
class OptionAdder {
 public:
  explicit OptionAdder(CLI::App& app) : app_(app) {}

  /// `accept` takes the text and returns what was wrong with it, empty if nothing was.
  void Add(const std::string& name, const std::string& value, const std::string& shown_default,
           const std::string& meaning, std::function<std::string(const std::string&)> accept) {
    CLI::Option* const option = app_.add_option_function<std::string>(
        "--" + name,
        [name, accept = std::move(accept)](const std::string& text) {
          const std::string wrong = accept(text);
          if (!wrong.empty()) {
            throw CLI::ValidationError(fmt::format("--{} {}: {}", name, text, wrong),
                                       CLI::ExitCodes::ValidationError);
          }
        },
        fmt::format("{} [{}]", meaning, shown_default));
    option->type_name(value)->envname(EnvironmentName(name));
  }

  void AddFlag(const std::string& name, const std::string& meaning, bool& variable) {
    app_.add_flag("--" + name, variable, meaning)->envname(EnvironmentName(name));
  }

 private:
  static std::string EnvironmentName(const std::string& name) {
    std::string variable = "WARBLE_";
    for (const char c : name) {
      variable += c == '-' ? '_' : static_cast<char>(c - ('a' - 'A'));
    }
    return variable;
  }

  CLI::App& app_;
};

std::function<std::string(const std::string&)> IntoThreads(unsigned& threads) {
  return [&threads](const std::string& text) -> std::string {
    const auto number = ParseNumber<unsigned>(text);
    if (!number || *number < 1 || *number > kMaxThreads) {
      return fmt::format("give a number from 1 to {}", kMaxThreads);
    }
    threads = *number;
    return {};
  };
}

void AddNetworkOptions(OptionAdder& options, Config& config) {
  options.Add("listen", "HOST:PORT", ToString(config.listen),
              "Where clients connect. Port 0 takes any free port.", [&](const std::string& text) {
                const auto address = ParseAddress(text);
                if (address) config.listen = *address;
                return address ? "" : "give HOST:PORT, e.g. 127.0.0.1:8080 or [::1]:8080";
              });
  options.Add("admin-listen", "HOST:PORT", "off",
              "Where metrics are served. Keep it away from the public.",
              [&](const std::string& text) {
                config.admin_listen = ParseAddress(text);
                return config.admin_listen ? "" : "give HOST:PORT, e.g. 127.0.0.1:9090";
              });
  options.Add("threads", "N", "one a core", "Event loops that serve connections.",
              IntoThreads(config.threads));
  options.Add("rate-limit", "off|N", std::to_string(config.rate_limit),
              "Requests a second that a user, or an address without a session, may make.",
              [&](const std::string& text) -> std::string {
                const auto number = ParseNumber<unsigned>(text);
                if (text != "off" && (!number || *number == 0 || *number > api::kMaxRateLimit)) {
                  return fmt::format("give a number from 1 to {}, or off", api::kMaxRateLimit);
                }
                config.rate_limit = number.value_or(0);
                return {};
              });
  options.AddFlag("anonymous-reads", "Let anyone read users and tweets without a session.",
                  config.anonymous_reads);
  options.Add("cors-origin", "ORIGIN", "none",
              "A web origin whose pages may call the API, e.g. https://app.example.org.",
              [&](const std::string& text) {
                if (IsOrigin(text)) config.cors_origin = text;
                return IsOrigin(text) ? ""
                                      : "give scheme://host or scheme://host:port, in lower "
                                        "case, without a path";
              });
}

void AddStorageOptions(OptionAdder& options, Config& config) {
  options.Add("data", "DIR", "./data", "The data directory; made if it is not there.",
              [&](const std::string& text) {
                config.data_directory = text;
                return text.empty() ? "give a directory" : "";
              });
  options.Add("disk-threads", "N", std::to_string(config.disk_threads),
              "Threads for reads that must wait for the disk.", IntoThreads(config.disk_threads));
  options.Add("block-cache", "SIZE", "512MiB", "Memory for the database's blocks, e.g. 2GiB.",
              [&](const std::string& text) {
                const auto size = ParseSize(text);
                if (!size || *size < kMinBlockCacheBytes) {
                  return "give at least 1MiB, in bytes or with KiB, MiB or GiB";
                }
                config.block_cache_bytes = *size;
                return "";
              });
  options.Add("decoded-cache", "SIZE", "256MiB",
              "Memory for rows and lists that are read over and over; 0 for none.",
              [&](const std::string& text) {
                const auto size = ParseSize(text);
                if (!size) return "give a size in bytes or with KiB, MiB or GiB";
                config.decoded_cache_bytes = *size;
                return "";
              });
  options.AddFlag("accept-clock-jump",
                  "Start although the system clock is far behind the times already stored.",
                  config.accept_clock_jump);
}

void AddLogOption(OptionAdder& options, Config& config) {
  options.Add("log-level", "LEVEL", config.log_level,
              "The least that is logged: trace, debug, info, warn, error or off.",
              [&](const std::string& text) {
                constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                                     "warn",  "error", "off"};
                if (std::find(kLevels.begin(), kLevels.end(), text) == kLevels.end()) {
                  return "give trace, debug, info, warn, error or off";
                }
                config.log_level = text;
                return "";
              });
}

void RefuseTooLargeCaches(const Config& config, std::size_t memory_bytes) {
  const double bytes = static_cast<double>(config.block_cache_bytes) +
                       static_cast<double>(config.decoded_cache_bytes);
  if (bytes <= static_cast<double>(memory_bytes)) return;
  constexpr double kMiB = 1 << 20;
  throw CLI::ValidationError(
      fmt::format("--block-cache and --decoded-cache are {:.0f} MiB together, and this process may "
                  "use {} MiB; give them less",
                  bytes / kMiB, memory_bytes >> 20),
      CLI::ExitCodes::ValidationError);
}

}  // namespace

std::string ToString(const Address& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
                 : fmt::format("{}:{}", address.host, address.port);
}

std::optional<Address> ParseAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = ParseNumber<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  } else if (!IsHostName(LowerCase(host))) {
    return std::nullopt;
  }
  return Address{std::string(host), *port};
}

std::optional<std::size_t> ParseSize(std::string_view text) {
  const auto unit_start = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = ParseNumber<std::size_t>(text.substr(0, unit_start));
  const std::string unit = LowerCase(text.substr(unit_start));
  constexpr std::array<std::pair<std::string_view, unsigned>, 5> kUnits = {
      {{"", 0}, {"kib", 10}, {"mib", 20}, {"gib", 30}, {"tib", 40}}};
  for (const auto& [name, shift] : kUnits) {
    if (!number || unit != name) continue;
    if (*number > std::numeric_limits<std::size_t>::max() >> shift) return std::nullopt;
    return *number << shift;
  }
  return std::nullopt;
}

bool IsOrigin(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return false;
  std::string_view host = text.substr(scheme_end + 3);
  if (host.starts_with('[')) {
    const auto bracket = host.find(']');
    if (bracket == std::string_view::npos || bracket == 1) return false;
    if (host.substr(1, bracket - 1).find_first_not_of("0123456789abcdef:.") !=
        std::string_view::npos) {
      return false;
    }
    host = host.substr(bracket + 1);
    return host.empty() ||
           (host.front() == ':' && ParseNumber<std::uint16_t>(host.substr(1)).has_value());
  }
  const auto colon = host.find(':');
  if (colon == std::string_view::npos) return IsHostName(host);
  return IsHostName(host.substr(0, colon)) &&
         ParseNumber<std::uint16_t>(host.substr(colon + 1)).has_value();
}

std::variant<Config, EarlyExit> ParseConfig(int argument_count, const char* const* arguments,
                                            std::size_t memory_bytes) {
  Config config;
  config.threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMaxThreads);

  CLI::App app("warbled serves the Warble REST API over a local database.", "warbled");
  app.set_help_flag("--help", "Print this and exit.");
  app.set_version_flag("--version", VersionText,
                       "Print the versions of program and data and exit.");
  app.footer(
      "Every option can also come from the environment: --disk-threads as WARBLE_DISK_THREADS.\n"
      "An option on the command line wins.");
  const auto formatter = std::make_shared<OptionFormatter>();
  formatter->column_width(28);
  app.formatter(formatter);
  OptionAdder options(app);
  AddStorageOptions(options, config);
  AddNetworkOptions(options, config);
  AddLogOption(options, config);
  try {
    app.parse(argument_count, arguments);
    RefuseTooLargeCaches(config, memory_bytes);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{0, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return EarlyExit{0, fmt::format("{}\n", version.what())};
  } catch (const CLI::ParseError& error) {
    return EarlyExit{2, fmt::format("warbled: {} (see warbled --help)\n", error.what())};
  }
  return config;
}

}  // namespace warble::server
