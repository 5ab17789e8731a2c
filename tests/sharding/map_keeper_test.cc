#include "sharding/map_keeper.h"

#include "sharding/map_changes.h"
#include "storage/engine/engine.h"
#include "storage/format/partition.h"
#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace warble::sharding {
namespace {

using storage::kPartitionCount;
using Verdict = MapKeeper::Verdict;

const std::string kCluster(32, 'c');
constexpr ShardNumber kA{1};
constexpr ShardNumber kB{2};

FormatRow Format() {
  return {kCluster, kPartitionCount, std::string(storage::kPartitionHash), 1, false};
}

/// What etcd does, without etcd: rows, a revision, and transactions. Keeps its history.
class Store {
 public:
  bool Apply(const AgreedTransaction& transaction) {
    for (const Comparison& comparison : transaction.comparisons) {
      if (ChangedAt(comparison.key) != comparison.changed_at) return false;
    }
    ++revision_;
    for (const AgreedWrite& write : transaction.writes) {
      history_.push_back({write.key, write.value, revision_});
      if (write.value) {
        rows_[write.key] = history_.back();
      } else {
        rows_.erase(write.key);
      }
    }
    return true;
  }
  void Put(const std::string& key, const std::string& value) { Apply({{}, {{key, value}}}); }

  /// A ready cluster: shards 1 and 2 on nodes a and b, every partition A's.
  void MakeCluster() {
    const std::vector<std::pair<ShardNumber, ShardRow>> shards = {{kA, {"a", 1, 1, false}},
                                                                  {kB, {"b", 1, 1, false}}};
    REQUIRE(Apply(CreateCluster(Format(), shards)));
    const Agreed<FormatRow> format{Format(), revision_};
    Owners owners{};
    owners.fill(kA);
    const auto placing = PlacePartitions(format, owners);
    CHECK(placing.size() == 33);
    for (const AgreedTransaction& transaction : placing) {
      CHECK(transaction.writes.size() <= AgreedTransaction::kMost);
      CHECK(transaction.comparisons.size() <= AgreedTransaction::kMost);
      REQUIRE(Apply(transaction));
    }
    REQUIRE(Apply(MakeReady(format)));
    CHECK_FALSE(Apply(placing.front()));
    Put(NodeKey("a"), Encode(NodeRow{std::string(32, 'a'), "127.0.0.1:1", 1, 1, "1"}));
    Put(NodeKey("b"), Encode(NodeRow{std::string(32, 'b'), "127.0.0.1:2", 1, 1, "1"}));
  }

  std::vector<AgreedRow> All() const {
    std::vector<AgreedRow> rows;
    for (const auto& [key, row] : rows_) rows.push_back(row);
    return rows;
  }
  std::vector<AgreedRow> After(Revision revision) const {
    std::vector<AgreedRow> rows;
    for (const AgreedRow& row : history_) {
      if (row.changed_at > revision) rows.push_back(row);
    }
    return rows;
  }
  Revision ChangedAt(const std::string& key) const {
    const auto at = rows_.find(key);
    return at == rows_.end() ? 0 : at->second.changed_at;
  }
  Agreed<PartitionRow> Partition(std::uint32_t partition) const {
    const AgreedRow& row = rows_.at(PartitionKey(partition));
    return {ParsePartition(row.value.value()).value(), row.changed_at};
  }
  Revision revision() const { return revision_; }

 private:
  Revision revision_ = 1;
  std::map<std::string, AgreedRow> rows_;
  std::vector<AgreedRow> history_;
};

Verdict ReadAll(MapKeeper& keeper, const Store& store) {
  return keeper.Read(store.revision(), store.All());
}

}  // namespace

TEST_CASE("cluster map: a name leads to a partition, to a shard, to a node") {
  Store store;
  store.MakeCluster();
  MapKeeper keeper(std::nullopt);
  CHECK(keeper.IsBehind());
  CHECK(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK_FALSE(keeper.IsBehind());
  const std::uint32_t partition = storage::PartitionOf("alice");
  CHECK(keeper.map().ready());
  CHECK(keeper.map().OwnerOf(partition) == kA);
  CHECK(keeper.map().NodeOf(kB) == "b");
  CHECK(keeper.map().NodeOf(ShardNumber{3}) == std::nullopt);
  REQUIRE(keeper.map().NodeOf(partition) != nullptr);
  CHECK(keeper.map().NodeOf(partition)->peer == "127.0.0.1:1");
  CHECK(ReadAll(keeper, store) == Verdict::kNothingNew);
}

TEST_CASE("cluster map: a move is started, handed over, aborted and forced by watched changes") {
  Store store;
  store.MakeCluster();
  MapKeeper keeper(kCluster);
  REQUIRE(ReadAll(keeper, store) == Verdict::kAdopted);
  const auto follow = [&](const AgreedTransaction& transaction) {
    const Revision from = store.revision();
    REQUIRE(store.Apply(transaction));
    CHECK_FALSE(store.Apply(transaction));  // a late copy
    CHECK(keeper.Watched(store.After(from)) == Verdict::kAdopted);
    CHECK(keeper.Watched(store.After(from)) == Verdict::kNothingNew);
    return keeper.map().partitions[5]->row;
  };
  const PartitionRow::Move move{kB, 99};
  CHECK(follow(StartMove(5, store.Partition(5), move)) == PartitionRow{kA, 1, move});
  CHECK(follow(HandOver(5, store.Partition(5))) == PartitionRow{kB, 2});
  CHECK(keeper.map().OwnerOf(5) == kB);
  follow(StartMove(5, store.Partition(5), {kA, 100}));
  CHECK(follow(AbortMove(5, store.Partition(5))) == PartitionRow{kB, 3});
  CHECK(follow(ForceOwner(5, store.Partition(5), kA)) == PartitionRow{kA, 4, {}, true});
  CHECK(follow(StartMove(5, store.Partition(5), move)) == PartitionRow{kA, 4, move});
  CHECK(keeper.map().revision == store.revision());
}

TEST_CASE("cluster map: shards and nodes come and go") {
  Store store;
  store.MakeCluster();
  MapKeeper keeper(kCluster);
  REQUIRE(ReadAll(keeper, store) == Verdict::kAdopted);
  store.Put(ShardKey(ShardNumber{3}), "node=c generation=1 weight=1 state=active");
  store.Put("live/c", "anything");
  store.Apply({{}, {{NodeKey("b"), std::nullopt}}});
  CHECK(keeper.Watched(store.After(keeper.map().revision)) == Verdict::kAdopted);
  CHECK(keeper.map().NodeOf(ShardNumber{3}) == "c");
  CHECK(keeper.map().nodes.size() == 1);
  store.Apply({{}, {{ShardKey(ShardNumber{3}), std::nullopt}}});
  CHECK(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK(keeper.map().shards.size() == 2);
}

TEST_CASE("cluster map: what was seen is a fact, and the map is behind until it has it") {
  Store store;
  store.MakeCluster();
  MapKeeper keeper(kCluster);
  keeper.SeeEpoch(5, 2);
  REQUIRE(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK(keeper.IsBehind());
  CHECK(keeper.map().OwnerOf(5) == std::nullopt);  // "still A's" is no fact
  CHECK(keeper.map().NodeOf(5) == nullptr);
  CHECK(keeper.map().OwnerOf(6) == kA);
  const std::vector<AgreedRow> old_rows = store.All();
  const Revision old_revision = store.revision();
  store.Apply(StartMove(5, store.Partition(5), {kB, 1}));
  store.Apply(HandOver(5, store.Partition(5)));
  REQUIRE(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK(keeper.map().OwnerOf(5) == kB);
  CHECK_FALSE(keeper.IsBehind());
  CHECK(keeper.Read(old_revision, old_rows) == Verdict::kOlder);
  CHECK(keeper.map().OwnerOf(5) == kB);

  keeper.SeeRevision(store.revision() + 1);
  CHECK(keeper.IsBehind());
  store.Put(std::string(kRevisionKey), "");
  CHECK(keeper.Watched(store.After(keeper.map().revision)) == Verdict::kAdopted);
  CHECK_FALSE(keeper.IsBehind());
}

TEST_CASE("cluster map: what cannot follow is refused, and the map stays") {
  Store store;
  store.MakeCluster();
  store.Apply(StartMove(5, store.Partition(5), {kB, 1}));
  store.Apply(HandOver(5, store.Partition(5)));
  MapKeeper keeper(kCluster);
  REQUIRE(ReadAll(keeper, store) == Verdict::kAdopted);
  const Revision before = keeper.map().revision;
  const auto refuses = [&](const std::string& key, std::optional<std::string> value) {
    CAPTURE(key);
    Store other = store;
    other.Apply({{}, {{key, std::move(value)}}});
    CHECK(ReadAll(keeper, other) == Verdict::kRefused);
    CHECK_FALSE(keeper.refusal().empty());
    CHECK(keeper.Watched(other.After(before)) == Verdict::kRefused);
    CHECK(keeper.map().revision == before);
    CHECK(keeper.map().OwnerOf(5) == kB);
    CHECK(keeper.IsBehind());
  };
  FormatRow format = Format();
  format.ready = true;
  refuses("p/0005", "2 1");             // the epoch fell
  refuses("p/0005", "1 2");             // another owner in one epoch
  refuses("p/0005", std::nullopt);      // gone
  refuses("p/0005", "2 x");             // malformed
  refuses("format", std::nullopt);      // gone
  refuses("format", Encode(Format()));  // initialised again
  refuses("format", Encode(FormatRow{kCluster, 64, format.hash, 1, true}));
  refuses("format", Encode(FormatRow{kCluster, kPartitionCount, "other", 1, true}));
  format.cluster = std::string(32, 'd');
  refuses("format", Encode(format));
  refuses("shards/1", "node=a");
  refuses("nodes/a", "");
  store.Put("nodes/b", Encode(NodeRow{std::string(32, 'b'), "127.0.0.1:3", 1, 1, "2"}));
  CHECK(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK(keeper.refusal().empty());
}

TEST_CASE("cluster map: an etcd that was restored from an old copy is refused") {
  Store store;
  store.MakeCluster();
  Store copy = store;
  MapKeeper keeper(kCluster);
  store.Apply(StartMove(5, store.Partition(5), {kB, 1}));
  REQUIRE(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK(ReadAll(keeper, copy) == Verdict::kOlder);
  for (int i = 0; i < 3; ++i) copy.Put(std::string(kRevisionKey), "");
  CHECK(ReadAll(keeper, copy) == Verdict::kRefused);
  CHECK(keeper.refusal().starts_with("p/0005 was changed at revision"));
  copy = store;
  MapKeeper other(std::string(32, 'd'));
  CHECK(ReadAll(other, store) == Verdict::kRefused);
}

TEST_CASE("cluster map: before all partitions are placed, the others have no owner") {
  Store store;
  MapKeeper keeper(std::nullopt);
  CHECK(keeper.Read(store.revision(), {}) == Verdict::kRefused);
  REQUIRE(store.Apply(CreateCluster(Format(), {})));
  Owners owners{};
  owners.fill(kB);
  const auto placing = PlacePartitions({Format(), store.revision()}, owners);
  REQUIRE(store.Apply(placing.front()));
  CHECK(ReadAll(keeper, store) == Verdict::kAdopted);
  CHECK_FALSE(keeper.map().ready());
  CHECK(keeper.map().OwnerOf(0) == kB);
  CHECK(keeper.map().OwnerOf(4095) == std::nullopt);
  REQUIRE(store.Apply(MakeReady({Format(), store.ChangedAt("format")})));
  CHECK(ReadAll(keeper, store) == Verdict::kRefused);
  CHECK(keeper.refusal() == "p/007f is missing");
}

TEST_CASE("cluster map: in whatever order reads and changes come, it ends as etcd has it") {
  const std::uint64_t seed = tests::TestSeed();
  CAPTURE(seed);
  tests::Random random(seed);
  for (int round = 0; round < 20; ++round) {
    Store store;
    store.MakeCluster();
    MapKeeper keeper(kCluster);
    std::vector<Store> past = {store};
    std::array<std::uint64_t, 4> epochs{};
    for (int step = 0; step < 60; ++step) {
      const auto partition = static_cast<std::uint32_t>(random.Below(4));
      const auto now = store.Partition(partition);
      const ShardNumber other = now.row.owner == kA ? kB : kA;
      store.Apply(!now.row.move     ? StartMove(partition, now, {other, random.Number()})
                  : random.OneIn(2) ? HandOver(partition, now)
                                    : AbortMove(partition, now));
      if (random.OneIn(4)) past.push_back(store);
      const Store& seen = past[random.Below(past.size())];
      if (random.OneIn(3)) {
        ReadAll(keeper, seen);
      } else if (keeper.map().revision > 0) {
        // A watch, which may begin again before what it told already.
        keeper.Watched(seen.After(keeper.map().revision - random.Below(3)));
      }
      if (random.OneIn(5)) keeper.SeeEpoch(partition, store.Partition(partition).row.epoch);
      CHECK(keeper.refusal().empty());
      for (std::uint32_t p = 0; p < epochs.size(); ++p) {
        const std::uint64_t epoch = keeper.map().seen_epochs[p];
        CHECK(epoch >= epochs[p]);
        CHECK(epoch <= store.Partition(p).row.epoch);
        if (epoch == store.Partition(p).row.epoch && keeper.map().OwnerOf(p)) {
          CHECK(keeper.map().OwnerOf(p) == store.Partition(p).row.owner);
        }
        epochs[p] = epoch;
      }
    }
    ReadAll(keeper, store);
    CHECK_FALSE(keeper.IsBehind());
    for (std::uint32_t p = 0; p < kPartitionCount; ++p) {
      REQUIRE(keeper.map().partitions[p] == store.Partition(p));
    }
  }
}

TEST_CASE("agreement: a refusal is none if the transaction's own rows are there") {
  const AgreedTransaction transaction{{{"p/0001", 5}}, {{"p/0001", "2 2"}, {"rev", ""}}};
  const auto answer = [](std::string value, Outcome outcome = Outcome::kRefused) {
    return TransactionAnswer{outcome, 9, {{"p/0001", std::move(value), 8}, {"rev", "", 9}}};
  };
  CHECK(Judge(transaction, answer("2 2")).outcome == Outcome::kApplied);
  CHECK(Judge(transaction, answer("1 2")).outcome == Outcome::kRefused);
  CHECK(Judge(transaction, answer("1 2")).rows.size() == 2);
  CHECK(Judge(transaction, answer("2 2", Outcome::kUnknown)).outcome == Outcome::kUnknown);
  CHECK(Judge(transaction, {Outcome::kRefused, 9}).outcome == Outcome::kRefused);
  const AgreedTransaction removal{{{"nodes/a", 5}}, {{"nodes/a", std::nullopt}}};
  CHECK(Judge(removal, {Outcome::kRefused, 9, {{"nodes/a", std::nullopt, 0}}}).outcome ==
        Outcome::kApplied);
}

}  // namespace warble::sharding
