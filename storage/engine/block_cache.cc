#include "storage/engine/block_cache.h"

#include <rocksdb/cache.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

namespace warble::storage {
namespace {

thread_local std::uint64_t missed_look_ups = 0;
// Of all threads. A miss costs a read of the disk, so this counter may be shared.
std::atomic<std::uint64_t> all_missed_look_ups{0};

// The functions that this class leaves out are about a secondary cache. There is none, so the base
// class's answers are right.
class NotingCache final : public rocksdb::Cache {
 public:
  explicit NotingCache(std::shared_ptr<rocksdb::Cache> cache) : cache_(std::move(cache)) {}

  Handle* Lookup(const rocksdb::Slice& key, rocksdb::Statistics* statistics) override {
    return Note(cache_->Lookup(key, statistics));
  }
  Handle* Lookup(const rocksdb::Slice& key, const CacheItemHelper* helper,
                 const CreateCallback& create, Priority priority, bool wait,
                 rocksdb::Statistics* statistics) override {
    return Note(cache_->Lookup(key, helper, create, priority, wait, statistics));
  }

  rocksdb::Status Insert(const rocksdb::Slice& key, void* value, std::size_t charge,
                         DeleterFn deleter, Handle** handle, Priority priority) override {
    return cache_->Insert(key, value, charge, deleter, handle, priority);
  }
  rocksdb::Status Insert(const rocksdb::Slice& key, void* value, const CacheItemHelper* helper,
                         std::size_t charge, Handle** handle, Priority priority) override {
    return cache_->Insert(key, value, helper, charge, handle, priority);
  }
  bool Ref(Handle* handle) override { return cache_->Ref(handle); }
  bool Release(Handle* handle, bool erase_if_last) override {
    return cache_->Release(handle, erase_if_last);
  }
  bool Release(Handle* handle, bool useful, bool erase_if_last) override {
    return cache_->Release(handle, useful, erase_if_last);
  }
  void* Value(Handle* handle) override { return cache_->Value(handle); }
  void Erase(const rocksdb::Slice& key) override { cache_->Erase(key); }
  void EraseUnRefEntries() override { cache_->EraseUnRefEntries(); }
  void DisownData() override { cache_->DisownData(); }
  void ApplyToAllEntries(
      const std::function<void(const rocksdb::Slice&, void*, std::size_t, DeleterFn)>& visit,
      const ApplyToAllEntriesOptions& options) override {
    cache_->ApplyToAllEntries(visit, options);
  }

  void SetCapacity(std::size_t bytes) override { cache_->SetCapacity(bytes); }
  void SetStrictCapacityLimit(bool strict) override { cache_->SetStrictCapacityLimit(strict); }

  const char* Name() const override { return cache_->Name(); }
  std::uint64_t NewId() override { return cache_->NewId(); }
  bool HasStrictCapacityLimit() const override { return cache_->HasStrictCapacityLimit(); }
  std::size_t GetCapacity() const override { return cache_->GetCapacity(); }
  std::size_t GetUsage() const override { return cache_->GetUsage(); }
  std::size_t GetUsage(Handle* handle) const override { return cache_->GetUsage(handle); }
  std::size_t GetPinnedUsage() const override { return cache_->GetPinnedUsage(); }
  std::size_t GetCharge(Handle* handle) const override { return cache_->GetCharge(handle); }
  std::size_t GetOccupancyCount() const override { return cache_->GetOccupancyCount(); }
  std::size_t GetTableAddressCount() const override { return cache_->GetTableAddressCount(); }
  DeleterFn GetDeleter(Handle* handle) const override { return cache_->GetDeleter(handle); }
  std::string GetPrintableOptions() const override { return cache_->GetPrintableOptions(); }

 private:
  static Handle* Note(Handle* handle) {
    if (handle == nullptr) {
      ++missed_look_ups;
      all_missed_look_ups.fetch_add(1, std::memory_order_relaxed);
    }
    return handle;
  }

  const std::shared_ptr<rocksdb::Cache> cache_;
};

}  // namespace

std::shared_ptr<rocksdb::Cache> NewBlockCache(std::size_t capacity_bytes) {
  // A hit in RocksDB's LRU cache takes two mutexes and moves the block in a list, four places of
  // memory; in this one it is one atomic addition. Its table does not grow, so it is made for the
  // smallest blocks there are, the pieces of indexes and filters. Few shards: a block that is
  // larger than its shard is never kept, and a cache may be as small as 1 MiB.
  constexpr std::size_t kSmallBlockBytes = 4 << 10;
  constexpr int kCacheShardBits = 2;
  return std::make_shared<NotingCache>(
      rocksdb::HyperClockCacheOptions(capacity_bytes, kSmallBlockBytes, kCacheShardBits)
          .MakeSharedCache());
}

std::uint64_t MissedLookUps() { return missed_look_ups; }

std::uint64_t AllMissedLookUps() { return all_missed_look_ups.load(std::memory_order_relaxed); }

}  // namespace warble::storage
