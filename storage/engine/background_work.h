// What RocksDB does by itself: how urgent it is, whether there is room for it, and what its
// failures mean.
//
//   - A failed flush, log or manifest ends the process (I5). A compaction has acknowledged nothing:
//     if it fails for want of space or because of damaged input, its tables stay as they are, and
//     serving goes on.
//   - A compaction begins only if its outcome leaves the floor of free space untouched, and ends
//     without one when others take the space meanwhile.
//   - Compactions take only time that no other thread wants (SCHED_IDLE), until the tables that
//     wait for them slow down reads: then they compete for it.
//
// Callbacks come from RocksDB's threads; everything is thread-safe.
#pragma once

#include "storage/engine/compaction_guard.h"

#include <rocksdb/listener.h>
#include <rocksdb/sst_file_manager.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace warble::storage {

class BackgroundWork final : public rocksdb::EventListener {
 public:
  struct Callbacks {
    /// The most tables that the lowest-numbered level of any family has; they overlap each other.
    std::function<std::size_t()> count_young_tables;
    /// No table of that family is compacted any more.
    std::function<void(const std::string& family)> leave_alone;
  };
  /// Young tables of a family from which on compactions are urgent. RocksDB slows down writes
  /// at 20.
  static constexpr std::size_t kUrgentTables = 8;

  /// `env`, the database's, outlives it; see CompactionGuard.
  BackgroundWork(rocksdb::Env* env, std::size_t floor_bytes,
                 std::function<std::size_t()> free_bytes);

  const std::shared_ptr<rocksdb::SstFileManager>& space() const { return space_; }
  std::size_t damaged_tables() const { return guard_.damaged_tables(); }
  /// What Callbacks::count_young_tables said when a flush or compaction was last over.
  std::size_t young_tables() const { return young_tables_; }

  /// Attach() once the database is open, Detach() just before it is closed.
  void Attach(Callbacks callbacks);
  void Detach();
  /// Tells RocksDB how much space there is now, and the caller how many bytes are free; first
  /// before the database is opened.
  std::size_t UpdateSpace();

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;
  void OnCompactionBegin(rocksdb::DB* db, const rocksdb::CompactionJobInfo& job) override;
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& job) override;
  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& job) override;

 private:
  void UpdateYoungTables();

  CompactionGuard guard_;
  std::shared_ptr<rocksdb::SstFileManager> space_;
  const std::function<std::size_t()> free_bytes_;
  std::mutex mutex_;
  Callbacks callbacks_;         // empty while detached
  std::set<pid_t> compacting_;  // threads that have compacted
  bool urgent_ = false;
  std::atomic<std::size_t> young_tables_{0};  // written under the mutex
};

}  // namespace warble::storage
