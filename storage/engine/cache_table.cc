#include "storage/engine/cache_table.h"

#include "storage/base/check.h"

#define XXH_INLINE_ALL  // keys are short: the call would cost as much as the hash
#include <xxhash.h>

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace warble::storage {

CacheKey::CacheKey(std::uint8_t tag, std::string_view name)
    : size_(static_cast<std::uint8_t>(1 + name.size())) {
  WARBLE_CHECK(name.size() < kCapacity);
  bytes_[0] = static_cast<char>(tag);
  std::memcpy(bytes_.data() + 1, name.data(), name.size());
  // Hashes the name at its source: bytes that were just copied are slower to read.
  hash_ = XXH3_64bits_withSeed(name.data(), name.size(), tag);
}

struct CacheTable::Entry {
  std::uint32_t value_size;
  std::uint8_t key_size;
  bool absent;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), key_size}; }
  std::string_view value() const { return {key().data() + key_size, value_size}; }
  std::size_t size() const { return sizeof(Entry) + key_size + value_size; }
  /// What an allocator takes for it, roughly.
  std::size_t charge() const { return (size() + 8 + 15) / 16 * 16; }
};

namespace {

constexpr std::size_t kLine = 64;  // bytes that come from memory together

// Pages of zeros that take no memory until they are written to: an empty set is all zeros.
void* MapZeros(std::size_t size_bytes) {
  if (size_bytes == 0) return nullptr;
  void* const memory =
      ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Look-ups jump all over it: with small pages each would wait for the page tables too.
  static_cast<void>(::madvise(memory, size_bytes, MADV_HUGEPAGE));
  return memory;
}

}  // namespace

CacheTable::CacheTable(std::size_t capacity_bytes)
    : capacity_bytes_(capacity_bytes),
      set_count_(capacity_bytes * 3 / 2 / kExpectedEntryBytes / kWays),
      sets_(static_cast<AlignedSet*>(MapZeros(set_count_ * sizeof(AlignedSet)))),
      used_bytes_(set_count_ * sizeof(AlignedSet)) {}

CacheTable::~CacheTable() {
  for (std::size_t i = 0; i < set_count_; ++i) {
    for (std::size_t way = 0; way < kWays; ++way) ::operator delete(sets_[i].EntryAt(way));
  }
  if (sets_ != nullptr) ::munmap(sets_, set_count_ * sizeof(AlignedSet));
}

CacheTable::Value CacheTable::ValueOf(const Entry& entry) {
  return entry.absent ? Value() : Value(entry.value());
}

std::size_t CacheTable::FindWay(const Set& set, const CacheKey& key) {
  const std::uint32_t tag = TagOf(key);
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.TagAt(way) != tag) continue;
    const Entry* const entry = set.EntryAt(way);
    if (entry != nullptr && entry->key() == key.bytes()) return way;
  }
  return kWays;
}

CacheTable::Entry* CacheTable::MakeEntry(const CacheKey& key, const Value& value) {
  const std::string_view bytes = value.value_or(std::string_view());
  const std::size_t size = sizeof(Entry) + key.bytes().size() + bytes.size();
  auto* const entry = new (::operator new(size))
      Entry{static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint8_t>(key.bytes().size()),
            !value.has_value()};
  key.bytes().copy(entry->bytes(), key.bytes().size());
  bytes.copy(entry->bytes() + key.bytes().size(), bytes.size());
  return entry;
}

void CacheTable::Drop(Set& set, std::size_t way) {
  Entry* const entry = set.EntryAt(way);
  used_bytes_.fetch_sub(entry->charge(), std::memory_order_relaxed);
  set.entries[way].store(nullptr, std::memory_order_relaxed);
  ::operator delete(entry);
}

void CacheTable::Place(Set& set, std::size_t way, const CacheKey& key, Entry* entry) {
  used_bytes_.fetch_add(entry->charge(), std::memory_order_relaxed);
  set.tags[way].store(TagOf(key), std::memory_order_relaxed);
  set.entries[way].store(entry, std::memory_order_relaxed);
}

// A way without an entry, or else the first that was not used since it was last looked at.
std::size_t CacheTable::ChooseVictim(Set& set) {
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.EntryAt(way) == nullptr) return way;
  }
  for (;;) {
    const std::size_t way = set.hand;
    set.hand = static_cast<std::uint8_t>((way + 1) % kWays);
    if ((set.used >> way & 1) == 0) return way;
    set.used = static_cast<std::uint16_t>(set.used & ~(1U << way));
  }
}

void CacheTable::PrefetchSets(std::span<const CacheKey> keys) const {
  if (set_count_ == 0) return;
  for (const CacheKey& key : keys) {
    const char* const set = reinterpret_cast<const char*>(&SetOf(key));
    __builtin_prefetch(set);
    __builtin_prefetch(set + kLine);
  }
}

void CacheTable::Prefetch(std::span<const CacheKey> keys) const {
  if (set_count_ == 0) return;
  PrefetchSets(keys);
  for (const CacheKey& key : keys) {
    const Set& set = SetOf(key);
    for (std::size_t way = 0; way < kWays; ++way) {
      if (set.TagAt(way) != TagOf(key)) continue;
      const char* const entry = reinterpret_cast<const char*>(set.EntryAt(way));
      if (entry == nullptr) continue;
      __builtin_prefetch(entry);
      __builtin_prefetch(entry + kLine);
    }
  }
}

void CacheTable::Insert(const CacheKey& key, Value value, std::uint64_t trusted) {
  const std::size_t size = value ? value->size() : 0;
  if (set_count_ == 0 || size > capacity_bytes_ / 64) return;
  {
    Set& set = SetOf(key);
    const Guard guard(set);
    if (set.stamp.load(std::memory_order_acquire) > trusted) return;
    Entry* const entry = MakeEntry(key, value);
    std::size_t way = FindWay(set, key);
    if (way == kWays) way = ChooseVictim(set);
    if (set.EntryAt(way) != nullptr) Drop(set, way);
    Place(set, way, key, entry);
    set.used = static_cast<std::uint16_t>(set.used & ~(1U << way));
  }
  while (used_bytes() > capacity_bytes_) EvictSome();
}

void CacheTable::EvictSome() {
  Set& set = sets_[hand_.fetch_add(1, std::memory_order_relaxed) % set_count_];
  const Guard guard(set);
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.EntryAt(way) != nullptr && (set.used >> way & 1) == 0) Drop(set, way);
  }
  set.used = 0;
}

void CacheTable::Stamp(const CacheKey& key, std::uint64_t stamp) {
  if (set_count_ != 0) SetOf(key).stamp.store(stamp, std::memory_order_release);
}

}  // namespace warble::storage
