#include "sharding/map_changes.h"

#include "storage/base/check.h"

#include <algorithm>

namespace warble::sharding {
namespace {

AgreedWrite RevisionWrite() { return {std::string(kRevisionKey), ""}; }

AgreedTransaction ChangePartition(std::uint32_t partition, Revision changed_at,
                                  const PartitionRow& next) {
  const std::string key = PartitionKey(partition);
  return {{{key, changed_at}}, {{key, Encode(next)}, RevisionWrite()}};
}

}  // namespace

AgreedTransaction StartMove(std::uint32_t partition, const Agreed<PartitionRow>& now,
                            PartitionRow::Move move) {
  WARBLE_CHECK(!now.row.move && move.to != now.row.owner);
  PartitionRow next = now.row;
  next.move = move;
  next.forced = false;
  return ChangePartition(partition, now.changed_at, next);
}

AgreedTransaction HandOver(std::uint32_t partition, const Agreed<PartitionRow>& now) {
  WARBLE_CHECK(now.row.move.has_value());
  return ChangePartition(partition, now.changed_at, {now.row.move->to, now.row.epoch + 1});
}

AgreedTransaction AbortMove(std::uint32_t partition, const Agreed<PartitionRow>& now) {
  WARBLE_CHECK(now.row.move.has_value());
  return ChangePartition(partition, now.changed_at, {now.row.owner, now.row.epoch + 1});
}

AgreedTransaction ForceOwner(std::uint32_t partition, const Agreed<PartitionRow>& now,
                             ShardNumber owner) {
  PartitionRow next{owner, now.row.epoch + 1};
  next.forced = true;
  return ChangePartition(partition, now.changed_at, next);
}

AgreedTransaction CreateCluster(const FormatRow& format,
                                std::span<const std::pair<ShardNumber, ShardRow>> shards) {
  WARBLE_CHECK(!format.ready);
  AgreedTransaction transaction{{{std::string(kFormatKey), 0}},
                                {{std::string(kFormatKey), Encode(format)}, RevisionWrite()}};
  for (const auto& [number, row] : shards) {
    transaction.comparisons.push_back({ShardKey(number), 0});
    transaction.writes.push_back({ShardKey(number), Encode(row)});
  }
  WARBLE_CHECK(transaction.writes.size() <= AgreedTransaction::kMost);
  return transaction;
}

std::vector<AgreedTransaction> PlacePartitions(const Agreed<FormatRow>& format,
                                               const Owners& owners) {
  std::vector<AgreedTransaction> transactions;
  for (std::uint32_t p = 0; p < storage::kPartitionCount; ++p) {
    if (transactions.empty() || transactions.back().writes.size() == AgreedTransaction::kMost) {
      transactions.push_back({{{std::string(kFormatKey), format.changed_at}}, {RevisionWrite()}});
    }
    const std::string key = PartitionKey(p);
    transactions.back().comparisons.push_back({key, 0});
    transactions.back().writes.push_back({key, Encode(PartitionRow{owners[p].value(), 1})});
  }
  return transactions;
}

AgreedTransaction MakeReady(const Agreed<FormatRow>& format) {
  FormatRow next = format.row;
  next.ready = true;
  const std::string key(kFormatKey);
  return {{{key, format.changed_at}}, {{key, Encode(next)}, RevisionWrite()}};
}

}  // namespace warble::sharding
