// LruPool: a map with a limit in bytes that forgets what was not used lately: second-chance order
// (the CLOCK approximation of LRU, Corbató 1968), so that a hit writes one flag and moves nothing.
//
// Values are shared and immutable: a reader keeps what it found, whatever is forgotten meanwhile.
// Thread-safe; cut into shards by hash, each with its own lock, order and share of the limit.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace warble::storage {

/// `Hash` mixes all 64 bits well.
template <class Key, class Value, class Hash>
class LruPool {
 public:
  using Pointer = std::shared_ptr<const Value>;
  static constexpr std::size_t kEntryOverheadBytes = 160;  ///< node, map entry, control block

  /// Keeps nothing at all when the capacity is 0.
  explicit LruPool(std::size_t capacity_bytes) : shard_capacity_(capacity_bytes / kShards) {}

  /// The value of a key, or nothing. (A value may itself be a null pointer.)
  std::optional<Pointer> Find(const Key& key) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) return std::nullopt;
    found->second->used = true;
    return found->second->value;
  }

  /// Keeps a value of `size_bytes` if may_insert() says so under the lock of its shard.
  template <class MayInsert>
  void Insert(const Key& key, Pointer value, std::size_t size_bytes, MayInsert may_insert) {
    const std::size_t charge = size_bytes + kEntryOverheadBytes;
    if (charge > shard_capacity_) return;
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    if (!may_insert()) return;
    Erase(shard, key);
    shard.order.push_back({key, std::move(value), charge, false});
    shard.entries.emplace(key, std::prev(shard.order.end()));
    shard.used_bytes += charge;
    while (shard.used_bytes > shard_capacity_) EvictOne(shard);
  }

  /// Replaces the value of a key that is kept by replace(old value), which also says its size; or
  /// forgets it where replace gives nothing. The order of use is not changed.
  template <class Replace>
  void Update(const Key& key, Replace replace) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) return;
    Entry& entry = *found->second;
    std::optional<std::pair<Pointer, std::size_t>> replaced = replace(entry.value);
    if (!replaced) {
      Erase(shard, key);
      return;
    }
    shard.used_bytes -= entry.charge;
    entry.value = std::move(replaced->first);
    entry.charge = replaced->second + kEntryOverheadBytes;
    shard.used_bytes += entry.charge;
  }

  std::size_t used_bytes() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      sum += shard.used_bytes;
    }
    return sum;
  }

 private:
  static constexpr std::size_t kShards = 64;
  struct Entry {
    Key key;
    Pointer value;
    std::size_t charge;
    bool used;  // since it was last looked at for eviction
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> order;  // the next to be looked at for eviction first
    boost::unordered_flat_map<Key, typename std::list<Entry>::iterator, Hash> entries;
    std::size_t used_bytes = 0;
  };

  Shard& ShardOf(const Key& key) { return shards_[Hash()(key) >> 58]; }
  static void EvictOne(Shard& shard) {
    Entry& oldest = shard.order.front();
    if (!oldest.used) {
      Erase(shard, oldest.key);
      return;
    }
    oldest.used = false;
    shard.order.splice(shard.order.end(), shard.order, shard.order.begin());
  }
  static void Erase(Shard& shard, Key key) {
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) return;
    const auto entry = found->second;
    shard.used_bytes -= entry->charge;
    shard.entries.erase(found);
    shard.order.erase(entry);
  }

  const std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace warble::storage
