#include "bench/client/oracle.h"
#include "bench/client/journal.h"
#include "bench/client/walk.h"
#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

namespace warble::bench {
namespace {

TEST_CASE("walk: what is not newest first, or comes twice, is found") {
  struct Case {
    std::vector<Item> items;
    bool in_order;
  };
  const Item newest{.id = 5, .username = "a", .time = "2026-01-02T00:00:00.000Z"};
  const Item same_time{.id = 4, .username = "b", .time = newest.time};
  const Item oldest{.id = 9, .username = "c", .time = "2026-01-01T00:00:00.000Z"};
  const Case cases[] = {
      {{}, true},
      {{newest}, true},
      {{newest, same_time, oldest}, true},
      {{same_time, newest, oldest}, false},
      {{newest, oldest, same_time}, false},
      {{newest, newest, oldest}, false},
  };
  for (const Case& test : cases) {
    CHECK(Walk{.items = test.items, .whole = true, .failure = {}}.Disorder().empty() ==
          test.in_order);
  }
  const Walk walk{.items = {newest, oldest}, .whole = true, .failure = {}};
  CHECK(walk.Contains(9));
  CHECK_FALSE(walk.Contains(4));
}

TEST_CASE("findings: failures are counted all and listed up to a limit") {
  Findings findings;
  findings.Check(true, "well");
  for (std::size_t i = 0; i <= Findings::kMaxListed; ++i) findings.Check(false, "wrong");
  CHECK(findings.checks() == Findings::kMaxListed + 2);
  CHECK(findings.failures() == Findings::kMaxListed + 1);
  CHECK(findings.listed().size() == Findings::kMaxListed);
}

std::string LinesOf(const std::vector<WriteRecord>& records, const Profile& profile,
                    const std::string& file) {
  Journal journal(profile, file);
  for (const WriteRecord& record : records) journal.Add(record);
  CHECK(journal.Records().size() == records.size());
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST_CASE("journal: what is read back is what was written") {
  const tests::TemporaryDirectory directory;
  const Profile profile = ProfileNamed("small");
  const std::vector<WriteRecord> records = {
      {Operation::kPostTweet, true, 1, 1, {1ULL << 62}, ~std::uint64_t{0}},
      {Operation::kPostTweet, false, 2, 2, {0}, 3},
      {Operation::kFollow, true, 1, 2, {}, 0},
      {Operation::kUnfollow, false, 3, 2, {}, 0},
      {Operation::kFavorite, true, 4, 5, {6}, 0},
      {Operation::kUnfavorite, true, 4, 5, {6}, 0},
  };
  const std::string file = directory.path() / "journal";
  const std::string text = LinesOf(records, profile, file);
  const std::vector<WriteRecord> read = Journal::Read(profile, file);
  REQUIRE(read.size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(i);
    CHECK(read[i].operation == records[i].operation);
    CHECK(read[i].acknowledged == records[i].acknowledged);
    CHECK(read[i].actor == records[i].actor);
    CHECK(read[i].user == records[i].user);
    CHECK(read[i].tweet == records[i].tweet);
    CHECK(read[i].text_seed == records[i].text_seed);
  }
  SUBCASE("but for a last line that was cut off") {
    std::ofstream(file) << text << "tweet 1 17";
    CHECK(Journal::Read(profile, file).size() == records.size());
  }
  SUBCASE("unless it is of another world") {
    Profile other = profile;
    other.seed = 17;
    CHECK_THROWS_AS(Journal::Read(other, file), std::runtime_error);
  }
  SUBCASE("unless a line is none") {
    std::ofstream(file) << text << "tweet 1\nfollow 1 2 3\n";
    CHECK_THROWS_AS(Journal::Read(profile, file), std::runtime_error);
  }
}

}  // namespace
}  // namespace warble::bench
