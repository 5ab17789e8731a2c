#include "storage/engine/ownership.h"

#include "storage/base/check.h"
#include "storage/base/startup_error.h"
#include "storage/format/partition.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

namespace warble::storage {
namespace {

constexpr unsigned kStateShift = 32;

std::uint64_t Pack(const PartitionOwnership& ownership) {
  return std::uint64_t{static_cast<std::uint8_t>(ownership.state)} << kStateShift | ownership.epoch;
}

bool IsOwnershipRow(const Change& change) {
  return change.family == Family::kMeta && change.key.starts_with(kMetaOwnershipPrefix);
}

}  // namespace

Ownership::Ownership()
    : decided_(kPartitionCount, {PartitionState::kOwned, 0}), committed_(kPartitionCount) {
  unpublished_ = true;
  Publish();
}

void Ownership::ReadRows(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* meta) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::string end = PrefixEnd(kMetaOwnershipPrefix);
  const rocksdb::Slice bound(end);
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> rows(database.NewIterator(options, meta));
  for (rows->Seek(rocksdb::Slice(kMetaOwnershipPrefix)); rows->Valid(); rows->Next()) {
    const std::string_view key = rows->key().ToStringView();
    const std::string_view value = rows->value().ToStringView();
    if (!IsWellFormed(Family::kMeta, key, value)) {
      throw StartupError(fmt::format(
          "{} says who owns a partition in a form that this warbled does not know; start the "
          "version that wrote it",
          database.GetName()));
    }
    Decide(DecodeOwnershipKey(key), DecodeOwnership(value));
  }
  if (!rows->status().ok()) {
    throw StartupError(
        fmt::format("cannot read {}: {}", database.GetName(), rows->status().ToString()));
  }
  Publish();
}

bool Ownership::Judge(const ChangeSet& changes) {
  bool owns_rows = true;
  changes.ForEach([&](const Change& change) {
    const auto partition = PartitionOfRow(change.family, change.key);
    if (partition && decided_[*partition].state != PartitionState::kOwned) owns_rows = false;
  });
  if (!owns_rows) return false;
  changes.ForEach([&](const Change& change) {
    if (!IsOwnershipRow(change)) return;
    if (!change.value) Fatal("broken invariant: a partition's ownership is never deleted");
    Decide(DecodeOwnershipKey(change.key), DecodeOwnership(*change.value));
  });
  return true;
}

void Ownership::Decide(std::uint32_t partition, const PartitionOwnership& ownership) {
  if (owns_all_) {
    std::fill(decided_.begin(), decided_.end(), PartitionOwnership{});
    owns_all_ = false;
  }
  if (ownership.epoch < decided_[partition].epoch) {
    Fatal("broken invariant: a partition's epoch never falls");
  }
  decided_[partition] = ownership;
  unpublished_ = true;
}

void Ownership::Publish() {
  if (!unpublished_) return;
  unpublished_ = false;
  for (std::uint32_t partition = 0; partition < kPartitionCount; ++partition) {
    committed_[partition].store(Pack(decided_[partition]), std::memory_order_release);
  }
}

PartitionOwnership Ownership::At(std::uint32_t partition) const {
  const std::uint64_t packed = committed_[partition].load(std::memory_order_acquire);
  return {static_cast<PartitionState>(packed >> kStateShift), static_cast<std::uint32_t>(packed)};
}

}  // namespace warble::storage
