// CacheTable: a bounded map from short keys to bytes, laid out for the memory it lies in.
//
// The table is cut into sets of nine entries, as a processor's cache is. All that a look-up needs
// to find an entry (lock, stamp, tags and pointers) is 128 bytes in one place, and key and value of
// an entry are one block: a hit touches two places of memory, where the usual map of shared
// pointers touches five. Second chance (the CLOCK approximation of LRU, Corbató 1968) chooses what
// the table forgets, so that a hit moves nothing.
//
// Each set carries a stamp, a number that only grows. The owner of the table, which keeps it true
// to a database, tells Find() and Insert() up to which stamp they may trust a set. See
// decoded_cache.h for the protocol.
//
// Thread-safe: a set has its own lock, and nothing holds two.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <thread>

namespace warble::storage {

/// A key of a table, with its hash.
class CacheKey {
 public:
  static constexpr std::size_t kCapacity = 55;
  /// The bytes of `name`, at most kCapacity - 1, under a tag that keeps different things apart.
  CacheKey(std::uint8_t tag, std::string_view name);
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  std::uint8_t tag() const { return static_cast<std::uint8_t>(bytes_[0]); }
  std::string_view name() const { return bytes().substr(1); }
  std::uint64_t hash() const { return hash_; }

 private:
  std::array<char, kCapacity> bytes_;
  std::uint8_t size_;
  std::uint64_t hash_;
};

class CacheTable {
 public:
  /// nullopt: the cache knows that there is no value.
  using Value = std::optional<std::string_view>;

  /// The sets, too, are within the capacity. With less than a set's bytes nothing is ever kept.
  explicit CacheTable(std::size_t capacity_bytes);
  ~CacheTable();
  CacheTable(const CacheTable&) = delete;
  CacheTable& operator=(const CacheTable&) = delete;

  /// Calls visit(Value) under the lock of the key's set and returns true, if the key is kept and
  /// its set's stamp is at most `trusted`. The visitor copies what it wants and must be quick.
  template <class Visit>
  bool Find(const CacheKey& key, std::uint64_t trusted, Visit visit) {
    if (set_count_ == 0) return false;
    Set& set = SetOf(key);
    const Guard guard(set);
    const std::size_t way =
        set.stamp.load(std::memory_order_acquire) > trusted ? kWays : FindWay(set, key);
    if (way == kWays) {
      misses_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    set.used = static_cast<std::uint16_t>(set.used | 1U << way);
    visit(ValueOf(*set.EntryAt(way)));
    return true;
  }
  /// Hints that the caller looks for all of these next, so that the waits for memory overlap.
  /// Prefetch() itself waits for the sets of the keys; a caller with other work to do first calls
  /// PrefetchSets(), and Prefetch() after that work.
  void Prefetch(std::span<const CacheKey> keys) const;
  void PrefetchSets(std::span<const CacheKey> keys) const;

  /// Keeps a value unless the set's stamp is above `trusted`.
  void Insert(const CacheKey& key, Value value, std::uint64_t trusted);
  /// Raises the stamp of the key's set. One thread at a time.
  void Stamp(const CacheKey& key, std::uint64_t stamp);
  /// If the table keeps the key, replaces its value with the result of replace(Value): an optional
  /// of an optional text, as Value is one. If that is nullopt, the table forgets the key.
  template <class Replace>
  void Update(const CacheKey& key, Replace replace) {
    if (set_count_ == 0) return;
    Set& set = SetOf(key);
    const Guard guard(set);
    const std::size_t way = FindWay(set, key);
    if (way == kWays) return;
    const auto replaced = replace(ValueOf(*set.EntryAt(way)));
    Entry* entry = replaced ? MakeEntry(key, *replaced) : nullptr;
    Drop(set, way);
    if (entry != nullptr) Place(set, way, key, entry);
  }

  bool keeps_anything() const { return set_count_ > 0; }
  std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  /// How many calls of Find() found nothing, for metrics; a table that keeps nothing counts none.
  std::uint64_t misses() const { return misses_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kWays = 9;
  // An entry with its share of a set that is two thirds full; it determines the number of sets. If
  // entries are larger, sets stay emptier.
  static constexpr std::size_t kExpectedEntryBytes = 160;

  struct Entry;  // a header, the key's bytes, the value's bytes
  struct Set {
    std::atomic<std::uint64_t> stamp;
    std::atomic_flag lock;
    std::uint8_t hand;   // the next way to be looked at for eviction
    std::uint16_t used;  // a bit a way: since it was last looked at
    // Written under the lock; a prefetch reads them without.
    std::array<std::atomic<std::uint32_t>, kWays> tags;  // of the hashes of the entries
    std::array<std::atomic<Entry*>, kWays> entries;

    Entry* EntryAt(std::size_t way) const { return entries[way].load(std::memory_order_relaxed); }
    std::uint32_t TagAt(std::size_t way) const { return tags[way].load(std::memory_order_relaxed); }
  };
  static_assert(sizeof(Set) <= 128);
  struct alignas(128) AlignedSet : Set {};
  class Guard {
   public:
    explicit Guard(Set& set) : set_(set) {
      // The holder needs well under a microsecond, unless the kernel took its core away.
      while (set_.lock.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    }
    ~Guard() { set_.lock.clear(std::memory_order_release); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Set& set_;
  };

  static std::uint32_t TagOf(const CacheKey& key) { return static_cast<std::uint32_t>(key.hash()); }
  Set& SetOf(const CacheKey& key) const {
    __extension__ using Wide = unsigned __int128;  // the hash as a fraction of the sets
    return sets_[static_cast<std::size_t>(Wide{key.hash()} * set_count_ >> 64)];
  }
  static std::size_t FindWay(const Set& set, const CacheKey& key);
  static Value ValueOf(const Entry& entry);
  static Entry* MakeEntry(const CacheKey& key, const Value& value);
  void Drop(Set& set, std::size_t way);
  void Place(Set& set, std::size_t way, const CacheKey& key, Entry* entry);
  static std::size_t ChooseVictim(Set& set);
  void EvictSome();

  const std::size_t capacity_bytes_;
  const std::size_t set_count_;
  AlignedSet* const sets_;
  std::atomic<std::size_t> used_bytes_;
  std::atomic<std::uint64_t> misses_{0};  // each costs a read of the database besides
  std::atomic<std::size_t> hand_{0};      // the next set to be swept
};

}  // namespace warble::storage
