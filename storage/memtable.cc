#include "storage/memtable.h"

#include <rocksdb/memtablerep.h>
#include <rocksdb/version.h>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <new>
#include <random>

namespace rocksdb {

// RocksDB does not publish what its memtables allocate from; the same as memory/allocator.h, of
// which an Arena is one.
static_assert(ROCKSDB_MAJOR == 7 && ROCKSDB_MINOR == 8, "compare memory/allocator.h and arena.h");
class Allocator {
 public:
  virtual ~Allocator() {}

  virtual char* Allocate(size_t bytes) = 0;
  virtual char* AllocateAligned(size_t bytes, size_t huge_page_size = 0,
                                Logger* logger = nullptr) = 0;

  virtual size_t BlockSize() const = 0;
};

}  // namespace rocksdb

namespace warble::storage {
namespace {

using rocksdb::Slice;

constexpr std::size_t kTrailerSize = 8;  // of an internal key: its sequence number and type

// The first bytes of the key of a row as a number of the same order. What is shorter is filled up.
std::uint64_t HeadOf(const Slice& internal_key) {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
  std::memcpy(bytes.data(), internal_key.data(),
              std::min(bytes.size(), internal_key.size() - kTrailerSize));
  return boost::endian::load_big_u64(bytes.data());
}

class Memtable final : public rocksdb::MemTableRep {
 public:
  Memtable(const KeyComparator& comparator, rocksdb::Allocator* allocator)
      : MemTableRep(allocator), comparator_(comparator), first_(NewNode(kMostLevels, 0)) {}

  rocksdb::KeyHandle Allocate(std::size_t size, char** entry) override {
    Node* const node = NewNode(RandomLevels(), size);
    *entry = node->entry();
    return node;
  }
  void Insert(rocksdb::KeyHandle handle) override;
  bool Contains(const char* entry) const override;
  std::size_t ApproximateMemoryUsage() override { return 0; }  // beside what was allocated
  Iterator* GetIterator(rocksdb::Arena* arena) override;

 private:
  static constexpr unsigned kMostLevels = 12;

  struct Node {
    using Link = std::atomic<Node*>;

    std::uint64_t head;
    std::uint64_t levels;

    // Behind the node lie a link a level and then the entry.
    Link& link(unsigned level) { return reinterpret_cast<Link*>(this + 1)[level]; }
    char* entry() { return reinterpret_cast<char*>(&link(0) + levels); }
    Node* Next(unsigned level) { return link(level).load(std::memory_order_acquire); }
  };
  class Cursor;

  Node* NewNode(unsigned levels, std::size_t entry_size);
  unsigned RandomLevels();
  // The last node that sorts before a key, the list's own first one if there is none; and of every
  // level to *before, if that is asked for.
  Node* FindBefore(const Slice& key, std::array<Node*, kMostLevels>* before = nullptr) const;
  Node* FindLast() const;

  const KeyComparator& comparator_;
  Node* const first_;  // sorts before all and has no entry
  std::minstd_rand random_;
};

Memtable::Node* Memtable::NewNode(unsigned levels, std::size_t entry_size) {
  char* const memory =
      allocator_->AllocateAligned(sizeof(Node) + levels * sizeof(Node::Link) + entry_size);
  Node* const node = new (memory) Node{0, levels};
  for (unsigned level = 0; level < levels; ++level) new (&node->link(level)) Node::Link(nullptr);
  return node;
}

// One in four nodes of a level is also on the next.
unsigned Memtable::RandomLevels() {
  const auto random = static_cast<std::uint32_t>(random_()) | 1U << 2 * (kMostLevels - 1);
  return 1 + static_cast<unsigned>(std::countr_zero(random)) / 2;
}

void Memtable::Insert(rocksdb::KeyHandle handle) {
  Node* const node = static_cast<Node*>(handle);
  const Slice key = comparator_.decode_key(node->entry());
  node->head = HeadOf(key);
  std::array<Node*, kMostLevels> before;
  FindBefore(key, &before);
  for (unsigned level = 0; level < node->levels; ++level) {
    node->link(level).store(before[level]->Next(level), std::memory_order_relaxed);
    before[level]->link(level).store(node, std::memory_order_release);  // readers see it whole
  }
}

Memtable::Node* Memtable::FindBefore(const Slice& key,
                                     std::array<Node*, kMostLevels>* before) const {
  const std::uint64_t head = HeadOf(key);
  const auto sorts_before = [&](Node* node) {
    return node->head != head ? node->head < head : comparator_(node->entry(), key) < 0;
  };
  Node* last = first_;
  Node* bound = nullptr;  // known not to sort before the key
  for (unsigned level = kMostLevels; level-- > 0;) {
    Node* next = last->Next(level);
    while (next != bound && sorts_before(next)) {
      last = next;
      next = last->Next(level);
    }
    bound = next;
    if (before != nullptr) (*before)[level] = last;
  }
  return last;
}

Memtable::Node* Memtable::FindLast() const {
  Node* last = first_;
  for (unsigned level = kMostLevels; level-- > 0;) {
    while (Node* const next = last->Next(level)) last = next;
  }
  return last;
}

bool Memtable::Contains(const char* entry) const {
  const Slice key = comparator_.decode_key(entry);
  Node* const found = FindBefore(key)->Next(0);
  return found != nullptr && comparator_(found->entry(), key) == 0;
}

class Memtable::Cursor final : public Iterator {
 public:
  explicit Cursor(const Memtable* list) : list_(list) {}

  bool Valid() const override { return node_ != nullptr; }
  const char* key() const override { return node_->entry(); }
  void Next() override { node_ = node_->Next(0); }
  void Prev() override { MoveTo(list_->FindBefore(Key())); }
  void Seek(const Slice& key, const char*) override { node_ = list_->FindBefore(key)->Next(0); }
  void SeekForPrev(const Slice& key, const char* entry) override {
    Seek(key, entry);
    if (!Valid()) return SeekToLast();
    if (list_->comparator_(node_->entry(), key) > 0) Prev();
  }
  void SeekToFirst() override { node_ = list_->first_->Next(0); }
  void SeekToLast() override { MoveTo(list_->FindLast()); }

 private:
  Slice Key() const { return list_->comparator_.decode_key(node_->entry()); }
  void MoveTo(Node* node) { node_ = node != list_->first_ ? node : nullptr; }

  const Memtable* list_;
  Node* node_ = nullptr;
};

rocksdb::MemTableRep::Iterator* Memtable::GetIterator(rocksdb::Arena* arena) {
  if (arena == nullptr) {
    // Asked for by MemTableRep::Get() alone, which never deletes it.
    thread_local Cursor cursor(nullptr);
    cursor = Cursor(this);
    return &cursor;
  }
  auto* const allocator = reinterpret_cast<rocksdb::Allocator*>(arena);
  return new (allocator->AllocateAligned(sizeof(Cursor))) Cursor(this);
}

class MemtableFactory final : public rocksdb::MemTableRepFactory {
 public:
  using MemTableRepFactory::CreateMemTableRep;
  rocksdb::MemTableRep* CreateMemTableRep(const rocksdb::MemTableRep::KeyComparator& comparator,
                                          rocksdb::Allocator* allocator,
                                          const rocksdb::SliceTransform*,
                                          rocksdb::Logger*) override {
    return new Memtable(comparator, allocator);
  }
  const char* Name() const override { return "WarbleMemtable"; }
};

}  // namespace

std::shared_ptr<rocksdb::MemTableRepFactory> MakeMemtableFactory() {
  return std::make_shared<MemtableFactory>();
}

}  // namespace warble::storage
