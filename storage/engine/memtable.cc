#include "storage/engine/memtable.h"

#include "storage/format/keys.h"

#include <rocksdb/memtablerep.h>
#include <rocksdb/version.h>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace rocksdb {

// RocksDB does not publish the interface that its memtables allocate by. This copies
// memory/allocator.h; an Arena implements it.
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

// The first bytes of a key as a number of the same order; a shorter key is filled up with zeros.
std::uint64_t HeadOf(std::string_view key) {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
  std::memcpy(bytes.data(), key.data(), std::min(bytes.size(), key.size()));
  return boost::endian::load_big_u64(bytes.data());
}

std::string_view UserKeyOf(const Slice& internal_key) {
  return {internal_key.data(), internal_key.size() - kTrailerSize};
}

// Whether an entry says that its row was deleted: the lowest byte of the trailer, which comes first
// in it, is the type, and 0 that of a deletion.
bool IsDeletion(const Slice& internal_key) {
  return internal_key[internal_key.size() - kTrailerSize] == 0;
}

class Memtable;

}  // namespace

struct ActiveMemtables::State {
  void Prefetch();

  std::mutex mutex;
  std::array<const Memtable*, kFamilyCount> newest{};  // of each family that has one
  const ChangeSet* announced = nullptr;                // used by the writing thread alone
};

namespace {

class Memtable final : public rocksdb::MemTableRep {
 public:
  Memtable(const KeyComparator& comparator, rocksdb::Allocator* allocator, Family family,
           std::shared_ptr<ActiveMemtables::State> active)
      : MemTableRep(allocator),
        comparator_(comparator),
        parts_(NewParts()),
        family_(static_cast<std::size_t>(family)),
        active_(std::move(active)) {
    const std::lock_guard lock(active_->mutex);
    active_->newest[family_] = this;
  }
  ~Memtable() override {
    const std::lock_guard lock(active_->mutex);
    if (active_->newest[family_] == this) active_->newest[family_] = nullptr;
  }

  rocksdb::KeyHandle Allocate(std::size_t size, char** entry) override {
    Node* const node = NewNode(RandomLevels(), size);
    *entry = node->entry();
    return node;
  }
  void Insert(rocksdb::KeyHandle handle) override;
  bool Contains(const char* entry) const override;
  // Beside what was allocated: see kDeletionWeight.
  std::size_t ApproximateMemoryUsage() override {
    return deletions_.load(std::memory_order_relaxed) * kDeletionWeight;
  }
  Iterator* GetIterator(rocksdb::Arena* arena) override { return NewCursor(arena, false); }
  Iterator* GetDynamicPrefixIterator(rocksdb::Arena* arena) override {
    return NewCursor(arena, true);
  }

  class Walk;

 private:
  // Walks come past every deleted row until a compaction drops it, and none does while it is here.
  // So a deletion counts as a KiB, and a memtable is full with 65,536 of them at the latest.
  static constexpr std::size_t kDeletionWeight = 1 << 10;
  static constexpr unsigned kMostLevels = 10;
  static constexpr unsigned kPartBits = 12;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  static_assert(kPartBits <= 8 * kUserPrefixSize, "a user's rows lie in one part");

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

  std::atomic<Node*>* NewParts();
  Node* NewNode(unsigned levels, std::size_t entry_size);
  unsigned RandomLevels();
  Iterator* NewCursor(rocksdb::Arena* arena, bool within_part);

  static std::size_t PartOf(std::uint64_t head) { return head >> (64 - kPartBits); }
  Node* StartOf(std::size_t part) const { return parts_[part].load(std::memory_order_acquire); }
  // The last node of a key's part that sorts before it; the part's start if there is none, nothing
  // if the part has no start. Of every level to *before, if that is asked for.
  Node* FindBefore(const Slice& key, std::array<Node*, kMostLevels>* before = nullptr) const;
  // The first node of the parts from this one on, and the last of those below.
  Node* FindFirst(std::size_t part) const;
  Node* FindLast(std::size_t end) const;

  const KeyComparator& comparator_;
  // For each part a node without an entry that sorts before all others; null while it is empty.
  std::atomic<Node*>* const parts_;
  std::minstd_rand random_;
  std::atomic<std::size_t> deletions_{0};  // only the inserting thread adds
  const std::size_t family_;
  const std::shared_ptr<ActiveMemtables::State> active_;
};

std::atomic<Memtable::Node*>* Memtable::NewParts() {
  char* const memory = allocator_->AllocateAligned(kParts * sizeof(Node::Link));
  return new (memory) Node::Link[kParts]();
}

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
  if (active_->announced != nullptr) active_->Prefetch();
  Node* const node = static_cast<Node*>(handle);
  const Slice key = comparator_.decode_key(node->entry());
  node->head = HeadOf(UserKeyOf(key));
  if (IsDeletion(key)) {
    deletions_.store(deletions_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::atomic<Node*>& start = parts_[PartOf(node->head)];
  if (StartOf(PartOf(node->head)) == nullptr) {
    start.store(NewNode(kMostLevels, 0), std::memory_order_release);
  }
  std::array<Node*, kMostLevels> before;
  FindBefore(key, &before);
  for (unsigned level = 0; level < node->levels; ++level) {
    node->link(level).store(before[level]->Next(level), std::memory_order_relaxed);
    before[level]->link(level).store(node, std::memory_order_release);  // readers see it whole
  }
}

Memtable::Node* Memtable::FindBefore(const Slice& key,
                                     std::array<Node*, kMostLevels>* before) const {
  const std::uint64_t head = HeadOf(UserKeyOf(key));
  const auto sorts_before = [&](Node* node) {
    return node->head != head ? node->head < head : comparator_(node->entry(), key) < 0;
  };
  Node* last = StartOf(PartOf(head));
  if (last == nullptr) return nullptr;
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

Memtable::Node* Memtable::FindFirst(std::size_t part) const {
  for (; part < kParts; ++part) {
    Node* const start = StartOf(part);
    if (Node* const first = start != nullptr ? start->Next(0) : nullptr) return first;
  }
  return nullptr;
}

Memtable::Node* Memtable::FindLast(std::size_t end) const {
  while (end-- > 0) {
    Node* const start = StartOf(end);
    if (start == nullptr || start->Next(0) == nullptr) continue;
    Node* last = start;
    for (unsigned level = kMostLevels; level-- > 0;) {
      while (Node* const next = last->Next(level)) last = next;
    }
    return last;
  }
  return nullptr;
}

bool Memtable::Contains(const char* entry) const {
  const Slice key = comparator_.decode_key(entry);
  Node* const before = FindBefore(key);
  Node* const found = before != nullptr ? before->Next(0) : nullptr;
  return found != nullptr && comparator_(found->entry(), key) == 0;
}

class Memtable::Cursor final : public Iterator {
 public:
  Cursor(const Memtable* list, bool within_part) : list_(list), within_part_(within_part) {}

  bool Valid() const override { return node_ != nullptr; }
  const char* key() const override { return node_->entry(); }
  void Next() override { MoveBehind(node_, PartOf(node_->head)); }
  void Prev() override {
    const std::size_t part = PartOf(node_->head);
    Node* const before = list_->FindBefore(list_->comparator_.decode_key(node_->entry()));
    node_ = before != list_->StartOf(part) ? before : list_->FindLast(part);
  }
  void Seek(const Slice& key, const char*) override {
    MoveBehind(list_->FindBefore(key), PartOf(HeadOf(UserKeyOf(key))));
  }
  void SeekForPrev(const Slice& key, const char* entry) override {
    Seek(key, entry);
    if (!Valid()) {
      node_ = list_->FindLast(PartOf(HeadOf(UserKeyOf(key))) + 1);
    } else if (list_->comparator_(node_->entry(), key) > 0) {
      Prev();
    }
  }
  void SeekToFirst() override { node_ = list_->FindFirst(0); }
  void SeekToLast() override { node_ = list_->FindLast(kParts); }

 private:
  // Moves behind a node of a part, or behind the whole part if there is no node.
  void MoveBehind(Node* node, std::size_t part) {
    node_ = node != nullptr ? node->Next(0) : nullptr;
    if (node_ == nullptr && !within_part_) node_ = list_->FindFirst(part + 1);
  }

  const Memtable* list_;
  bool within_part_;
  Node* node_ = nullptr;
};

rocksdb::MemTableRep::Iterator* Memtable::NewCursor(rocksdb::Arena* arena, bool within_part) {
  if (arena == nullptr) {
    // Asked for by MemTableRep::Get() alone, which never deletes it.
    thread_local Cursor cursor(nullptr, true);
    cursor = Cursor(this, within_part);
    return &cursor;
  }
  auto* const allocator = reinterpret_cast<rocksdb::Allocator*>(arena);
  return new (allocator->AllocateAligned(sizeof(Cursor))) Cursor(this, within_part);
}

// FindBefore() once more, in steps that each end where memory would be waited for. By heads alone:
// of keys with the same head the newest row comes first, and nearly always it is the newest.
class Memtable::Walk {
 public:
  Walk(const Memtable* list, std::string_view key)
      : part_(&list->parts_[PartOf(HeadOf(key))]), head_(HeadOf(key)) {
    __builtin_prefetch(part_);
  }

  // False: it has come to its end.
  bool Step() {
    if (last_ == nullptr) {
      last_ = part_->load(std::memory_order_acquire);
      if (last_ == nullptr) return false;
      Fetch(last_);
      return true;
    }
    if (next_ != nullptr) (next_->head < head_ ? last_ : bound_) = next_;
    for (; levels_ > 0; --levels_) {
      next_ = last_->Next(levels_ - 1);
      if (next_ == bound_) continue;
      Fetch(next_);
      return true;
    }
    return false;
  }

 private:
  // A node, its links and the beginning of its entry lie in two lines of the processor's cache.
  static void Fetch(const Node* node) {
    __builtin_prefetch(node);
    __builtin_prefetch(reinterpret_cast<const char*>(node) + 64);
  }

  const std::atomic<Node*>* part_;
  std::uint64_t head_;
  Node* last_ = nullptr;   // sorts before the key
  Node* bound_ = nullptr;  // does not
  Node* next_ = nullptr;   // to be compared
  unsigned levels_ = kMostLevels;
};

class MemtableFactory final : public rocksdb::MemTableRepFactory {
 public:
  MemtableFactory(Family family, std::shared_ptr<ActiveMemtables::State> active)
      : family_(family), active_(std::move(active)) {}

  using MemTableRepFactory::CreateMemTableRep;
  rocksdb::MemTableRep* CreateMemTableRep(const rocksdb::MemTableRep::KeyComparator& comparator,
                                          rocksdb::Allocator* allocator,
                                          const rocksdb::SliceTransform*,
                                          rocksdb::Logger*) override {
    return new Memtable(comparator, allocator, family_, active_);
  }
  const char* Name() const override { return "WarbleMemtable"; }

 private:
  const Family family_;
  const std::shared_ptr<ActiveMemtables::State> active_;
};

}  // namespace

ActiveMemtables::ActiveMemtables() : state_(std::make_shared<State>()) {}

std::shared_ptr<rocksdb::MemTableRepFactory> ActiveMemtables::FactoryOf(Family family) const {
  return std::make_shared<MemtableFactory>(family, state_);
}

void ActiveMemtables::Announce(const ChangeSet& changes) const { state_->announced = &changes; }

void ActiveMemtables::State::Prefetch() {
  const ChangeSet& changes = *std::exchange(announced, nullptr);
  const std::lock_guard lock(mutex);
  std::vector<Memtable::Walk> walks;
  changes.ForEachThatStays([&](const Change& change) {
    const Memtable* const memtable = newest[static_cast<std::size_t>(change.family)];
    if (memtable != nullptr) walks.emplace_back(memtable, change.key);
  });
  while (!walks.empty()) std::erase_if(walks, [](Memtable::Walk& walk) { return !walk.Step(); });
}

}  // namespace warble::storage
