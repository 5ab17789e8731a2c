// The client against etcd itself: one member and three, killed, paused and compacted.
#include "server/etcd_client.h"
#include "sharding/map_changes.h"
#include "sharding/map_keeper.h"
#include "storage/engine/engine.h"
#include "storage/format/partition.h"
#include "tests/cluster/etcd_members.h"
#include "tests/support/loop.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace warble::server {
namespace {

using sharding::AgreedRow;
using sharding::AgreedTransaction;
using sharding::Outcome;
using sharding::Revision;
using sharding::ShardNumber;
using sharding::TransactionAnswer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// A client on a loop of its own.
class Client {
 public:
  explicit Client(std::vector<Address> endpoints, milliseconds try_timeout = milliseconds{1000})
      : etcd_(loop_.executor(), {std::move(endpoints), "/warble/test/", try_timeout}) {}

  TransactionAnswer Commit(AgreedTransaction transaction, milliseconds most = seconds{20}) {
    return loop_.Run(etcd_.Commit(std::move(transaction), steady_clock::now() + most));
  }
  /// Writes a row whatever it was.
  Revision Put(const std::string& key, std::string value) {
    const auto answer = Commit({{}, {{key, std::move(value)}}});
    REQUIRE(answer.outcome == Outcome::kApplied);
    return answer.revision;
  }
  EtcdRows ReadAll() {
    return std::get<EtcdRows>(loop_.Run(etcd_.ReadAll(steady_clock::now() + seconds{20})));
  }
  AgreedRow Read(std::string key) {
    auto read = loop_.Run(etcd_.ReadOne(std::move(key), steady_clock::now() + seconds{20}));
    auto rows = std::get<EtcdRows>(std::move(read)).rows;
    REQUIRE(rows.size() == 1);
    return std::move(rows[0]);
  }
  EtcdWatched Next(EtcdWatch& watch) { return loop_.Run(watch.Next()); }
  tests::Loop& loop() { return loop_; }
  EtcdClient& etcd() { return etcd_; }

 private:
  tests::Loop loop_;
  EtcdClient etcd_;
};

AgreedTransaction Change(const std::string& key, Revision changed_at, std::string value) {
  return {{{key, changed_at}}, {{key, std::move(value)}}};
}

}  // namespace

TEST_CASE("etcd: transactions compare before they write, and rows are any bytes") {
  tests::EtcdMembers members(1);
  Client client(members.endpoints());
  const std::string bytes("\0\xff\n\"\\", 5);
  const auto created = client.Commit(Change("k", 0, bytes));
  CHECK(created.outcome == Outcome::kApplied);
  const AgreedRow row = client.Read("k");
  CHECK(row == AgreedRow{"k", bytes, created.revision});

  // A comparison that etcd had not understood would hold in one of these.
  const auto refused = client.Commit(Change("k", 0, "v"));
  CHECK(refused.outcome == Outcome::kRefused);
  CHECK(refused.rows == std::vector<AgreedRow>{row});
  CHECK(client.Commit(Change("k", created.revision - 1, "v")).outcome == Outcome::kRefused);
  CHECK(client.Commit(Change("k", created.revision + 1, "v")).outcome == Outcome::kRefused);
  CHECK(client.Commit(Change("absent", created.revision, "v")).outcome == Outcome::kRefused);
  CHECK(client.Commit(Change("k", 0, bytes)).outcome == Outcome::kApplied);  // it is so
  CHECK(client.Read("k") == row);

  CHECK(client.Commit({{{"k", row.changed_at}, {"l", 0}}, {{"k", std::nullopt}, {"l", ""}}})
            .outcome == Outcome::kApplied);
  const EtcdRows rows = client.ReadAll();
  REQUIRE(rows.rows.size() == 1);
  CHECK(rows.rows[0] == AgreedRow{"l", "", rows.revision});
  CHECK(members.Post(0, "/v3/kv/put", R"({"key":"L3dhcmJsZS90ZXN0eA==","value":""})").size() > 0);
  CHECK(client.ReadAll().rows.size() == 1);
}

TEST_CASE("etcd: a cluster of 100 shards is created, placed, read and moved") {
  tests::EtcdMembers members(1);
  Client client(members.endpoints());
  sharding::FormatRow format{std::string(32, 'c'), storage::kPartitionCount,
                             std::string(storage::kPartitionHash), 1, false};
  std::vector<std::pair<ShardNumber, sharding::ShardRow>> shards;
  std::vector<sharding::ShardWeight> weights;
  for (std::uint16_t i = 1; i <= 100; ++i) {
    shards.push_back({ShardNumber{i}, {"n" + std::to_string(i), 1, 1, false}});
    weights.push_back({ShardNumber{i}, 1});
  }
  const auto began = steady_clock::now();
  const auto created = client.Commit(sharding::CreateCluster(format, shards));
  REQUIRE(created.outcome == Outcome::kApplied);
  const sharding::Agreed<sharding::FormatRow> agreed{format, created.revision};
  const sharding::Owners owners = sharding::PlanOwners({}, weights);
  for (auto& transaction : sharding::PlacePartitions(agreed, owners)) {
    REQUIRE(client.Commit(std::move(transaction)).outcome == Outcome::kApplied);
  }
  REQUIRE(client.Commit(sharding::MakeReady(agreed)).outcome == Outcome::kApplied);
  MESSAGE("placed in ", (steady_clock::now() - began) / milliseconds{1}, " ms");
  CHECK(client.Commit(sharding::PlacePartitions(agreed, owners).front()).outcome ==
        Outcome::kApplied);  // it is so
  format.cluster = std::string(32, 'd');
  CHECK(client.Commit(sharding::CreateCluster(format, {})).outcome == Outcome::kRefused);

  sharding::MapKeeper keeper(std::nullopt);
  const EtcdRows rows = client.ReadAll();
  REQUIRE(keeper.Read(rows.revision, rows.rows) == sharding::MapKeeper::Verdict::kAdopted);
  CHECK(keeper.map().ready());
  CHECK(keeper.map().owners() == owners);

  const std::uint32_t partition = storage::PartitionOf("alice");
  const auto watch = client.etcd().Watch(keeper.map().revision + 1);
  CHECK_FALSE(client.Next(*watch).ended);
  const ShardNumber to{keeper.map().OwnerOf(partition) == ShardNumber{1} ? ShardNumber{2}
                                                                         : ShardNumber{1}};
  const auto now = [&] { return *keeper.map().partitions[partition]; };
  for (int step = 0; step < 2; ++step) {
    const auto change = step == 0 ? sharding::StartMove(partition, now(), {to, 7})
                                  : sharding::HandOver(partition, now());
    REQUIRE(client.Commit(change).outcome == Outcome::kApplied);
    CHECK(keeper.Watched(client.Next(*watch).changes) == sharding::MapKeeper::Verdict::kAdopted);
  }
  CHECK(keeper.map().OwnerOf(partition) == to);
  CHECK(keeper.map().seen_epochs[partition] == 2);
  const AgreedRow polled = client.Read("rev");
  CHECK(polled.changed_at == keeper.map().revision);
}

TEST_CASE("etcd: a watch tells every change from a revision on, until it is canceled") {
  tests::EtcdMembers members(1);
  Client client(members.endpoints());
  const Revision first = client.Put("a", "1");
  client.Put("b", "2");
  const auto watch = client.etcd().Watch(first);
  std::vector<AgreedRow> told;
  const auto follow = [&](std::size_t count) {
    while (told.size() < count) {
      EtcdWatched watched = client.Next(*watch);
      REQUIRE_FALSE(watched.ended);
      CHECK(watched.cluster == client.etcd().cluster());
      told.insert(told.end(), watched.changes.begin(), watched.changes.end());
    }
  };
  follow(2);
  client.Commit({{}, {{"a", std::nullopt}}});
  client.Commit({{}, {{"a", "3"}, {"c", "4"}}});
  follow(5);
  CHECK(told == std::vector<AgreedRow>{{"a", "1", first},
                                       {"b", "2", first + 1},
                                       {"a", std::nullopt, first + 2},
                                       {"a", "3", first + 3},
                                       {"c", "4", first + 3}});
  bool ended = false;
  boost::asio::co_spawn(client.loop().executor(), watch->Next(),
                        [&ended](const std::exception_ptr&, const EtcdWatched& watched) {
                          ended = watched.ended.has_value();
                        });
  client.Read("c");  // meanwhile the watch waits
  CHECK_FALSE(ended);
  watch->Cancel();
  client.Read("c");
  CHECK(ended);
}

TEST_CASE("etcd: a watch of a compacted revision says so") {
  tests::EtcdMembers members(1);
  Client client(members.endpoints());
  const Revision first = client.Put("a", "1");
  const Revision second = client.Put("a", "2");
  const Revision third = client.Put("a", "3");
  members.Post(0, "/v3/kv/compaction", "{\"revision\":\"" + std::to_string(second) + "\"}");
  const auto ends = [&client](Revision from) {
    const auto watch = client.etcd().Watch(from);
    EtcdWatched watched = client.Next(*watch);
    while (!watched.ended && watched.changes.empty()) watched = client.Next(*watch);
    return watched;
  };
  CHECK(ends(first).compacted);
  CHECK(ends(third).changes == std::vector<AgreedRow>{{"a", "3", third}});
}

TEST_CASE("etcd: reads, transactions and watches go on when a member of three is killed") {
  tests::EtcdMembers members(3);
  const std::size_t leader = members.Leader();
  Client client(members.endpoints(leader));
  Revision revision = client.Put("k", "0");
  const auto watch = client.etcd().Watch(revision);
  CHECK_FALSE(client.Next(*watch).ended);
  members.Kill(leader);
  while (!client.Next(*watch).ended) {
  }
  const auto answer = client.Commit(Change("k", revision, "1"));
  REQUIRE(answer.outcome == Outcome::kApplied);
  CHECK(client.Read("k").value == "1");
  const auto again = client.etcd().Watch(answer.revision);
  EtcdWatched watched = client.Next(*again);
  while (watched.changes.empty() && !watched.ended) watched = client.Next(*again);
  CHECK(watched.changes == std::vector<AgreedRow>{{"k", "1", answer.revision}});
  members.Restart(leader);
  Client restarted({members.endpoint(leader)});
  CHECK(restarted.Read("k").value == "1");
}

TEST_CASE("etcd: a transaction is resolved, and happens once, whatever a paused leader wakes to") {
  tests::EtcdMembers members(3);
  for (int round = 0; round < 2; ++round) {
    const std::size_t leader = members.Leader();
    const std::size_t follower = (leader + 1) % 3;
    Client source({members.endpoint(follower)}, milliseconds{200});
    Client guard(members.endpoints(leader), milliseconds{200});
    const std::string key = "p/" + std::to_string(round);
    const Revision revision = source.Put(key, "1 1 > 2 7");

    members.Pause(leader);
    const auto unknown = source.Commit(Change(key, revision, "2 2"), milliseconds{150});
    CHECK(unknown.outcome == Outcome::kUnknown);
    // The source's guard, which must know: not by reading, but by what compares the same.
    const auto aborted = guard.Commit(Change(key, revision, "1 2"));
    REQUIRE(aborted.outcome != Outcome::kUnknown);
    const AgreedRow decided = guard.Read(key);
    CHECK(decided.value == (aborted.outcome == Outcome::kApplied ? "1 2" : "2 2"));

    members.Resume(leader);
    std::this_thread::sleep_for(milliseconds{1500});
    CHECK(guard.Read(key) == decided);
    const auto handed_over = source.Commit(Change(key, revision, "2 2"));
    CHECK(handed_over.outcome == (decided.value == "2 2" ? Outcome::kApplied : Outcome::kRefused));
    if (handed_over.outcome == Outcome::kRefused) {
      CHECK(handed_over.rows == std::vector<AgreedRow>{decided});
    }
    CHECK(guard.Read(key) == decided);
  }
}

TEST_CASE("etcd: a watch ends when its member has lost its leader") {
  tests::EtcdMembers members(3);
  Client client({members.endpoint(0)});
  const auto watch = client.etcd().Watch(client.Put("k", "0") + 1);
  CHECK(client.Next(*watch).changes.empty());
  members.Pause(1);
  members.Pause(2);
  const auto began = steady_clock::now();
  const EtcdWatched watched = client.Next(*watch);
  CHECK(watched.ended == "etcdserver: no leader");
  MESSAGE("ended after ", (steady_clock::now() - began) / milliseconds{1},
          " ms: ", watched.ended.value_or(""));
  CHECK(steady_clock::now() - began < seconds{15});
  members.Resume(1);
  members.Resume(2);
  CHECK(client.Read("k").value == "0");
}

}  // namespace warble::server
