// ParseConfig: what is refused because of the machine.
#include "server/config.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

namespace warble::server {
namespace {

constexpr std::size_t kMemory = std::size_t{1} << 30;

// What is said about these arguments; empty if they are accepted.
std::string Refusal(std::vector<const char*> arguments, std::size_t memory_bytes = kMemory) {
  arguments.insert(arguments.begin(), "warbled");
  const auto parsed =
      ParseConfig(static_cast<int>(arguments.size()), arguments.data(), memory_bytes);
  const auto* const exit = std::get_if<EarlyExit>(&parsed);
  if (exit != nullptr) CHECK(exit->code == 2);
  return exit == nullptr ? "" : exit->output;
}

}  // namespace

TEST_CASE("config: caches that this machine has no memory for are refused with one line") {
  CHECK(Refusal({}) == "");
  CHECK(Refusal({"--block-cache", "768MiB"}) == "");
  CHECK(Refusal({"--block-cache", "100TiB"}) ==
        "warbled: --block-cache and --decoded-cache are 104857856 MiB together, and this process "
        "may use 1024 MiB; give them less (see warbled --help)\n");
  CHECK(Refusal({"--block-cache", "769MiB"}) != "");
  CHECK(Refusal({"--decoded-cache", "513MiB"}) != "");
  CHECK(Refusal({"--block-cache", "1GiB", "--decoded-cache", "0"}) == "");
  const char* most = "18446744073709551615";
  CHECK(Refusal({"--block-cache", most, "--decoded-cache", most}) != "");
}

TEST_CASE("config: caches that the environment asks for are refused as well") {
  ::setenv("WARBLE_DECODED_CACHE", "1TiB", 1);
  CHECK(Refusal({}) != "");
  CHECK(Refusal({"--decoded-cache", "256MiB"}) == "");
  ::unsetenv("WARBLE_DECODED_CACHE");
}

TEST_CASE("config: help and version need no memory") {
  for (const char* option : {"--help", "--version"}) {
    const char* arguments[] = {"warbled", option};
    const auto parsed = ParseConfig(2, arguments, 1);
    CHECK(std::get<EarlyExit>(parsed).code == 0);
  }
}

}  // namespace warble::server
