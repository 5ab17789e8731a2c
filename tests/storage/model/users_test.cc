#include "storage/model/users.h"

#include "storage/model/sessions.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_hash.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {
namespace {

std::optional<User> Find(tests::Node& node, std::string_view name) {
  return node.Read([&](ReadView& view) { return FindUser(view, name); });
}

std::vector<std::string> FindNames(tests::Node& node, std::string_view prefix,
                                   std::uint32_t limit) {
  return node.Read([&](ReadView& view) {
    std::vector<std::string> names;
    for (const UserSummary& user : FindUsersByPrefix(view, prefix, limit).users) {
      names.push_back(user.username);
    }
    return names;
  });
}

Result<User> Create(tests::Node& node, std::uint32_t partition, std::string_view name) {
  return node.Commit([&](Transaction& transaction) {
    User user;
    user.username = name;
    return CreateUser(transaction, partition, user);
  });
}

}  // namespace

TEST_CASE("users: who registers is found by name in any case and by id") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  tests::Node node(directory.path(), wall.wall());
  const User alice = tests::AddUser(node, "Alice");
  for (const char* name : {"Alice", "alice", "ALICE"}) {
    const std::optional<User> found = Find(node, name);
    REQUIRE(found);
    CHECK(found->id == alice.id);
    CHECK(found->username == "Alice");
    CHECK(found->first_name == "First Alice");
    CHECK(found->password_hash == "hash");
    CHECK(found->created_at == wall.now());
    CHECK(found->updated_at == wall.now());
  }
  CHECK_FALSE(Find(node, "alic"));
  CHECK_FALSE(Find(node, ""));
  CHECK_FALSE(Find(node, std::string(1000, 'a')));
  CHECK(node.Read([&](ReadView& view) { return LoadUser(view, alice.id); })->username == "Alice");
  CHECK_FALSE(node.Read([&](ReadView& view) { return LoadUser(view, {alice.id.value + 1}); }));
  CHECK(tests::Counters(node, alice.id) == UserCounters{});
}

TEST_CASE("users: a name of any length may be asked for, also of the decoded cache") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (const ReadView::Rows rows : {ReadView::Rows::kSnapshot, ReadView::Rows::kCached}) {
    for (std::size_t size = 0; size < 100; ++size) {
      ReadView view(node.engine(), ReadView::Mode::kMayBlock, rows);
      REQUIRE_FALSE(FindUser(view, std::string(size, 'a')));
      REQUIRE(view.status() == ReadStatus::kOk);
    }
  }
}

TEST_CASE("users: ids are the partition and its next sequence, from 1") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  CHECK(Create(node, 7, "a")->id == UserId::Make(7, 1));
  CHECK(Create(node, 7, "b")->id == UserId::Make(7, 2));
  CHECK(Create(node, 4095, "c")->id == UserId::Make(4095, 1));
}

TEST_CASE("users: a full partition refuses, and its last sequence stays unused") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  constexpr std::uint32_t kLast = (1U << 28) - 2;
  tests::PutRaw(node, Family::kMeta, SequenceKey(7), EncodeU32(kLast - 1));
  CHECK(Create(node, 7, "a")->id == UserId::Make(7, kLast));
  const Result<User> refused = Create(node, 7, "b");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error() == Refusal::kPartitionFull);
  CHECK_FALSE(Find(node, "b"));
  CHECK(Create(node, 8, "b").has_value());
}

TEST_CASE("users: a taken name is refused in any case and writes nothing") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const User alice = tests::AddUser(node, "Alice");
  const auto before = node.engine().db().GetLatestSequenceNumber();
  for (const char* name : {"Alice", "alice", "aLICE"}) {
    const Result<User> refused = Create(node, alice.id.partition(), name);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == Refusal::kUsernameTaken);
  }
  CHECK(node.engine().db().GetLatestSequenceNumber() == before);
}

TEST_CASE("users: a change is stored and moves updated_at alone") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  tests::Node node(directory.path(), wall.wall());
  User alice = tests::AddUser(node, "alice");
  wall.Advance(1000);
  node.Commit([&](Transaction& transaction) {
    alice.description = "new";
    UpdateUser(transaction, alice);
    return true;
  });
  const User found = Find(node, "alice").value();
  CHECK(found.description == "new");
  CHECK(found.updated_at == wall.now());
  CHECK(found.created_at.ms == wall.now().ms - 1000);
}

TEST_CASE("users: a deleted user is gone at once, the name stays taken, personal data goes") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const User alice = tests::AddUser(node, "Alice");
  const TokenHash hash = tests::TokenHashOf("h");
  node.Commit([&](Transaction& transaction) {
    AddSession(transaction, alice.id, {hash, {1}, {2}});
    return true;
  });
  tests::RemoveUser(node, alice.id);
  CHECK_FALSE(Find(node, "alice"));
  CHECK_FALSE(node.Read([&](ReadView& view) { return LoadUser(view, alice.id); }));
  CHECK(node.Read([&](ReadView& view) { return FindUserId(view, "ALICE").has_value(); }));
  CHECK(FindNames(node, "a", 10).empty());
  CHECK(Create(node, alice.id.partition(), "alice").error() == Refusal::kUsernameTaken);
  CHECK_FALSE(tests::GetRaw(node, Family::kSessions, UserKey(alice.id)));
  const std::string record = tests::GetRaw(node, Family::kUsers, UserKey(alice.id)).value();
  CHECK(record.find("hash") == record.npos);
  CHECK(record.find("First") == record.npos);
  CHECK(record.find("Alice") != record.npos);
}

TEST_CASE("users: a prefix finds the living in order of their names, at most so many") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (const char* name : {"bob", "Ann", "anna", "ANNe", "annb", "a"}) tests::AddUser(node, name);
  tests::RemoveUser(node, Find(node, "annb")->id);
  using Names = std::vector<std::string>;
  const struct {
    std::string prefix;
    std::uint32_t limit;
    Names expected;
  } kCases[] = {{"ann", 10, {"Ann", "anna", "ANNe"}},
                {"ANN", 2, {"Ann", "anna"}},
                {"anne", 10, {"ANNe"}},
                {"annf", 10, {}},
                {"", 10, {"a", "Ann", "anna", "ANNe", "bob"}},
                {"b", 1, {"bob"}}};
  for (const auto& row : kCases) {
    INFO(row.prefix);
    const auto& [prefix, limit, expected] = row;
    CHECK(FindNames(node, prefix, limit) == expected);
  }
}

TEST_CASE("users: summaries are read once, and not of the deleted") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const User alice = tests::AddUser(node, "alice");
  const User bob = tests::AddUser(node, "bob");
  tests::RemoveUser(node, bob.id);
  ReadView view(node.engine(), ReadView::Mode::kMayBlock);
  SummaryCache cache(view);
  const SharedSummary summary = cache.Find(alice.id);
  REQUIRE(summary != nullptr);
  CHECK(summary->username == "alice");
  CHECK(summary->first_name == "First alice");
  CHECK(cache.Find(bob.id) == nullptr);
  CHECK(cache.Find({1}) == nullptr);
  CHECK(cache.Find(alice.id) == summary);
}

TEST_CASE("users: a search ends after so many names of the deleted, and says so") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const User living = tests::AddUser(node, "a9999");
  User dead = tests::AddUser(node, "dead");
  tests::RemoveUser(node, dead.id);
  const auto search = [&](std::string_view prefix) {
    return node.Read([&](ReadView& view) { return FindUsersByPrefix(view, prefix, 50); });
  };
  for (std::uint32_t names = 0; names < kMostNamesSearched; ++names) {
    tests::PutRaw(node, Family::kUsernames, fmt::format("a{:04}", names), EncodeUserId(dead.id));
    if (names + 2 < kMostNamesSearched) continue;
    INFO("names of the deleted: ", names + 1);
    const bool complete = names + 1 < kMostNamesSearched;
    CHECK(search("a").complete == complete);
    CHECK(search("a").users.size() == (complete ? 1 : 0));
  }
  REQUIRE(search("A99").users.size() == 1);
  CHECK(search("A99").users.front().id == living.id);
  CHECK(search("A99").complete);
  CHECK(search("nobody").complete);
}

}  // namespace warble::storage
