#include "tests/faults/fault_file_system.h"

#include <fstream>
#include <utility>

namespace warble::tests {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

bool IsLeftAlone(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.starts_with("LOG") || name == "LOCK";
}

}  // namespace

std::string_view DiskOperationName(DiskOperation operation) {
  constexpr std::array<std::string_view, 10> kNames = {
      "create", "reopen",           "write",         "sync", "truncate", "rename", "link",
      "delete", "create directory", "sync directory"};
  return kNames[static_cast<std::size_t>(operation)];
}

class FaultFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(FaultFileSystem& system, std::string path, std::unique_ptr<FSWritableFile> target,
            DiskModel::FileHandle file)
      : FSWritableFileOwnerWrapper(std::move(target)),
        system_(system),
        path_(std::move(path)),
        file_(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return WriteBy(file_->cached.size(), data,
                   [&](const Slice& part) { return target()->Append(part, options, debug); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    return WriteBy(offset, data, [&](const Slice& part) {
      return target()->PositionedAppend(part, offset, options, debug);
    });
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return PositionedAppend(data, offset, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return system_.Perform(
        DiskOperation::kTruncate, path_, [&] { return target()->Truncate(size, options, debug); },
        [&] { file_->cached.resize(size); });
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return SyncBy([&] { return target()->Sync(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return SyncBy([&] { return target()->Fsync(options, debug); });
  }
  void PrepareWrite(std::size_t, std::size_t, const IOOptions&, IODebugContext*) override {}
  IOStatus Allocate(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  template <class Call>
  IOStatus SyncBy(Call call) {
    return system_.Perform(
        DiskOperation::kSync, path_, call, [&] { DiskModel::Sync(*file_); },
        [&] {
          std::ofstream(path_, std::ios::binary) << file_->durable;
          file_->cached = file_->durable;
        });
  }
  template <class Write>
  IOStatus WriteBy(std::uint64_t offset, const Slice& data, Write write) {
    const auto write_and_tell = [&](const Slice& part) {
      IOStatus status = write(part);
      if (status.ok()) DiskModel::Write(*file_, offset, part.ToStringView());
      return status;
    };
    return system_.Perform(
        DiskOperation::kWrite, path_, [&] { return write_and_tell(data); }, [] {},
        [&] { static_cast<void>(write_and_tell(Slice(data.data(), data.size() / 2))); });
  }

  FaultFileSystem& system_;
  const std::string path_;
  const DiskModel::FileHandle file_;
};

class FaultDirectory final : public rocksdb::FSDirectory {
 public:
  FaultDirectory(FaultFileSystem& system, std::string path, std::unique_ptr<FSDirectory> target)
      : system_(system), path_(std::move(path)), target_(std::move(target)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return SyncBy([&] { return target_->Fsync(options, debug); });
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return target_->Close(options, debug);
  }

 private:
  template <class Call>
  IOStatus SyncBy(Call call) {
    return system_.Perform(DiskOperation::kSyncDirectory, path_, call,
                           [&] { system_.disk_.SyncDirectory(path_); });
  }

  FaultFileSystem& system_;
  const std::string path_;
  const std::unique_ptr<FSDirectory> target_;
};

FaultFileSystem::FaultFileSystem(const std::filesystem::path& root, Hook hook)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(root), hook_(std::move(hook)) {}

IOStatus FaultFileSystem::OpenFile(bool truncate, const std::string& path,
                                   const FileOptions& options,
                                   std::unique_ptr<rocksdb::FSWritableFile>* result,
                                   IODebugContext* debug) {
  auto open = [&] {
    return truncate ? target()->NewWritableFile(path, options, result, debug)
                    : target()->ReopenWritableFile(path, options, result, debug);
  };
  if (IsLeftAlone(path)) return open();
  DiskModel::FileHandle file;
  const IOStatus status =
      Perform(truncate ? DiskOperation::kCreate : DiskOperation::kReopen, path, open, [&] {
        file = disk_.Open(path);
        if (truncate) file->cached.clear();
      });
  if (status.ok()) {
    *result = std::make_unique<FaultFile>(*this, path, std::move(*result), std::move(file));
  }
  return status;
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& path, const FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* result,
                                          IODebugContext* debug) {
  return OpenFile(true, path, options, result, debug);
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                                             IODebugContext* debug) {
  return OpenFile(false, path, options, result, debug);
}

// What RocksDB does only with options that we leave off is refused, so that nothing can pass the
// model by.
IOStatus FaultFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                            const FileOptions&,
                                            std::unique_ptr<rocksdb::FSWritableFile>*,
                                            IODebugContext*) {
  return IOStatus::NotSupported("ReuseWritableFile is not modelled");
}

IOStatus FaultFileSystem::NewRandomRWFile(const std::string&, const FileOptions&,
                                          std::unique_ptr<rocksdb::FSRandomRWFile>*,
                                          IODebugContext*) {
  return IOStatus::NotSupported("NewRandomRWFile is not modelled");
}

IOStatus FaultFileSystem::NewMemoryMappedFileBuffer(
    const std::string&, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>*) {
  return IOStatus::NotSupported("NewMemoryMappedFileBuffer is not modelled");
}

IOStatus FaultFileSystem::DeleteDir(const std::string&, const IOOptions&, IODebugContext*) {
  return IOStatus::NotSupported("DeleteDir is not modelled");
}

IOStatus FaultFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                       std::unique_ptr<rocksdb::FSDirectory>* result,
                                       IODebugContext* debug) {
  const IOStatus status = target()->NewDirectory(path, options, result, debug);
  if (status.ok()) *result = std::make_unique<FaultDirectory>(*this, path, std::move(*result));
  return status;
}

IOStatus FaultFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                     IODebugContext* debug) {
  auto remove = [&] { return target()->DeleteFile(path, options, debug); };
  if (IsLeftAlone(path)) return remove();
  return Perform(DiskOperation::kDelete, path, remove, [&] { disk_.Remove(path); });
}

IOStatus FaultFileSystem::Truncate(const std::string& path, std::size_t size,
                                   const IOOptions& options, IODebugContext* debug) {
  return Perform(
      DiskOperation::kTruncate, path,
      [&] { return target()->Truncate(path, size, options, debug); },
      [&] { disk_.Open(path)->cached.resize(size); });
}

IOStatus FaultFileSystem::CreateDir(const std::string& path, const IOOptions& options,
                                    IODebugContext* debug) {
  return Perform(
      DiskOperation::kCreateDirectory, path,
      [&] { return target()->CreateDir(path, options, debug); }, [] {});
}

IOStatus FaultFileSystem::CreateDirIfMissing(const std::string& path, const IOOptions& options,
                                             IODebugContext* debug) {
  return Perform(
      DiskOperation::kCreateDirectory, path,
      [&] { return target()->CreateDirIfMissing(path, options, debug); }, [] {});
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  auto rename = [&] { return target()->RenameFile(from, to, options, debug); };
  if (IsLeftAlone(from)) return rename();
  return Perform(DiskOperation::kRename, to, rename, [&] { disk_.Rename(from, to); });
}

IOStatus FaultFileSystem::LinkFile(const std::string& from, const std::string& to,
                                   const IOOptions& options, IODebugContext* debug) {
  return Perform(
      DiskOperation::kLink, to, [&] { return target()->LinkFile(from, to, options, debug); },
      [&] { disk_.Link(from, to); });
}

}  // namespace warble::tests
