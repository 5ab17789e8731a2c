#include "storage/model/sessions.h"

#include "storage/model/idempotency.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_hash.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <string>

namespace warble::storage {
namespace {

constexpr UserId kUser{0x1234567890};

TokenHash Hash(int number) { return tests::TokenHashOf(fmt::format("{:032}", number)); }

void Add(tests::Node& node, int number, Timestamp created_at, Timestamp expires_at) {
  node.Commit([&](Transaction& transaction) {
    AddSession(transaction, kUser, {Hash(number), created_at, expires_at});
    return true;
  });
}

bool Has(tests::Node& node, int number, Timestamp now) {
  return node.Read(
      [&](ReadView& view) { return FindSession(view, kUser, Hash(number), now).has_value(); });
}

std::size_t Count(tests::Node& node) {
  const auto row = tests::GetRaw(node, Family::kSessions, UserKey(kUser));
  return row ? DecodeSessions(*row).size() : 0;
}

}  // namespace

TEST_CASE("sessions: a session is found under its own user and hash until it expires") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  Add(node, 1, {1000}, {2000});
  CHECK(Has(node, 1, {1000}));
  CHECK(Has(node, 1, {1999}));
  CHECK_FALSE(Has(node, 1, {2000}));
  CHECK_FALSE(Has(node, 2, {1000}));
  node.Read([&](ReadView& view) {
    CHECK_FALSE(FindSession(view, {kUser.value + 1}, Hash(1), {1000}));
    const auto session = FindSession(view, kUser, Hash(1), {1000});
    REQUIRE(session);
    CHECK(session->created_at == Timestamp{1000});
    CHECK(session->expires_at == Timestamp{2000});
    return true;
  });
}

TEST_CASE("sessions: one more than 64 ends the oldest") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (int i = 0; i < 64; ++i) Add(node, i, {1000}, {2000});
  CHECK(Has(node, 0, {1000}));
  Add(node, 64, {1000}, {2000});
  CHECK(Count(node) == kMaxSessionsPerUser);
  CHECK_FALSE(Has(node, 0, {1000}));
  CHECK(Has(node, 1, {1000}));
  CHECK(Has(node, 64, {1000}));
}

TEST_CASE("sessions: where there is no room, the expired go before a living one") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  Add(node, 0, {1000}, {9000});
  for (int i = 1; i < 64; ++i) Add(node, i, {1000}, {2000});
  Add(node, 64, {2000}, {9000});
  CHECK(Count(node) == 2);
  CHECK(Has(node, 0, {2000}));
  CHECK(Has(node, 64, {2000}));
}

TEST_CASE("sessions: signing in drops what is surely past, and not what a new clock says is") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  constexpr std::uint64_t kGraceMs = std::chrono::milliseconds(Clock::kGrace).count();
  const Timestamp expired{wall.now().ms - kGraceMs};
  tests::Node node(directory.path(), wall.wall());
  Add(node, 0, {1000}, expired);
  Add(node, 1, wall.now(), {wall.now().ms + kGraceMs});
  CHECK(Count(node) == 2);
  wall.Advance(kGraceMs);
  Add(node, 2, wall.now(), {wall.now().ms + kGraceMs});
  CHECK(Count(node) == 2);
  CHECK(Has(node, 1, {wall.now().ms - 1}));
}

TEST_CASE("sessions: one, the others, or all are ended; the row goes with the last") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const auto run = [&](auto change) {
    node.Commit([&](Transaction& transaction) {
      change(transaction);
      return true;
    });
  };
  for (int i = 0; i < 4; ++i) Add(node, i, {1000}, {2000});
  run([](Transaction& transaction) { RemoveSession(transaction, kUser, Hash(1)); });
  CHECK_FALSE(Has(node, 1, {1000}));
  CHECK(Count(node) == 3);
  run([](Transaction& transaction) { RemoveOtherSessions(transaction, kUser, Hash(2)); });
  CHECK(Has(node, 2, {1000}));
  CHECK(Count(node) == 1);
  run([](Transaction& transaction) { RemoveSession(transaction, kUser, Hash(2)); });
  CHECK_FALSE(tests::GetRaw(node, Family::kSessions, UserKey(kUser)));
  for (int i = 0; i < 4; ++i) Add(node, i, {1000}, {2000});
  run([](Transaction& transaction) { RemoveAllSessions(transaction, kUser); });
  CHECK_FALSE(tests::GetRaw(node, Family::kSessions, UserKey(kUser)));
}

TEST_CASE("sessions: ending what is not there writes nothing") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  Add(node, 1, {1000}, {2000});
  const auto before = node.engine().db().GetLatestSequenceNumber();
  node.Commit([&](Transaction& transaction) {
    RemoveSession(transaction, kUser, Hash(2));
    RemoveOtherSessions(transaction, kUser, Hash(1));
    RemoveAllSessions(transaction, {1});
    return true;
  });
  CHECK(node.engine().db().GetLatestSequenceNumber() == before);
}

TEST_CASE("idempotency: an answer is kept for a day, under its user and key") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  tests::Node node(directory.path(), wall.wall());
  const std::string key(16, 'k');
  node.Commit([&](Transaction& transaction) {
    KeepAnswer(transaction, kUser, key, {{}, std::string(16, 'd'), "answer"});
    return true;
  });
  const Timestamp end{wall.now().ms + kAnswerLifetimeMs};
  node.Read([&](ReadView& view) {
    const auto answer = FindAnswer(view, kUser, key, {end.ms - 1});
    REQUIRE(answer);
    CHECK(answer->answer == "answer");
    CHECK(answer->request_digest == std::string(16, 'd'));
    CHECK_FALSE(FindAnswer(view, kUser, key, end));
    CHECK_FALSE(FindAnswer(view, {1}, key, wall.now()));
    CHECK_FALSE(FindAnswer(view, kUser, std::string(16, 'l'), wall.now()));
    return true;
  });
}

}  // namespace warble::storage
