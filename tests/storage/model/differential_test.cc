// All commands and queries of the storage at random against the model: over restarts, kills,
// purges, and a wall clock that jumps.
//
// WARBLE_TEST_OPERATIONS sets the number of operations, WARBLE_TEST_SEED repeats a run.
#include "tests/storage/model/differential.h"

#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace warble::tests {

TEST_CASE("storage: every command and query agrees with a plain model, at random") {
  const std::uint64_t seed = TestSeed();
  const char* given = std::getenv("WARBLE_TEST_OPERATIONS");
  const std::uint64_t operations = given == nullptr ? 100'000 : std::stoull(given);
  INFO("WARBLE_TEST_SEED=", seed, " WARBLE_TEST_OPERATIONS=", operations);
  const TemporaryDirectory directory(QuickestPlace());
  Differential differential(directory.path(), seed);
  differential.Run(operations);
}

}  // namespace warble::tests
