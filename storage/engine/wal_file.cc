#include "storage/engine/wal_file.h"

#include <rocksdb/file_system.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace warble::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::array<char, kZeroedAhead> kZeros{};

class ZeroedLog final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    for (; size_ + data.size() > zeroed_; zeroed_ += kZeros.size()) {
      const IOStatus status =
          target()->PositionedAppend({kZeros.data(), kZeros.size()}, zeroed_, options, debug);
      if (!status.ok()) return status;
    }
    const IOStatus status = target()->PositionedAppend(data, size_, options, debug);
    if (status.ok()) size_ += data.size();
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus cut = target()->Truncate(size_, options, debug);
    const IOStatus closed = target()->Close(options, debug);
    return cut.ok() ? closed : cut;
  }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  std::uint64_t size_ = 0;    // of the log
  std::uint64_t zeroed_ = 0;  // of the file
};

class ZeroedLogFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "ZeroedLogFileSystem"; }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    const IOStatus status = target()->NewWritableFile(path, options, result, debug);
    if (status.ok() && path.ends_with(".log")) {
      *result = std::make_unique<ZeroedLog>(std::move(*result));
    }
    return status;
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> WithZeroedLogs(std::shared_ptr<rocksdb::FileSystem> target) {
  return std::make_shared<ZeroedLogFileSystem>(std::move(target));
}

}  // namespace warble::storage
