#include "storage/model/expiry.h"

#include "storage/model/idempotency.h"
#include "storage/model/sessions.h"
#include "tests/support/hooked_tables.h"
#include "tests/support/random.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_hash.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace warble::storage {
namespace {

constexpr std::uint64_t kAnswers = 4000;
constexpr Timestamp kAllExpired{5000};

// Makes a data directory with answers of users of many partitions, in several hundred blocks.
const std::filesystem::path& WithAnswers(const std::filesystem::path& directory) {
  tests::Node node(directory);
  tests::Random random(1);
  for (std::uint64_t i = 0; i < kAnswers; ++i) {
    const UserId user = UserId::Make(static_cast<std::uint32_t>(i % kPartitionCount), 1);
    tests::PutRaw(node, Family::kIdempotency, IdempotencyKey(user, random.Bytes(16)),
                  EncodeStoredAnswer({{1000}, std::string(16, 'd'), random.Bytes(400)}));
  }
  return directory;
}

// Those answers in tables, none in memory, and reads of tables that can be counted or fail.
struct ColdAnswers {
  tests::TemporaryDirectory directory;
  tests::HookedTables tables;
  tests::Node node{WithAnswers(directory.path()), Clock::ReadSystem, tables.env()};
  tests::BackgroundPause pause{node};
};

std::uint64_t Rows(tests::Node& node, Family family) {
  return node.Read([&](ReadView& view) {
    std::uint64_t rows = 0;
    for (Scan scan = view.ScanRange(family, {}, {}); scan.Valid(); scan.Next()) ++rows;
    return rows;
  });
}

void RunPass(ExpirySweep& sweep, Timestamp now) {
  while (sweep.Step(now).more) {
  }
}

}  // namespace

TEST_CASE("sweep: sessions go when all of a user's have expired, answers one by one") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  tests::Node node(directory.path(), wall.wall());
  const std::uint64_t start = wall.now().ms;
  const auto add = [&](std::uint64_t user, std::uint64_t expires_ms) {
    node.Commit([&](Transaction& transaction) {
      AddSession(transaction, {user}, {tests::TokenHashOf("h"), {start}, {expires_ms}});
      KeepAnswer(transaction, {user}, std::string(16, 'k'), {{}, std::string(16, 'd'), "answer"});
      return true;
    });
  };
  add(1, start + 1000);
  add(2, start + 1000);
  wall.Advance(1);
  add(2, start + 2000);
  const auto sweep = [&](Family family, std::uint64_t now_ms) {
    ExpirySweep pass(node.engine(), node.committer(), family);
    RunPass(pass, {now_ms});
  };
  const auto has = [&](Family family, std::string_view key) {
    return tests::GetRaw(node, family, key).has_value();
  };
  sweep(Family::kSessions, start + 999);
  CHECK(has(Family::kSessions, UserKey({1})));
  sweep(Family::kSessions, start + 1000);
  CHECK_FALSE(has(Family::kSessions, UserKey({1})));
  CHECK(has(Family::kSessions, UserKey({2})));
  sweep(Family::kSessions, start + 2000);
  CHECK_FALSE(has(Family::kSessions, UserKey({2})));

  sweep(Family::kIdempotency, start + kAnswerLifetimeMs);
  CHECK_FALSE(has(Family::kIdempotency, IdempotencyKey({1}, std::string(16, 'k'))));
  CHECK(has(Family::kIdempotency, IdempotencyKey({2}, std::string(16, 'k'))));
}

TEST_CASE("sweep: a large family is walked step by step, over a restart too") {
  tests::TemporaryDirectory directory;
  constexpr std::uint64_t kRows = 18'000;
  {
    tests::Node node(directory.path());
    for (std::uint64_t user = 1; user <= kRows; ++user) {
      const Timestamp expires{user % 3 == 0 ? 1000U : 3000U};
      tests::PutRaw(node, Family::kSessions, UserKey({user}),
                    EncodeSessions({{tests::TokenHashOf("h"), {1}, expires}}));
    }
  }
  std::uint64_t before = kRows;
  bool more = true;
  int steps = 0;
  std::size_t walked = 0;
  while (more) {
    tests::Node node(directory.path());
    const ExpirySweep::Walked step =
        ExpirySweep(node.engine(), node.committer(), Family::kSessions).Step({2000});
    more = step.more;
    walked += step.rows;
    const std::uint64_t now = Rows(node, Family::kSessions);
    REQUIRE(before - now <= ExpirySweep::kExpired);
    before = now;
    REQUIRE(++steps < 100);
  }
  CHECK(before == kRows - kRows / 3);
  CHECK(steps > 5);
  CHECK(walked < 2 * kRows);  // each step goes on where the last one was
}

TEST_CASE("sweep: rows that have not expired cost no write") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (std::uint64_t user = 1; user <= ExpirySweep::kRows + 5000; ++user) {
    tests::PutRaw(node, Family::kSessions, UserKey({user}),
                  EncodeSessions({{tests::TokenHashOf("h"), {1}, {3000}}}));
  }
  const auto batches = node.committer().statistics().batches;
  ExpirySweep sweep(node.engine(), node.committer(), Family::kSessions);
  CHECK(sweep.Step({2000}).more);
  CHECK_FALSE(sweep.Step({2000}).more);
  CHECK(node.committer().statistics().batches == batches);
}

TEST_CASE("sweep: the committer reads no table, however cold the expired rows are") {
  ColdAnswers cold;
  const tests::CountedReads reads(cold.tables, tests::CommitterThread(cold.node));
  ExpirySweep sweep(cold.node.engine(), cold.node.committer(), Family::kIdempotency);
  RunPass(sweep, kAllExpired);
  CHECK(reads.all() > 10);
  CHECK(reads.of_thread() == 0);
  CHECK(Rows(cold.node, Family::kIdempotency) == 0);
}

TEST_CASE("sweep: a block that cannot be read is left out, and the others are swept") {
  ColdAnswers cold;
  const std::string file = tests::TablesOf(cold.node, Family::kIdempotency).front();
  cold.tables.Set([&](const tests::HookedTables::Read& read) {
    constexpr std::uint64_t kDamaged = 100'000;
    return read.file != file || read.offset > kDamaged || read.offset + read.size <= kDamaged;
  });
  ExpirySweep sweep(cold.node.engine(), cold.node.committer(), Family::kIdempotency);
  RunPass(sweep, kAllExpired);
  cold.tables.Set(nullptr);
  const std::uint64_t left = Rows(cold.node, Family::kIdempotency);
  CHECK(left > 0);
  CHECK(left < kAnswers / 2);
  RunPass(sweep, kAllExpired);
  CHECK(Rows(cold.node, Family::kIdempotency) == 0);
}

}  // namespace warble::storage
