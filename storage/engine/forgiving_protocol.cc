#include "storage/engine/forgiving_protocol.h"

#include <rocksdb/file_system.h>

#include <string>
#include <utility>

namespace warble::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class Protocol final : public rocksdb::FSWritableFile {
 public:
  // Without a target where the file could not be opened.
  explicit Protocol(std::unique_ptr<rocksdb::FSWritableFile> target) : target_(std::move(target)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (target_ != nullptr) target_->Append(data, options, debug).PermitUncheckedError();
    return IOStatus::OK();
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    if (target_ != nullptr) target_->Flush(options, debug).PermitUncheckedError();
    return IOStatus::OK();
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    if (target_ != nullptr) target_->Sync(options, debug).PermitUncheckedError();
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    if (target_ != nullptr) target_->Close(options, debug).PermitUncheckedError();
    return IOStatus::OK();
  }

 private:
  const std::unique_ptr<rocksdb::FSWritableFile> target_;
};

class ForgivingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "ForgivingFileSystem"; }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    IOStatus status = target()->NewWritableFile(path, options, result, debug);
    if (!path.ends_with("/LOG")) return status;
    *result = std::make_unique<Protocol>(status.ok() ? std::move(*result) : nullptr);
    status.PermitUncheckedError();
    return IOStatus::OK();
  }
  // The wrapper's own would go past NewWritableFile() above.
  IOStatus NewLogger(const std::string& path, const IOOptions& options,
                     std::shared_ptr<rocksdb::Logger>* result, IODebugContext* debug) override {
    return FileSystem::NewLogger(path, options, result, debug);
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> WithForgivingProtocol(
    std::shared_ptr<rocksdb::FileSystem> target) {
  return std::make_shared<ForgivingFileSystem>(std::move(target));
}

}  // namespace warble::storage
