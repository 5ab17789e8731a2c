#include "sharding/commits.h"

#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace warble::sharding {
namespace {

using storage::Family;
using storage::ShardNumber;
using storage::Transaction;
using storage::UserId;

const UserId kHere = UserId::Make(0, 1);

// Partition 0 is served here, all else by shard 1, where everybody has 7 followers.
struct FakePeers final : Peers, storage::Placement {
  const Placement& placement() const override { return *this; }
  std::optional<ShardNumber> ShardElsewhere(std::uint32_t partition) const override {
    return partition == 0 ? std::nullopt : std::optional(ShardNumber{1});
  }
  std::uint64_t revision() const override { return 1; }
  void Ask(const storage::RemoteRows::OfShard& asked, std::chrono::steady_clock::time_point,
           std::function<void(Reply)> done) override {
    ++questions;
    Reply reply;
    if (!away) {
      reply.kind = Reply::Kind::kTold;
      reply.told.rows.assign(asked.needs.rows.size(),
                             storage::EncodeUserCounters({0, 7, 0, 0, {}}));
    }
    done(std::move(reply));
  }

  int questions = 0;
  bool away = false;
};

struct Fixture {
  explicit Fixture(Peers* peers = nullptr)
      : node(directory.path() / "data"),
        reads(node.engine(), 1, peers),
        commits(reads, node.committer()) {}
  std::optional<Failure> Run(std::function<bool(Transaction&)> decide) {
    auto evaluate = [&](Transaction& transaction) {
      threads.push_back(std::this_thread::get_id());
      return decide(transaction);
    };
    return tests::RunTask(tests::Wait(commits.Run(evaluate, Reads::Rows::kCached)));
  }
  std::uint64_t commands() { return node.committer().statistics().commands; }
  std::uint64_t Followers() { return tests::Counters(node, kHere).followers; }

  tests::TemporaryDirectory directory;
  tests::Node node;
  Reads reads;
  Commits commits;
  std::vector<std::thread::id> threads;
};

void SetFollowers(Transaction& transaction, std::uint64_t followers) {
  transaction.Put(Family::kUserCounters, storage::UserKey(kHere),
                  storage::EncodeUserCounters({0, followers, 0, 0, {}}));
}

std::uint64_t FollowersOf(Transaction& transaction, std::uint32_t partition) {
  return storage::LoadUserCounters(transaction, UserId::Make(partition, 1)).followers;
}

}  // namespace

TEST_CASE("commits: what writes nothing is final in the rehearsal, what writes is decided again") {
  Fixture f;
  CHECK_FALSE(f.Run([](Transaction&) { return true; }));
  CHECK(f.threads == std::vector{std::this_thread::get_id()});
  CHECK(f.commands() == 0);

  f.threads.clear();
  CHECK_FALSE(f.Run([](Transaction& transaction) {
    SetFollowers(transaction, 3);
    return true;
  }));
  REQUIRE(f.threads.size() == 2);
  CHECK(f.threads[1] == tests::CommitterThread(f.node));
  CHECK(f.Followers() == 3);
}

TEST_CASE("commits: what asks not to be committed is not, whatever it wrote") {
  Fixture f;
  CHECK_FALSE(f.Run([](Transaction& transaction) {
    SetFollowers(transaction, 3);
    return false;
  }));
  CHECK(f.commands() == 0);
  CHECK(f.Followers() == 0);
}

TEST_CASE("commits: a command is told other shards' rows before the committer decides") {
  FakePeers peers;
  Fixture f(&peers);
  CHECK_FALSE(f.Run([](Transaction& transaction) {
    SetFollowers(transaction, FollowersOf(transaction, 5));
    return true;
  }));
  CHECK(peers.questions == 1);
  CHECK(f.threads.size() == 3);
  CHECK(f.Followers() == 7);
}

TEST_CASE("commits: a need that only the committer meets writes nothing, and all begins again") {
  FakePeers peers;
  Fixture f(&peers);
  int evaluations = 0;
  CHECK_FALSE(f.Run([&](Transaction& transaction) {
    // As if between the two somebody had changed what the decision rests on.
    const bool is_commit = ++evaluations % 2 == 0;
    SetFollowers(transaction, is_commit ? FollowersOf(transaction, 5) : 1);
    return true;
  }));
  CHECK(evaluations == 4);
  CHECK(peers.questions == 1);
  CHECK(f.Followers() == 7);

  evaluations = 0;
  std::uint32_t next = 10;
  CHECK(f.Run([&](Transaction& transaction) {
    const bool is_commit = ++evaluations % 2 == 0;
    SetFollowers(transaction, is_commit ? FollowersOf(transaction, ++next) : 1);
    return true;
  }) == Failure::kUnavailable);
  CHECK(evaluations == 2 * Commits::kMostRehearsals);
  CHECK(f.Followers() == 7);
}

TEST_CASE("commits: while another shard is away nothing is written") {
  FakePeers peers;
  peers.away = true;
  Fixture f(&peers);
  CHECK(f.Run([](Transaction& transaction) {
    SetFollowers(transaction, FollowersOf(transaction, 5));
    return true;
  }) == Failure::kUnavailable);
  CHECK(f.commands() == 0);
  CHECK(f.Followers() == 0);
}

TEST_CASE("commits: a change of a partition that is another node's is misplaced, and not made") {
  Fixture fixture;
  tests::SetOwnership(fixture.node, 1, storage::PartitionState::kOwned, 1);
  CHECK(fixture.Run([](Transaction& transaction) {
    SetFollowers(transaction, 5);
    return true;
  }) == Failure::kMisplaced);
  CHECK(fixture.Followers() == 0);
}

}  // namespace warble::sharding
