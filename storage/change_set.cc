#include "storage/change_set.h"

#include "storage/check.h"

#include <boost/endian/conversion.hpp>

namespace warble::storage {
namespace {

constexpr char kPut = 1;
constexpr char kDelete = 0;
constexpr std::size_t kLengthSize = 4;

std::string IndexKey(Family family, std::string_view key) {
  std::string out;
  out.reserve(1 + key.size());
  out.push_back(static_cast<char>(family));
  out.append(key);
  return out;
}

}  // namespace

void ChangeSet::Put(Family family, std::string_view key, std::string_view value) {
  Record(family, key, value);
}

void ChangeSet::Delete(Family family, std::string_view key) { Record(family, key, std::nullopt); }

void ChangeSet::Record(Family family, std::string_view key, std::optional<std::string_view> value) {
  WARBLE_CHECK(key.size() <= Key::kCapacity);
  last_.insert_or_assign(IndexKey(family, key), bytes_.size());
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
  for (const auto& [key, offset] : later.last_) last_.insert_or_assign(key, base + offset);
}

void ChangeSet::Clear() {
  bytes_.clear();
  last_.clear();
}

std::optional<Change> ChangeSet::Find(Family family, std::string_view key) const {
  if (last_.empty()) return std::nullopt;
  const auto found = last_.find(IndexKey(family, key));
  if (found == last_.end()) return std::nullopt;
  std::size_t at = found->second;
  return Decode(&at);
}

}  // namespace warble::storage
