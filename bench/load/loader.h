// Loader: writes a world into an empty data directory, past the API and the log.
//
// The rows are made in key order, family by family, into files of their own, and taken into the
// database all at once at the end (storage/bulk_load.h). In-edges need the follows transposed,
// which does not fit in memory for a large world: they are made in pieces within a budget, each
// from a repetition of all follows, because generating an edge costs less than reading one.
//
// A load that was killed goes on with the files that are missing. The server must not run.
#pragma once

#include "bench/world/world.h"
#include "storage/bulk_load.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string_view>

namespace warble::bench {

/// Why a world was not loaded: one line that says what to do.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct LoadProgress {
  std::string_view stage;
  std::uint64_t rows = 0;      ///< done, by this load or by one that was killed
  std::uint64_t skipped = 0;   ///< of these, by one that was killed
  std::uint64_t expected = 0;  ///< in all; an estimate
};

struct LoadOptions {
  std::filesystem::path directory;
  std::size_t memory_bytes = std::size_t{4} << 30;  ///< for edges that are being transposed
  unsigned threads = 2;
  /// Called from any thread, one at a time, often. An exception ends the load as a kill would.
  std::function<void(const LoadProgress&)> progress;
};

struct LoadReport {
  std::uint64_t follows = 0;
  std::uint64_t favorites = 0;
  double seconds = 0;    ///< of this load, not of one that was killed before it
  bool resumed = false;  ///< so the time says little
  std::array<storage::TableSizes, storage::kFamilyCount> families{};  ///< by Family
};

/// Throws LoadError, storage::StartupError or storage::BulkLoadError.
LoadReport Load(const World& world, const LoadOptions& options);

}  // namespace warble::bench
