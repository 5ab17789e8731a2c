#include "storage/compaction_guard.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace warble::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// What the compaction on this thread is known to be. RocksDB makes all of one on one thread, as
// max_subcompactions is 1.
enum class State { kNone, kSound, kDamaged };
thread_local State state = State::kNone;

void NoteRead(const IOStatus& status) {
  if (!status.ok() && state == State::kSound) state = State::kDamaged;
}

IOStatus Refusal() {
  return IOStatus::Corruption("the compaction's input is damaged; its tables stay as they are");
}

class WatchedTable final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  using FSRandomAccessFileOwnerWrapper::FSRandomAccessFileOwnerWrapper;

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options,
                rocksdb::Slice* result, char* scratch, IODebugContext* debug) const override {
    IOStatus status = target()->Read(offset, size, options, result, scratch, debug);
    NoteRead(status);
    return status;
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    IOStatus status = target()->MultiRead(requests, count, options, debug);
    NoteRead(status);
    for (std::size_t i = 0; i < count; ++i) NoteRead(requests[i].status);
    return status;
  }
};

// A compaction syncs the directory when its tables are whole, and only then makes them count.
class GuardedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  using FSDirectoryWrapper::FSDirectoryWrapper;

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return state == State::kDamaged ? Refusal() : FSDirectoryWrapper::Fsync(options, debug);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& directory_options) override {
    return state == State::kDamaged
               ? Refusal()
               : FSDirectoryWrapper::FsyncWithDirOptions(options, debug, directory_options);
  }
};

class WatchingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "WatchingFileSystem"; }
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* debug) override {
    IOStatus status = target()->NewRandomAccessFile(path, options, result, debug);
    NoteRead(status);
    if (status.ok()) *result = std::make_unique<WatchedTable>(std::move(*result));
    return status;
  }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    if (state == State::kDamaged) return Refusal();  // before it writes anything
    return target()->NewWritableFile(path, options, result, debug);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* debug) override {
    IOStatus status = target()->NewDirectory(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<GuardedDirectory>(std::move(*result));
    return status;
  }
};

// Reads every block of a table; without a cache, so that nothing is taken from memory.
rocksdb::Status ReadWhole(const std::string& path, rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  rocksdb::SstFileReader reader(options);
  rocksdb::Status status = reader.Open(path);
  return status.ok() ? reader.VerifyChecksum() : status;
}

}  // namespace

std::shared_ptr<rocksdb::FileSystem> CompactionGuard::Watching(
    std::shared_ptr<rocksdb::FileSystem> target) {
  return std::make_shared<WatchingFileSystem>(std::move(target));
}

bool CompactionGuard::Begin(const rocksdb::CompactionJobInfo& job) {
  bool sound = true;
  for (const std::string& path : job.input_files) sound = !IsDamaged(path) && sound;
  state = sound ? State::kSound : State::kDamaged;
  return sound;
}

bool CompactionGuard::End() { return std::exchange(state, State::kNone) == State::kDamaged; }

bool CompactionGuard::IsDamaged(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (damaged_.contains(path)) return true;
  }
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system_);
  const rocksdb::Status status = ReadWhole(path, env.get());
  if (status.ok()) return false;
  spdlog::error(
      "the table {} is damaged and stays as it is: {}; restore a backup, and keep this directory",
      path, status.ToString());
  const std::lock_guard lock(mutex_);
  damaged_.insert(path);
  return true;
}

std::size_t CompactionGuard::damaged_tables() const {
  const std::lock_guard lock(mutex_);
  return damaged_.size();
}

}  // namespace warble::storage
