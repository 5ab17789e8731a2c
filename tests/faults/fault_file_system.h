// FaultFileSystem: the real file system with a hook before everything that changes it.
//
// Every such call is an instant, counted from 1. Before it reaches the disk the hook is asked: it
// may look at what a power cut would leave now, cut the power (by never returning), or fail the
// call. A write that fails has written its first half; a sync that fails loses what it was to make
// durable, as Linux drops dirty pages after a failed write-back.
//
// RocksDB's own protocol (LOG) and lock files are left alone. Files are written without
// preallocation. Thread-safe; the hook runs under the one lock.
#pragma once

#include "tests/faults/disk_model.h"

#include <rocksdb/file_system.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace warble::tests {

enum class DiskOperation {
  kCreate,
  kReopen,
  kWrite,
  kSync,
  kTruncate,
  kRename,
  kLink,
  kDelete,
  kCreateDirectory,
  kSyncDirectory,
};
std::string_view DiskOperationName(DiskOperation operation);

struct Instant {
  std::size_t number;  ///< from 1
  DiskOperation operation;
  std::string path;  ///< of a rename: the target
};

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  /// What the call shall return instead of being made, or OK.
  using Hook = std::function<rocksdb::IOStatus(const Instant&, const DiskModel&)>;

  /// Models what is below `root`, as it is now.
  FaultFileSystem(const std::filesystem::path& root, Hook hook);

  const char* Name() const override { return "FaultFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewMemoryMappedFileBuffer(
      const std::string& path, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* result) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& path, std::size_t size,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDir(const std::string& path, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteDir(const std::string& path, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

 private:
  friend class FaultFile;
  friend class FaultDirectory;

  // Asks the hook, then makes the call and, when it succeeded, tells the model. When the hook
  // refuses, on_refusal does what a broken disk would.
  template <class Call, class Model, class OnRefusal>
  rocksdb::IOStatus Perform(DiskOperation operation, const std::string& path, Call call,
                            Model tell_model, OnRefusal on_refusal) {
    const std::lock_guard lock(mutex_);
    rocksdb::IOStatus status = hook_(Instant{++instants_, operation, path}, disk_);
    if (!status.ok()) {
      on_refusal();
      return status;
    }
    status = call();
    if (status.ok()) tell_model();
    return status;
  }
  template <class Call, class Model>
  rocksdb::IOStatus Perform(DiskOperation operation, const std::string& path, Call call,
                            Model tell_model) {
    return Perform(operation, path, call, tell_model, [] {});
  }
  rocksdb::IOStatus OpenFile(bool truncate, const std::string& path,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                             rocksdb::IODebugContext* debug);

  std::mutex mutex_;
  std::size_t instants_ = 0;
  DiskModel disk_;
  Hook hook_;
};

}  // namespace warble::tests
