// How much the fault tests do: a little by default, all of it on demand.
#pragma once

#include <cstdlib>
#include <string_view>

namespace warble::tests {

/// WARBLE_FAULTS=long: every instant, every byte, every kind. Tens of minutes.
inline bool IsLongRun() {
  const char* value = std::getenv("WARBLE_FAULTS");
  return value != nullptr && std::string_view(value) == "long";
}

/// WARBLE_FAULT_ROUNDS: how many random scripts; 1 by default.
inline int Rounds() {
  const char* value = std::getenv("WARBLE_FAULT_ROUNDS");
  return value == nullptr ? 1 : std::atoi(value);
}

}  // namespace warble::tests
