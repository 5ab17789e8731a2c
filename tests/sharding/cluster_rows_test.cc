#include "sharding/cluster_rows.h"

#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warble::sharding {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef";
constexpr ShardNumber kSeven{7};

/// Parses, and where that succeeds, what is encoded again must be parsed to the same.
template <class Row>
bool Accepts(std::optional<Row> (*parse)(std::string_view), std::string_view value) {
  const std::optional<Row> row = parse(value);
  if (row) REQUIRE(parse(Encode(*row)) == row);
  return row.has_value();
}

bool AnyAccepts(std::string_view value) {
  const bool format = Accepts(ParseFormat, value);
  const bool shard = Accepts(ParseShard, value);
  const bool node = Accepts(ParseNode, value);
  const bool partition = Accepts(ParsePartition, value);
  if (partition) REQUIRE(Encode(*ParsePartition(value)) == value);
  return format || shard || node || partition;
}

}  // namespace

TEST_CASE("cluster rows: keys never change") {
  CHECK(ClusterPrefix("main") == "/warble/main/");
  CHECK(kFormatKey == "format");
  CHECK(kRevisionKey == "rev");
  CHECK(ShardKey(kSeven) == "shards/7");
  CHECK(NodeKey("n-7.a_B") == "nodes/n-7.a_B");
  CHECK(PartitionKey(0) == "p/0000");
  CHECK(PartitionKey(4095) == "p/0fff");
}

TEST_CASE("cluster rows: values never change") {
  CHECK(Encode(FormatRow{kId, 4096, "xxh3-64/lower/top12", 1, false}) ==
        "cluster=" + kId + " partitions=4096 hash=xxh3-64/lower/top12 level=1 state=initialising");
  CHECK(Encode(FormatRow{kId, 4096, "h", 2, true}) ==
        "cluster=" + kId + " partitions=4096 hash=h level=2 state=ready");
  CHECK(Encode(ShardRow{"n7", 1, 100, false}) == "node=n7 generation=1 weight=100 state=active");
  CHECK(Encode(ShardRow{"n7", 2, 1, true}) == "node=n7 generation=2 weight=1 state=draining");
  CHECK(Encode(NodeRow{kId, "127.0.0.1:9", 1, 2, "0.1.0"}) ==
        "incarnation=" + kId + " peer=127.0.0.1:9 protocol=1..2 version=0.1.0");
  CHECK(Encode(PartitionRow{kSeven, 12}) == "7 12");
  CHECK(Encode(PartitionRow{kSeven, 12, PartitionRow::Move{ShardNumber{9}, 0x123456789abcdef}}) ==
        "7 12 > 9 0123456789abcdef");
  CHECK(Encode(PartitionRow{kSeven, 13, {}, true}) == "7 13 forced");
}

TEST_CASE("cluster rows: every key is told by its bytes") {
  CHECK(std::holds_alternative<FormatSubject>(SubjectOf("format")));
  CHECK(std::holds_alternative<RevisionSubject>(SubjectOf("rev")));
  CHECK(std::get<ShardSubject>(SubjectOf(ShardKey(kSeven))).shard == kSeven);
  CHECK(std::get<NodeSubject>(SubjectOf(NodeKey("n7"))).name == "n7");
  CHECK(std::get<PartitionSubject>(SubjectOf(PartitionKey(4095))).partition == 4095);
  for (const std::string_view key :
       {"", "formats", "shards/", "shards/0", "shards/07", "shards/65536", "shards/-1", "nodes/",
        "nodes/a b", "nodes/a/b", "p/", "p/1000", "p/ffff", "p/FFF", "p/0FFF", "p/00000", "live/n7",
        "P/0000"}) {
    CAPTURE(key);
    CHECK(std::holds_alternative<UnknownSubject>(SubjectOf(key)));
  }
}

TEST_CASE("cluster rows: a value is read whatever later versions add to it") {
  CHECK(ParseShard("rack=4 state=draining weight=3 generation=1 node=n7 x=") ==
        ShardRow{"n7", 1, 3, true});
  CHECK(ParseNode("incarnation=" + kId + " tls=yes peer=[::1]:9 protocol=3..3 version=1") ==
        NodeRow{kId, "[::1]:9", 3, 3, "1"});
  CHECK(ParseFormat(Encode(FormatRow{kId, 4096, "h", 1, true}) + " new=1") ==
        FormatRow{kId, 4096, "h", 1, true});
}

TEST_CASE("cluster rows: malformed values are none") {
  const std::string move = "7 1 > 9 0123456789abcdef";
  const std::string shard = "node=n7 generation=1 weight=1 state=active";
  const std::string node = "incarnation=" + kId;
  const std::string format = "cluster=" + kId;
  const std::vector<std::string> values = {"",
                                           " ",
                                           "7",
                                           "7 ",
                                           " 7 1",
                                           "7  1",
                                           "07 1",
                                           "7 01",
                                           "0 1",
                                           "7 0",
                                           "-7 1",
                                           "+7 1",
                                           "7 1 ",
                                           "65536 1",
                                           "7 18446744073709551616",
                                           "7 1 forced ",
                                           "7 1 Forced",
                                           "7 1 >",
                                           "7 1 > 9",
                                           "7 1 > 9 1",
                                           "7 1 > 7 0123456789abcdef",
                                           "7 1 > 0 0123456789abcdef",
                                           "7 1 > 9 0123456789abcdeF",
                                           move + " forced",
                                           "7\t1",
                                           std::string("7 1\0", 4),
                                           "node=n7 generation=1 weight=100",
                                           "node=n7 generation=1 weight=0 state=active",
                                           "node=n7 generation=1 weight=10001 state=active",
                                           "node=n7 generation=0 weight=1 state=active",
                                           "node=n7 generation=1 weight=1 state=",
                                           "node= generation=1 weight=1 state=active",
                                           shard + " node=n8",
                                           shard + " x",
                                           shard + " =x",
                                           shard + " x=" + std::string(1024, 'x'),
                                           node + " peer=a:1 protocol=2..1 version=1",
                                           node + " peer=a:1 protocol=1 version=1",
                                           node + " peer=a:1 protocol=1.. version=1",
                                           node + " peer= protocol=1..1 version=1",
                                           "incarnation=0 peer=a:1 protocol=1..1 version=1",
                                           format + " partitions=4096 hash=h level=1 state=other",
                                           format + " partitions=0 hash=h level=1 state=ready"};
  for (const std::string& value : values) {
    CAPTURE(value);
    CHECK_FALSE(AnyAccepts(value));
  }
}

TEST_CASE("cluster rows: any bytes are read or refused, and what is read is written the same") {
  const std::uint64_t seed = tests::TestSeed();
  CAPTURE(seed);
  tests::Random random(seed);
  const std::vector<std::string> seeds = {Encode(FormatRow{kId, 4096, "h", 1, true}),
                                          Encode(ShardRow{"n7", 1, 100, false}),
                                          Encode(NodeRow{kId, "127.0.0.1:9", 1, 2, "0.1.0"}),
                                          "7 12",
                                          "7 13 forced",
                                          "7 12 > 9 0123456789abcdef"};
  const std::string alphabet = "0123456789abcdef =.>/-\n";
  std::size_t accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string value = seeds[random.Below(seeds.size())];
    for (std::uint64_t edits = 1 + random.Below(3); edits > 0; --edits) {
      const std::size_t at = random.Below(value.size() + 1);
      const char byte = random.OneIn(8) ? static_cast<char>(random.Number())
                                        : alphabet[random.Below(alphabet.size())];
      if (random.OneIn(3)) {
        value.insert(at, 1, byte);
      } else if (random.OneIn(2)) {
        value.erase(at, 1 + random.Below(4));
      } else if (at < value.size()) {
        value[at] = byte;
      }
    }
    accepted += AnyAccepts(value) ? 1 : 0;
    SubjectOf(value);
    AnyAccepts(random.Bytes(random.Below(40)));
  }
  CHECK(accepted > 1'000);
  CHECK(accepted < 99'000);
}

}  // namespace warble::sharding
