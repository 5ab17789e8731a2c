#include "sharding/reads.h"

#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace warble::sharding {
namespace {

using storage::CacheKey;
using storage::Family;
using storage::ReadView;
using storage::ShardNumber;
using storage::UserId;
using Answer = std::variant<Failure, int>;

// Partition 0 is served here, every other one by the shard of its number.
struct FakePeers final : Peers, storage::Placement {
  const Placement& placement() const override { return *this; }
  std::optional<ShardNumber> ShardElsewhere(std::uint32_t partition) const override {
    if (partition == 0 || partition == moved_here) return std::nullopt;
    return static_cast<ShardNumber>(partition);
  }
  std::uint64_t revision() const override { return moves; }
  void Ask(const storage::RemoteRows::OfShard& asked, std::chrono::steady_clock::time_point,
           std::function<void(Reply)> done) override {
    questions.emplace_back(asked.shard, asked.needs.rows.size());
    waiting.emplace_back([&asked, done = std::move(done), this] { done(answer(asked)); });
    // Nobody is answered before all were asked.
    if (waiting.size() == at_once) {
      for (const auto& next : std::exchange(waiting, {})) next();
    }
  }

  static Reply TellFollows(const storage::RemoteRows::OfShard& asked) {
    Reply reply{Reply::Kind::kTold, {}};
    reply.told.rows.assign(asked.needs.rows.size(), storage::EncodeTimestamp({7}));
    return reply;
  }

  std::function<Reply(const storage::RemoteRows::OfShard&)> answer = TellFollows;
  std::size_t at_once = 1;
  std::uint32_t moved_here = 0;
  std::atomic<std::uint64_t> moves{0};
  std::vector<std::pair<ShardNumber, std::size_t>> questions;
  std::vector<std::function<void()>> waiting;
};

struct Fixture {
  explicit Fixture(FakePeers* peers)
      : node(directory.path() / "data"), reads(node.engine(), 1, peers) {}
  Answer Run(std::function<int(ReadView&)> read) {
    auto soon = reads.Run(
        [this, read](ReadView& view) -> Answer {
          threads.push_back(std::this_thread::get_id());
          return read(view);
        },
        ReadView::Rows::kCached, [](Failure failure) -> Answer { return failure; });
    was_ready = soon.ready();
    return tests::RunTask(tests::Wait(std::move(soon)));
  }
  int runs() const { return static_cast<int>(threads.size()); }

  tests::TemporaryDirectory directory;
  tests::Node node;
  Reads reads;
  std::vector<std::thread::id> threads;
  bool was_ready = false;
};

UserId User(std::uint32_t partition) { return UserId::Make(partition, 1); }

// How many of them follow the user of partition 0, of those in [from, to).
int CountFollows(ReadView& view, std::uint32_t from, std::uint32_t to) {
  std::vector<CacheKey> keys;
  for (std::uint32_t p = from; p < to; ++p) {
    keys.push_back(
        {static_cast<std::uint8_t>(Family::kFollowsOut), storage::FollowOutKey(User(p), User(0))});
  }
  view.Prefetch(keys);
  int follows = 0;
  for (std::uint32_t p = from; p < to; ++p) {
    follows += view.Has(Family::kFollowsOut, storage::FollowOutKey(User(p), User(0))) ? 1 : 0;
  }
  return follows;
}

}  // namespace

TEST_CASE("reads: what is in memory is read at once, on the loop") {
  Fixture f(nullptr);
  CHECK(std::get<int>(f.Run([](ReadView& view) { return CountFollows(view, 0, 10); })) == 0);
  CHECK(f.was_ready);
  CHECK(f.threads == std::vector{std::this_thread::get_id()});
}

TEST_CASE("reads: what would block runs again, once, on the disk pool") {
  Fixture f(nullptr);
  CHECK(std::get<int>(f.Run([](ReadView& view) { return CountFollows(view, 0, 1000); })) == 0);
  CHECK_FALSE(f.was_ready);
  REQUIRE(f.threads.size() == 2);
  CHECK(f.threads[0] == std::this_thread::get_id());
  CHECK(f.threads[1] != std::this_thread::get_id());
}

TEST_CASE("reads: memory that is too short on the pool is a failure of that read alone") {
  Fixture f(nullptr);
  const auto read = [](ReadView& view) {
    const int count = CountFollows(view, 0, 1000);
    if (view.status() == storage::ReadStatus::kOk) throw std::bad_alloc();
    return count;
  };
  CHECK(std::get<Failure>(f.Run(read)) == Failure::kOutOfMemory);
  CHECK(std::get<int>(f.Run([](ReadView& view) { return CountFollows(view, 0, 10); })) == 0);
}

TEST_CASE("reads: the rows that a read names are asked for together, each shard once") {
  FakePeers peers;
  peers.at_once = 9;
  Fixture f(&peers);
  CHECK(std::get<int>(f.Run([](ReadView& view) { return CountFollows(view, 0, 10); })) == 9);
  CHECK(f.runs() == 2);
  CHECK(peers.questions.size() == 9);
  CHECK(std::all_of(peers.questions.begin(), peers.questions.end(),
                    [](const auto& question) { return question.second == 1; }));
}

TEST_CASE("reads: a view that needs rows goes on noting those that it is asked for") {
  FakePeers peers;
  peers.at_once = 2;
  Fixture f(&peers);
  tests::PutRaw(f.node, Family::kFollowsOut, storage::FollowOutKey(User(0), User(9)),
                storage::EncodeTimestamp({1}));
  std::vector<bool> local;
  const auto read = [&](ReadView& view) {
    int follows = 0;
    for (const std::uint32_t p : {1U, 2U}) {
      follows += view.Has(Family::kFollowsOut, storage::FollowOutKey(User(p), User(0))) ? 1 : 0;
    }
    local.push_back(view.ScanPrefix(Family::kFollowsOut, storage::UserKey(User(0))).Valid());
    return follows;
  };
  CHECK(std::get<int>(f.Run(read)) == 2);
  CHECK(f.runs() == 2);
  CHECK(peers.questions.size() == 2);
  CHECK(local == std::vector{false, true});  // a walk of a view that has failed ends
}

TEST_CASE("reads: once a read has blocked it goes on on the pool, between rounds of questions") {
  FakePeers peers;
  peers.at_once = 1000 - 1;
  Fixture f(&peers);
  CHECK(std::get<int>(f.Run([](ReadView& view) { return CountFollows(view, 0, 1000); })) == 999);
  CHECK(f.runs() == 3);
  CHECK(f.threads[2] != std::this_thread::get_id());
}

TEST_CASE("reads: a read that never has enough is given up") {
  FakePeers peers;
  Fixture f(&peers);
  std::uint32_t next = 1;
  const auto read = [&](ReadView& view) { return ++next, CountFollows(view, next, next + 1); };
  CHECK(std::get<Failure>(f.Run(read)) == Failure::kUnavailable);
  CHECK(f.runs() == Reads::kMostRuns);
}

TEST_CASE("reads: a shard that is away, or tells what is no row, fails the read") {
  FakePeers peers;
  Fixture f(&peers);
  const auto read = [](ReadView& view) { return CountFollows(view, 1, 2); };
  peers.answer = [](const auto&) { return Reply{}; };
  CHECK(std::get<Failure>(f.Run(read)) == Failure::kUnavailable);
  peers.answer = [](const auto&) { return Reply{Reply::Kind::kMisplaced, {}}; };
  CHECK(std::get<Failure>(f.Run(read)) == Failure::kUnavailable);
  peers.answer = [](const auto&) { return Reply{Reply::Kind::kTold, {{"short"}, {}, {}}}; };
  CHECK(std::get<Failure>(f.Run(read)) == Failure::kUnavailable);
  peers.answer = [](const auto&) { return Reply{Reply::Kind::kTold, {}}; };
  CHECK(std::get<Failure>(f.Run(read)) == Failure::kUnavailable);
  peers.answer = FakePeers::TellFollows;
  CHECK(std::get<int>(f.Run(read)) == 1);
}

TEST_CASE("reads: a read under which a partition moves begins anew, and forgets what was told") {
  FakePeers peers;
  Fixture f(&peers);
  const auto read = [](ReadView& view) { return CountFollows(view, 1, 3); };
  const auto move = [&] {
    peers.at_once = 1;
    peers.moved_here = 1;  // where nobody of partition 1 follows anybody
    peers.moves = 1;
  };
  SUBCASE("while its rows were asked for") {
    peers.at_once = 2;
    peers.answer = [&](const auto& asked) {
      move();
      return FakePeers::TellFollows(asked);
    };
    CHECK(std::get<int>(f.Run(read)) == 1);
    CHECK(peers.questions.size() == 3);
  }
  SUBCASE("and its shard knows") {
    peers.at_once = 2;
    peers.answer = [&](const auto& asked) {
      if (peers.moves > 0) return FakePeers::TellFollows(asked);
      move();
      return Reply{Reply::Kind::kMisplaced, {}};
    };
    CHECK(std::get<int>(f.Run(read)) == 1);
  }
  SUBCASE("after all was read") {
    bool moved = false;
    CHECK(std::get<int>(f.Run([&](ReadView& view) {
            const int count = CountFollows(view, 0, 1);
            if (!std::exchange(moved, true)) ++peers.moves;
            return count;
          })) == 0);
    CHECK(f.runs() == 2);
  }
}

}  // namespace warble::sharding
