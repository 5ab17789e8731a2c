// A file system that asks a hook before each read of a table: to count reads, or to fail them.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace warble::tests {

/// Thread-safe; outlives the nodes that use it.
class HookedTables {
 public:
  struct Read {
    std::string file;  ///< its name without directories
    std::uint64_t offset;
    std::size_t size;
  };
  /// Whether that read may be made; else it fails.
  using Hook = std::function<bool(const Read&)>;

  HookedTables() : env_(rocksdb::NewCompositeEnv(std::make_shared<FileSystem>(*this))) {}

  rocksdb::Env* env() { return env_.get(); }
  void Set(Hook hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
  }

 private:
  class Table final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    Table(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string name, HookedTables& tables)
        : FSRandomAccessFileOwnerWrapper(std::move(file)),
          name_(std::move(name)),
          tables_(tables) {}
    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size,
                           const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) const override {
      if (!tables_.Allows({name_, offset, size})) return rocksdb::IOStatus::IOError("planted");
      return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
    }

   private:
    const std::string name_;
    HookedTables& tables_;
  };
  class FileSystem final : public rocksdb::FileSystemWrapper {
   public:
    explicit FileSystem(HookedTables& tables)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), tables_(tables) {}
    const char* Name() const override { return "HookedTables"; }
    rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                          rocksdb::IODebugContext* debug) override {
      rocksdb::IOStatus status =
          FileSystemWrapper::NewRandomAccessFile(path, options, result, debug);
      if (status.ok()) {
        *result =
            std::make_unique<Table>(std::move(*result), path.substr(path.rfind('/') + 1), tables_);
      }
      return status;
    }

   private:
    HookedTables& tables_;
  };

  bool Allows(const Read& read) {
    const std::lock_guard lock(mutex_);
    return !hook_ || hook_(read);
  }

  std::mutex mutex_;
  Hook hook_;
  std::unique_ptr<rocksdb::Env> env_;
};

/// Counts the reads of tables, and those of one thread among them, for as long as it lives.
class CountedReads {
 public:
  CountedReads(HookedTables& tables, std::thread::id thread) : tables_(tables) {
    tables_.Set([this, thread](const HookedTables::Read&) {
      ++all_;
      if (std::this_thread::get_id() == thread) ++of_thread_;
      return true;
    });
  }
  ~CountedReads() { tables_.Set(nullptr); }
  CountedReads(const CountedReads&) = delete;
  CountedReads& operator=(const CountedReads&) = delete;

  int all() const { return all_; }
  int of_thread() const { return of_thread_; }

 private:
  HookedTables& tables_;
  std::atomic<int> all_{0};
  std::atomic<int> of_thread_{0};
};

}  // namespace warble::tests
