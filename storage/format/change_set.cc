#include "storage/format/change_set.h"

#include "storage/base/check.h"

#include <xxhash.h>
#include <boost/endian/conversion.hpp>

namespace warble::storage {
namespace {

constexpr char kPut = 1;
constexpr char kDelete = 0;
constexpr std::size_t kHeadSize = 2;  // tag and operation
constexpr std::size_t kKeyLengthSize = 1;
constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kCommonBytes = 512;  // most commands change no more

}  // namespace

namespace {

// Takes the first bytes off what is left; nothing when there are fewer.
std::optional<std::string_view> Take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

// A length of `size` bytes, and then as many bytes as it says.
std::optional<std::string_view> TakeText(std::string_view& rest, std::size_t size) {
  const auto length = Take(rest, size);
  if (!length) return std::nullopt;
  std::size_t number = 0;
  for (const char byte : *length) number = number << 8 | static_cast<unsigned char>(byte);
  return Take(rest, number);
}

}  // namespace

std::optional<ChangeSet> ChangeSet::Parse(std::string_view bytes) {
  ChangeSet changes;
  while (!bytes.empty()) {
    const auto head = Take(bytes, kHeadSize);
    if (!head || static_cast<unsigned char>((*head)[0]) >= kFamilyCount) return std::nullopt;
    const auto family = static_cast<Family>((*head)[0]);
    const char operation = (*head)[1];
    if (operation != kPut && operation != kDelete) return std::nullopt;
    const auto key = TakeText(bytes, kKeyLengthSize);
    if (!key || !IsWellFormedKey(family, *key)) return std::nullopt;
    std::optional<std::string_view> value;
    if (operation == kPut) {
      value = TakeText(bytes, kLengthSize);
      if (!value || !IsWellFormed(family, *key, *value)) return std::nullopt;
    }
    changes.Record(family, *key, value);
  }
  return changes;
}

void ChangeSet::Put(Family family, std::string_view key, std::string_view value) {
  Record(family, key, value);
}

void ChangeSet::Delete(Family family, std::string_view key) { Record(family, key, std::nullopt); }

void ChangeSet::Record(Family family, std::string_view key, std::optional<std::string_view> value) {
  WARBLE_CHECK(key.size() <= Key::kCapacity);
  if (bytes_.empty()) bytes_.reserve(kCommonBytes);
  ++count_;
  families_ |= BitOf(family);
  last_.insert_or_assign(HashOf(family, key), bytes_.size());
  bytes_.push_back(static_cast<char>(family));
  bytes_.push_back(value ? kPut : kDelete);
  bytes_.push_back(static_cast<char>(key.size()));
  bytes_.append(key);
  if (!value) return;
  unsigned char length[kLengthSize];
  boost::endian::store_big_u32(length, static_cast<std::uint32_t>(value->size()));
  bytes_.append(reinterpret_cast<const char*>(length), kLengthSize);
  bytes_.append(*value);
}

Change ChangeSet::Decode(std::size_t* at) const {
  auto take = [&](std::size_t size) {
    WARBLE_CHECK(bytes_.size() - *at >= size);
    std::string_view taken(bytes_.data() + *at, size);
    *at += size;
    return taken;
  };
  Change change;
  change.family = static_cast<Family>(take(1)[0]);
  const bool put = take(1)[0] == kPut;
  change.key = take(static_cast<unsigned char>(take(1)[0]));
  if (put) {
    const auto* length = reinterpret_cast<const unsigned char*>(take(kLengthSize).data());
    change.value = take(boost::endian::load_big_u32(length));
  }
  return change;
}

void ChangeSet::Append(const ChangeSet& later) {
  const std::size_t base = bytes_.size();
  bytes_.append(later.bytes_);
  count_ += later.count_;
  families_ |= later.families_;
  for (const auto& [hash, offset] : later.last_) last_.insert_or_assign(hash, base + offset);
}

void ChangeSet::Clear() {
  bytes_.clear();
  count_ = 0;
  families_ = 0;
  last_.clear();
}

// Leaves out a change if a later one is of the same key. Among keys with equal hashes only the last
// is known, so the earlier ones stay.
bool ChangeSet::Stays(const Change& change, std::size_t at) const {
  std::size_t last = last_.at(HashOf(change.family, change.key));
  if (last == at) return true;
  const Change later = Decode(&last);
  return later.family != change.family || later.key != change.key;
}

std::uint64_t ChangeSet::HashOf(Family family, std::string_view key) {
  return XXH3_64bits_withSeed(key.data(), key.size(), static_cast<XXH64_hash_t>(family));
}

std::optional<Change> ChangeSet::Find(Family family, std::string_view key) const {
  if (last_.empty()) return std::nullopt;
  const auto found = last_.find(HashOf(family, key));
  if (found == last_.end()) return std::nullopt;
  std::size_t at = found->second;
  const Change change = Decode(&at);
  if (change.family == family && change.key == key) return change;
  return FindByWalk(family, key);
}

std::optional<Change> ChangeSet::FindByWalk(Family family, std::string_view key) const {
  std::optional<Change> last;
  ForEach([&](const Change& change) {
    if (change.family == family && change.key == key) last = change;
  });
  return last;
}

}  // namespace warble::storage
