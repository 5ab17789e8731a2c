// Randomness whose failures can be repeated: the seed is printed with every failure, and the
// environment variable WARBLE_TEST_SEED sets it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace warble::tests {

inline std::uint64_t TestSeed() {
  if (const char* given = std::getenv("WARBLE_TEST_SEED")) return std::stoull(given);
  return std::random_device()();
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Number() { return engine_(); }
  /// 0 ≤ result < limit.
  std::uint64_t Below(std::uint64_t limit) { return engine_() % limit; }
  bool OneIn(std::uint64_t times) { return Below(times) == 0; }
  std::string Bytes(std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(engine_());
    return bytes;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace warble::tests
