#include "tests/faults/wal_image.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

namespace warble::tests {
namespace {

enum RecordType : char { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// CRC-32C, byte by byte from a table of its own, and masked as RocksDB stores it.
std::uint32_t MaskedCrc(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries;
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

void AppendRecord(RecordType type, std::string_view payload, std::string& log) {
  std::string covered(1, type);
  covered += payload;
  const std::uint32_t crc = MaskedCrc(covered);
  for (int i = 0; i < 4; ++i) log.push_back(static_cast<char>(crc >> (8 * i)));
  log.push_back(static_cast<char>(payload.size()));
  log.push_back(static_cast<char>(payload.size() >> 8));
  log += covered;
}

}  // namespace

std::string EncodeLog(const std::vector<std::string>& batches) {
  std::string log;
  for (std::string_view rest : batches) {
    bool begun = false;
    bool ended = false;
    while (!ended) {
      std::size_t left = kLogBlockSize - log.size() % kLogBlockSize;
      if (left < kLogHeaderSize) {
        log.append(left, '\0');
        left = kLogBlockSize;
      }
      const std::size_t size = std::min(rest.size(), left - kLogHeaderSize);
      ended = size == rest.size();
      const RecordType type = begun ? (ended ? kLast : kMiddle) : (ended ? kFull : kFirst);
      AppendRecord(type, rest.substr(0, size), log);
      rest.remove_prefix(size);
      begun = true;
    }
  }
  return log;
}

std::vector<LogRecord> FindRecords(std::string_view log) {
  std::vector<LogRecord> records;
  std::size_t batch = 0;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t left = kLogBlockSize - at % kLogBlockSize;
    if (left < kLogHeaderSize) {
      at += left;
      continue;
    }
    const auto low = static_cast<unsigned char>(log[at + 4]);
    const auto high = static_cast<unsigned char>(log[at + 5]);
    const std::size_t size = kLogHeaderSize + low + 256U * high;
    const char type = log[at + 6];
    if (type == 0 && log.find_first_not_of('\0', at) == log.npos) break;
    if (type < kFull || type > kLast || size > left) throw std::runtime_error("not a whole log");
    records.push_back({at, size, batch});
    if (type == kFull || type == kLast) ++batch;
    at += size;
  }
  return records;
}

}  // namespace warble::tests
