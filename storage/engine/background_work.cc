#include "storage/engine/background_work.h"

#include "storage/base/check.h"
#include "storage/base/thread_priority.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/status.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <utility>

namespace warble::storage {

BackgroundWork::BackgroundWork(rocksdb::Env* env, std::size_t floor_bytes,
                               std::function<std::size_t()> free_bytes)
    : guard_(env), space_(rocksdb::NewSstFileManager(env)), free_bytes_(std::move(free_bytes)) {
  space_->SetCompactionBufferSize(floor_bytes);
}

void BackgroundWork::Attach(Callbacks callbacks) {
  {
    const std::lock_guard lock(mutex_);
    callbacks_ = std::move(callbacks);
  }
  UpdateSpace();
  UpdateYoungTables();
}

void BackgroundWork::Detach() {
  const std::lock_guard lock(mutex_);
  callbacks_ = {};
}

std::size_t BackgroundWork::UpdateSpace() {
  // RocksDB begins a compaction if the tables there are, its input once more and the buffer
  // together stay within what is allowed; allowing nothing would be no limit.
  const std::size_t free_bytes = free_bytes_();
  space_->SetMaxAllowedSpaceUsage(space_->GetTotalSize() + free_bytes + 1);
  return free_bytes;
}

void BackgroundWork::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                       rocksdb::Status* status) {
  if (status->subcode() == rocksdb::Status::kSpaceLimit) {
    *status = rocksdb::Status::OK();  // the limit is for compactions alone
    return;
  }
  if (reason == rocksdb::BackgroundErrorReason::kWriteCallback) {
    Fatal(fmt::format("a write failed: {}", status->ToString()));
  }
  if (reason == rocksdb::BackgroundErrorReason::kCompaction) {
    if (CompactionGuard::End() || status->IsCorruption()) {
      if (status->IsNoSpace()) spdlog::warn("a compaction found no room and is tried again");
      *status = rocksdb::Status::OK();
      return;
    }
  }
  Fatal(fmt::format("RocksDB failed in the background: {}", status->ToString()));
}

void BackgroundWork::OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) {
  {
    const std::lock_guard lock(mutex_);
    if (compacting_.insert(::gettid()).second) SetCompactionClass(::gettid(), urgent_);
  }
  if (guard_.Begin(job)) return;
  std::function<void(const std::string&)> leave_alone;
  {
    const std::lock_guard lock(mutex_);
    leave_alone = callbacks_.leave_alone;
  }
  if (leave_alone) leave_alone(job.cf_name);
}

void BackgroundWork::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) {
  if (job.status.ok()) CompactionGuard::End();  // else OnBackgroundError() comes next
  UpdateSpace();
  UpdateYoungTables();
}

void BackgroundWork::OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) {
  UpdateSpace();
  UpdateYoungTables();
}

void BackgroundWork::UpdateYoungTables() {
  const std::lock_guard lock(mutex_);
  if (!callbacks_.count_young_tables) return;
  const std::size_t count = callbacks_.count_young_tables();
  young_tables_ = count;
  const bool urgent = count >= kUrgentTables;
  if (urgent == urgent_) return;
  urgent_ = urgent;
  for (const pid_t thread : compacting_) SetCompactionClass(thread, urgent);
}

}  // namespace warble::storage
