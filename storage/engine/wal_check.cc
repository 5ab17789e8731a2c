#include "storage/engine/wal_check.h"

#include "storage/base/startup_error.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace warble::storage {
namespace {

// OFFSET SIZE: 0 4 masked CRC-32C of type and payload; 4 2 payload's length; 6 1 type; 7 payload.
// Little-endian. A record does not cross a block; a batch is FULL or FIRST MIDDLE* LAST.
constexpr std::size_t kBlockSize = 32'768;
constexpr std::size_t kHeaderSize = 7;
enum RecordType : unsigned char { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

std::uint32_t MaskedCrc(std::string_view bytes) {
  Crc32c crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t value = crc.checksum();
  return ((value >> 15) | (value << 17)) + 0xa282ead8U;
}

struct Record {
  RecordType type;
  std::size_t size;  // with its header
};

// The record at the front of `bytes` (the rest of its block) if it is whole.
std::optional<Record> ParseRecord(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  const auto* header = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t length = boost::endian::load_little_u16(header + 4);
  if (header[6] < kFull || header[6] > kLast) return std::nullopt;
  if (kHeaderSize + length > bytes.size()) return std::nullopt;
  const std::uint32_t crc = boost::endian::load_little_u32(header);
  if (crc != MaskedCrc(bytes.substr(6, 1 + length))) return std::nullopt;
  return Record{static_cast<RecordType>(header[6]), kHeaderSize + length};
}

// Follows the batches of one log, block by block.
class LogScanner {
 public:
  void Feed(std::string_view block) {
    std::size_t at = damage_ ? 0 : FollowBatches(block);
    if (damage_ && !batch_after_damage_) batch_after_damage_ = HasBatchStart(block, at);
    if (damage_ && block.find_first_not_of('\0', at) != block.npos) only_zeros_after_ = false;
    offset_ += block.size();
  }

  // The first byte that is not part of a whole batch, if there is one. Zeros that end a log after a
  // whole batch do not count: they are preallocated space.
  std::optional<std::uint64_t> damage() const {
    if (damage_ && !in_batch_ && only_zeros_after_) return std::nullopt;
    if (damage_) return damage_;
    if (in_batch_) return offset_;
    return std::nullopt;
  }
  bool batch_after_damage() const { return batch_after_damage_; }
  // Where the last whole batch ends that has no damage before it.
  std::uint64_t whole_until() const { return whole_until_; }
  // Whether there is anything behind that.
  bool has_more() const { return damage_ || in_batch_; }

 private:
  // Returns where in the block to look on after damage.
  std::size_t FollowBatches(std::string_view block) {
    std::size_t at = 0;
    while (at < block.size()) {
      const std::string_view rest = block.substr(at);
      const bool trailer = rest.size() < kHeaderSize && block.size() == kBlockSize;
      if (trailer && rest.find_first_not_of('\0') == rest.npos) break;
      const std::optional<Record> record = ParseRecord(rest);
      const bool starts = record && (record->type == kFull || record->type == kFirst);
      if (!record || starts == in_batch_) {
        damage_ = offset_ + at;
        return at;
      }
      at += record->size;
      in_batch_ = record->type == kFirst || record->type == kMiddle;
      if (!in_batch_) whole_until_ = offset_ + at;
    }
    return at;
  }

  static bool HasBatchStart(std::string_view block, std::size_t from) {
    for (std::size_t at = from; at + kHeaderSize <= block.size(); ++at) {
      const auto type = static_cast<unsigned char>(block[at + 6]);
      if ((type == kFull || type == kFirst) && ParseRecord(block.substr(at))) return true;
    }
    return false;
  }

  std::uint64_t offset_ = 0;  // of the next block
  std::uint64_t whole_until_ = 0;
  bool in_batch_ = false;
  std::optional<std::uint64_t> damage_;
  bool batch_after_damage_ = false;
  bool only_zeros_after_ = true;  // from the damage on
};

[[noreturn]] void Refuse(const std::string& path, const rocksdb::Status& status) {
  throw StartupError(fmt::format("cannot examine {}: {}", path, status.ToString()));
}

LogScanner ScanLog(const std::string& path, rocksdb::Env* env) {
  std::unique_ptr<rocksdb::SequentialFile> file;
  rocksdb::Status status = env->NewSequentialFile(path, &file, rocksdb::EnvOptions());
  if (!status.ok()) Refuse(path, status);
  LogScanner scanner;
  std::vector<char> buffer(kBlockSize);
  while (true) {
    std::size_t filled = 0;
    while (filled < kBlockSize) {
      rocksdb::Slice read;
      status = file->Read(kBlockSize - filled, &read, buffer.data() + filled);
      if (!status.ok()) Refuse(path, status);
      if (read.empty()) break;
      if (read.data() != buffer.data() + filled) {
        std::copy_n(read.data(), read.size(), buffer.data() + filled);
      }
      filled += read.size();
    }
    if (filled > 0) scanner.Feed({buffer.data(), filled});
    if (filled < kBlockSize) return scanner;
  }
}

void Cut(const std::string& path, std::uint64_t size, rocksdb::Env* env) {
  // Not Env::Truncate(): the POSIX file system does not have it.
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env->ReopenWritableFile(path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Truncate(size);
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  if (!status.ok()) {
    throw StartupError(fmt::format("cannot cut the torn end off {}: {}", path, status.ToString()));
  }
}

// The logs that hold anything, oldest first.
std::vector<std::string> FindLogs(const std::filesystem::path& directory, rocksdb::Env* env) {
  std::vector<std::string> children;
  const rocksdb::Status status = env->GetChildren(directory.string(), &children);
  if (!status.ok()) Refuse(directory.string(), status);
  std::vector<std::pair<std::uint64_t, std::string>> numbered;
  for (const std::string& name : children) {
    if (!name.ends_with(".log")) continue;
    const std::string path = (directory / name).string();
    std::uint64_t size = 0;
    const rocksdb::Status sized = env->GetFileSize(path, &size);
    if (!sized.ok()) Refuse(path, sized);
    if (size > 0) numbered.emplace_back(std::stoull(name), path);
  }
  std::sort(numbered.begin(), numbered.end());
  std::vector<std::string> paths;
  for (auto& [number, path] : numbered) paths.push_back(std::move(path));
  return paths;
}

}  // namespace

WalReport CheckWal(const std::filesystem::path& directory, rocksdb::Env* env) {
  WalReport report;
  const std::vector<std::string> logs = FindLogs(directory, env);
  for (const std::string& path : logs) {
    const LogScanner scanner = ScanLog(path, env);
    if (const std::optional<std::uint64_t> damage = scanner.damage()) {
      report.detail = fmt::format("{} at byte {}", path, *damage);
      if (path != logs.back() || scanner.batch_after_damage()) {
        report.state = WalReport::State::kDamaged;
        return report;
      }
      report.state = WalReport::State::kTornTailCut;
    }
    if (scanner.has_more()) Cut(path, scanner.whole_until(), env);
  }
  return report;
}

void CheckManifest(const std::filesystem::path& directory, rocksdb::Env* env) {
  const std::string current = (directory / "CURRENT").string();
  if (!env->FileExists(current).ok()) return;  // a new database
  std::string name;
  const rocksdb::Status status = rocksdb::ReadFileToString(env, current, &name);
  if (!status.ok()) Refuse(current, status);
  while (name.ends_with('\n')) name.pop_back();
  const std::string path = (directory / name).string();
  const LogScanner scanner = ScanLog(path, env);
  if (scanner.damage() && scanner.batch_after_damage()) {
    throw StartupError(fmt::format("the list of tables is damaged: {} at byte {}; restore a backup",
                                   path, *scanner.damage()));
  }
}

}  // namespace warble::storage
