#include "storage/engine/compaction_guard.h"

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

// The state of the compaction on this thread. RocksDB makes all of a compaction on one thread,
// because max_subcompactions is 1.
enum class State { kNone, kSound, kDamaged, kNoRoom };
thread_local State state = State::kNone;

void NoteRead(const IOStatus& status) {
  if (!status.ok() && state == State::kSound) state = State::kDamaged;
}

// Notes a table that found no room. The list of tables is different: a failure there ends the
// process.
IOStatus NoteRoom(IOStatus status) {
  if (status.IsNoSpace() && state == State::kSound) state = State::kNoRoom;
  return status;
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

// A table that a compaction writes, as long as there is room.
class RoomyTable final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  RoomyTable(std::unique_ptr<rocksdb::FSWritableFile> target, const Room& room)
      : FSWritableFileOwnerWrapper(std::move(target)), room_(room) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    const IOStatus status = AskForRoom(data.size());
    return NoteRoom(status.ok() ? target()->Append(data, options, debug) : status);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    const IOStatus status = AskForRoom(data.size());
    return NoteRoom(status.ok() ? target()->Append(data, options, verification, debug) : status);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return NoteRoom(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return NoteRoom(target()->Fsync(options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return NoteRoom(target()->Close(options, debug));
  }

 private:
  IOStatus AskForRoom(std::size_t size) {
    constexpr std::size_t kAskedEvery = std::size_t{1} << 20;
    if (size >= covered_) {
      if (room_.free_bytes() < room_.spared_bytes) {
        return IOStatus::NoSpace("a compaction would take what flushes need");
      }
      covered_ = kAskedEvery + size;
    }
    covered_ -= size;
    return IOStatus::OK();
  }

  const Room room_;
  std::size_t covered_ = 0;  // bytes that may be written before the space is looked at again
};

class WatchingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  WatchingFileSystem(const std::shared_ptr<rocksdb::FileSystem>& target, Room room)
      : FileSystemWrapper(target), room_(std::move(room)) {}

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
    const bool is_table = path.ends_with(".sst");
    IOStatus status = target()->NewWritableFile(path, options, result, debug);
    if (is_table) status = NoteRoom(std::move(status));
    if (is_table && status.ok() && state == State::kSound) {
      *result = std::make_unique<RoomyTable>(std::move(*result), room_);
    }
    return status;
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* debug) override {
    IOStatus status = target()->NewDirectory(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<GuardedDirectory>(std::move(*result));
    return status;
  }

 private:
  const Room room_;
};

// Reads every block of a table from its file: the reader has a cache of its own, which is empty.
rocksdb::Status ReadWhole(const std::string& path, rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  rocksdb::SstFileReader reader(options);
  rocksdb::Status status = reader.Open(path);
  return status.ok() ? reader.VerifyChecksum() : status;
}

}  // namespace

std::shared_ptr<rocksdb::FileSystem> CompactionGuard::Watching(
    const std::shared_ptr<rocksdb::FileSystem>& target, Room room) {
  return std::make_shared<WatchingFileSystem>(target, std::move(room));
}

bool CompactionGuard::Begin(const rocksdb::CompactionJobInfo& job) {
  bool sound = true;
  for (const std::string& path : job.input_files) sound = !IsDamaged(path) && sound;
  state = sound ? State::kSound : State::kDamaged;
  return sound;
}

bool CompactionGuard::End() {
  const State ended = std::exchange(state, State::kNone);
  return ended == State::kDamaged || ended == State::kNoRoom;
}

bool CompactionGuard::IsDamaged(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (damaged_.contains(path)) return true;
  }
  const rocksdb::Status status = ReadWhole(path, env_);
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
