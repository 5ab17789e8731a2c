// RocksDB's own db_bench, run as a program, with rows of the shape of ours.
//
// It shows what bare RocksDB does with the engine's settings (storage/engine/engine.cc) on this
// machine. Not thread-safe.
#pragma once

#include "bench/figure.h"
#include "storage/format/keys.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace warble::bench {

class DbBench {
 public:
  static constexpr std::uint32_t kSeekNexts = 20;  ///< rows read after a seek

  struct Shape {
    std::uint64_t rows = 0;
    std::size_t key_bytes = 0;
    std::size_t value_bytes = 0;   ///< in the mean
    double compression_ratio = 1;  ///< of the tables' bytes to those of keys and values
    std::size_t block_bytes = 0;
  };

  /// Its databases go into `directory`; every measurement takes `duration_s`.
  DbBench(std::string program, std::filesystem::path directory, unsigned duration_s)
      : program_(std::move(program)), directory_(std::move(directory)), duration_s_(duration_s) {}

  // All throw std::runtime_error when it gives no figures.

  /// Makes the rows that Read() finds.
  void Fill(storage::Family family, const Shape& shape);
  /// readrandom or seekrandom, on one thread, with warm caches.
  Figure Read(storage::Family family, std::string_view benchmark) const;
  /// fillrandom into a new database by kWritesInFlight threads, every write synced.
  Figure Write(storage::Family family) const;

  /// The path of the program, or empty when PATH has none.
  static std::string FindInPath();

 private:
  Figure Run(storage::Family family, std::string_view benchmarks, std::string_view options,
             std::string_view suffix = "") const;

  std::string program_;
  std::filesystem::path directory_;
  unsigned duration_s_;
  std::map<storage::Family, Shape> shapes_;
};

}  // namespace warble::bench
