#include "storage/remote_rows.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace warble::storage {
namespace {

// Partition 0 is served here, every other one by the shard of its number.
struct FakePlacement final : Placement {
  std::optional<ShardNumber> ShardElsewhere(std::uint32_t partition) const override {
    return partition == 0 ? std::nullopt : std::optional(static_cast<ShardNumber>(partition));
  }
  std::uint64_t revision() const override { return moves; }
  std::uint64_t moves = 0;
};

UserId IdOf(std::uint32_t partition) { return UserId::Make(partition, 1); }
CacheKey UserRow(std::uint32_t partition) {
  return {static_cast<std::uint8_t>(Family::kUsers), UserKey(IdOf(partition))};
}
std::string Stored(bool deleted) {
  return EncodeUser({{}, "name", "first", "last", "text", "hash", {1}, {1}, deleted});
}

struct Fixture {
  RemoteRows::Row Find(std::uint32_t partition, Wanted wanted) {
    return rows.Find(UserRow(partition), wanted, &value);
  }
  // Answers all that is noted with the same row.
  void TellAll(const std::optional<std::string>& row) {
    for (const RemoteRows::OfShard& asked : rows.TakeNeeds()) {
      Told told;
      told.rows.assign(asked.needs.rows.size(), row);
      REQUIRE(rows.Tell(asked, std::move(told)));
    }
  }
  FakePlacement placement;
  RemoteRows rows{placement};
  std::string value;
};

using Row = RemoteRows::Row;

}  // namespace

TEST_CASE("remote rows: what is not known is noted once, and asked of the shard that serves it") {
  Fixture f;
  CHECK(f.Find(0, Wanted::kRow) == Row::kHere);
  CHECK(f.rows.TakeNeeds().empty());
  CHECK(f.Find(2, Wanted::kRow) == Row::kNeeded);
  CHECK(f.Find(2, Wanted::kExistence) == Row::kNeeded);
  CHECK(f.Find(3, Wanted::kExistence) == Row::kNeeded);
  std::vector<CacheKey> here;
  const std::vector<CacheKey> keys = {UserRow(0), UserRow(2), UserRow(3)};
  CHECK(f.rows.Need(keys, Wanted::kRow, &here) == 2);
  CHECK(here.size() == 1);

  const auto needs = f.rows.TakeNeeds();
  REQUIRE(needs.size() == 2);
  for (const RemoteRows::OfShard& asked : needs) {
    REQUIRE(asked.needs.rows.size() == 1);
    CHECK(asked.needs.rows[0].wanted == Wanted::kRow);
    const std::uint32_t partition = DecodeUserKey(asked.needs.rows[0].name()).partition();
    CHECK(asked.shard == static_cast<ShardNumber>(partition));
  }
  CHECK(f.rows.TakeNeeds().empty());
}

TEST_CASE("remote rows: a row tells of its existence, its existence does not tell the row") {
  Fixture f;
  f.Find(1, Wanted::kRow);
  f.TellAll(Stored(false));
  CHECK(f.Find(1, Wanted::kExistence) == Row::kPresent);
  CHECK(f.Find(1, Wanted::kRow) == Row::kPresent);
  CHECK(f.value == Stored(false));

  f.Find(2, Wanted::kRow);
  f.TellAll(Stored(true));
  CHECK(f.Find(2, Wanted::kExistence) == Row::kAbsent);  // as of any deleted user
  CHECK(f.Find(2, Wanted::kRow) == Row::kPresent);

  f.Find(3, Wanted::kExistence);
  f.TellAll("");
  CHECK(f.Find(3, Wanted::kExistence) == Row::kPresent);
  CHECK(f.Find(3, Wanted::kRow) == Row::kNeeded);
  f.TellAll(std::nullopt);
  CHECK(f.Find(3, Wanted::kRow) == Row::kAbsent);
  CHECK(f.Find(3, Wanted::kExistence) == Row::kAbsent);
}

TEST_CASE("remote rows: what no shard tells is never asked for") {
  Fixture f;
  const CacheKey sessions{static_cast<std::uint8_t>(Family::kSessions), UserKey(IdOf(1))};
  CHECK(f.rows.Find(sessions, Wanted::kRow, &f.value) == Row::kNeeded);
  CHECK(f.rows.TakeNeeds().empty());
  CHECK(RowToTell(Family::kUsers, Stored(false), Wanted::kRow).find("hash") == std::string::npos);
  CHECK(RowToTell(Family::kUsers, Stored(false), Wanted::kExistence).empty());
}

TEST_CASE("remote rows: what is no answer to the question is refused") {
  Fixture f;
  const TimelineRequest request{{IdOf(1), UserId{IdOf(1).value + 1}}, TweetId{100}, 2, false};
  f.Find(1, Wanted::kRow);
  CHECK(f.rows.FindTimeline(ShardNumber{1}, request) == nullptr);
  CHECK(f.rows.FindTimeline(ShardNumber{1}, request) == nullptr);
  const auto needs = f.rows.TakeNeeds();
  REQUIRE(needs.size() == 1);
  REQUIRE(needs[0].needs.timelines.size() == 1);
  const auto tells = [&](std::vector<std::optional<std::string>> rows, TimelinePart part,
                         std::vector<Told::Row> more = {}) {
    return f.rows.Tell(needs[0], {std::move(rows), {std::move(part)}, std::move(more)});
  };
  const TimelinePart right{{{IdOf(1), {90}}, {{IdOf(1).value + 1}, {80}}}, false};
  const std::optional<std::string> row = Stored(false);
  CHECK_FALSE(tells({}, right));
  CHECK_FALSE(tells({"short"}, right));
  CHECK_FALSE(tells({row}, {{}, false}));                                  // and none at all
  CHECK_FALSE(tells({row}, {{{IdOf(1), {80}}, {IdOf(1), {90}}}, false}));  // oldest first
  CHECK_FALSE(tells({row}, {{{IdOf(1), {100}}}, false}));                  // not before 100
  CHECK_FALSE(tells({row}, {{{IdOf(2), {90}}}, false}));                   // nobody asked about
  CHECK_FALSE(
      tells({row}, {{{IdOf(1), {90}}, {IdOf(1), {80}}, {IdOf(1), {70}}}, false}));  // too many
  CHECK_FALSE(tells({row}, right, {{UserRow(1), "short"}}));
  CHECK_FALSE(f.rows.Tell(needs[0], {{row}, {}, {}}));
  CHECK(f.Find(1, Wanted::kRow) == Row::kNeeded);

  CHECK(tells({row}, right, {{UserRow(1), *row}}));
  REQUIRE(f.rows.FindTimeline(ShardNumber{1}, request) != nullptr);
  CHECK(f.rows.FindTimeline(ShardNumber{1}, request)->tweets.size() == 2);
  CHECK(f.Find(1, Wanted::kRow) == Row::kPresent);
}

TEST_CASE("remote rows: when partitions have moved all is forgotten") {
  Fixture f;
  f.Find(1, Wanted::kRow);
  f.TellAll(Stored(false));
  CHECK_FALSE(f.rows.HasMoved());
  ++f.placement.moves;
  CHECK(f.rows.HasMoved());
  f.rows.Forget();
  CHECK_FALSE(f.rows.HasMoved());
  CHECK(f.Find(1, Wanted::kRow) == Row::kNeeded);
}

}  // namespace warble::storage
