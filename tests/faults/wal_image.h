// RocksDB's log format, written down a second time so that CheckWal is not tested against itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace warble::tests {

inline constexpr std::size_t kLogBlockSize = 32'768;
inline constexpr std::size_t kLogHeaderSize = 7;

/// A log that holds these batches.
std::string EncodeLog(const std::vector<std::string>& batches);

struct LogRecord {
  std::size_t offset;
  std::size_t size;   ///< with its header
  std::size_t batch;  ///< which batch it belongs to, from 0
};
/// The records of an undamaged log, which zeros may follow.
std::vector<LogRecord> FindRecords(std::string_view log);

}  // namespace warble::tests
