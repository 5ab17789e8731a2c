#include "server/etcd_messages.h"

#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace warble::server {
namespace {

using sharding::AgreedRow;
using sharding::AgreedTransaction;
using sharding::Outcome;

constexpr std::string_view kPrefix = "a/";  // "YS8="; "a/k" is "YS9r", "a/l" is "YS9s"
const AgreedTransaction kTransaction{{{"k", 5}, {"l", 0}}, {{"k", "v"}, {"l", std::nullopt}}};

const std::string kHeader =
    R"("header":{"cluster_id":"18446744073709551615","member_id":"1","revision":"9"})";
const std::string kRow =
    R"({"key":"YS9r","create_revision":"2","mod_revision":"7","value":"dg=="})";
const std::string kApplied = "{" + kHeader + R"(,"succeeded":true,"responses":[]})";
const std::string kRefused = "{" + kHeader + R"(,"responses":[{"response_range":{"kvs":[)" + kRow +
                             R"(],"count":"1"}},{"response_range":{}}]})";
const std::string kRows = "{" + kHeader + R"(,"kvs":[)" + kRow + R"(],"count":"1"})";
const std::string kEvents = R"({"result":{)" + kHeader + R"(,"events":[{"kv":)" + kRow +
                            R"(},{"type":"DELETE","kv":{"key":"YS9s","mod_revision":8}}]}})";
const std::string kCompacted =  // without a revision, as etcd does
    R"({"result":{"header":{"cluster_id":"1"},"canceled":true,"compact_revision":"4"}})";
const std::string kError = R"({"error":{"grpc_code":14,"message":"etcdserver: no leader"}})";

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("etcd messages: requests never change") {
  CHECK(EtcdReadOne(kPrefix, "k") == R"({"key":"YS9r"})");
  CHECK(EtcdReadAll(kPrefix) == R"({"key":"YS8=","range_end":"YTA="})");
  CHECK(EtcdWatchFrom(kPrefix, 7) ==
        R"({"create_request":{"key":"YS8=","range_end":"YTA=","start_revision":"7"}})");
  CHECK(EtcdTransaction(kPrefix, kTransaction) ==
        R"({"compare":[{"target":"MOD","result":"EQUAL","key":"YS9r","mod_revision":"5"},)"
        R"({"target":"MOD","result":"EQUAL","key":"YS9s","mod_revision":"0"}],)"
        R"("success":[{"request_put":{"key":"YS9r","value":"dg=="}},)"
        R"({"request_delete_range":{"key":"YS9s"}}],)"
        R"("failure":[{"request_range":{"key":"YS9r"}},{"request_range":{"key":"YS9s"}}]})");
}

TEST_CASE("etcd messages: what the gateway leaves out is 0, false or empty") {
  const auto rows = ParseEtcdRows(kPrefix, kRows);
  REQUIRE(rows);
  CHECK(rows->cluster == ~EtcdCluster{0});
  CHECK(rows->revision == 9);
  CHECK(rows->rows == std::vector<AgreedRow>{{"k", "v", 7}});
  CHECK(ParseEtcdRows(kPrefix, "{" + kHeader + "}")->rows.empty());
  CHECK(ParseEtcdRows(kPrefix, Replaced(kRows, R"(,"value":"dg==")", ""))->rows[0].value == "");
  CHECK(ParseEtcdRows(kPrefix, Replaced(kRows, R"("9")", "9"))->revision == 9);

  const auto applied = ParseEtcdOutcome(kPrefix, kTransaction, kApplied);
  REQUIRE(applied);
  CHECK(applied->answer.outcome == Outcome::kApplied);
  CHECK(applied->answer.revision == 9);
  const auto refused = ParseEtcdOutcome(kPrefix, kTransaction, kRefused);
  REQUIRE(refused);
  CHECK(refused->answer.outcome == Outcome::kRefused);
  CHECK(refused->answer.rows == std::vector<AgreedRow>{{"k", "v", 7}, {"l", std::nullopt, 0}});

  const auto events = ParseEtcdWatched(kPrefix, kEvents);
  REQUIRE(events);
  CHECK_FALSE(events->ended);
  CHECK(events->changes == std::vector<AgreedRow>{{"k", "v", 7}, {"l", std::nullopt, 8}});
  CHECK(ParseEtcdWatched(kPrefix, R"({"result":{)" + kHeader + "}}")->changes.empty());
  CHECK(ParseEtcdWatched(kPrefix, kCompacted)->compacted);
  CHECK(ParseEtcdWatched(kPrefix, kCompacted)->ended == "compacted");
  CHECK(ParseEtcdWatched(kPrefix, kError)->ended == "etcdserver: no leader");
  CHECK(EtcdErrorText(R"({"error":"e","message":"m\n","code":14})") == "m?");
  CHECK(EtcdErrorText("<html>") == "<html>");
}

TEST_CASE("etcd messages: what is no such answer is none") {
  for (const auto& change : std::vector<std::pair<std::string, std::string>>{
           {R"("cluster_id":"18446744073709551615",)", ""},
           {R"("18446744073709551615")", R"("18446744073709551616")"},
           {R"("revision":"9")", R"("revision":"-9")"},
           {R"("revision":"9")", R"("revision":"9 ")"},
           {R"("revision":"9")", R"("revision":9.5)"},
           {R"("YS9r")", R"("YS9")"},
           {R"("YS9r")", R"("Yi9r")"},  // of another prefix
           {R"("YS9r")", "1"},
           {R"("dg==")", R"("dg")"},
           {R"("mod_revision":"7")", R"("mod_revision":"0")"},
           {"[{", "[1,{"},
           {"{", ""}}) {
    const auto& what = change.first;
    const auto& with = change.second;
    CAPTURE(what);
    CHECK_FALSE(ParseEtcdRows(kPrefix, Replaced(kRows, what, with)));
    CHECK_FALSE(ParseEtcdWatched(kPrefix, Replaced(kEvents, what, with)));
    CHECK_FALSE(ParseEtcdOutcome(kPrefix, kTransaction, Replaced(kRefused, what, with)));
  }
  CHECK_FALSE(ParseEtcdRows(kPrefix, Replaced(kRows, R"(,"count")", R"(,"more":true,"count")")));
  const std::string_view revision = R"(,"revision":"9")";
  CHECK_FALSE(ParseEtcdRows(kPrefix, Replaced(kRows, revision, "")));
  CHECK_FALSE(ParseEtcdOutcome(kPrefix, kTransaction, Replaced(kApplied, revision, "")));
  CHECK_FALSE(ParseEtcdOutcome(kPrefix, kTransaction, kRows));
  CHECK_FALSE(ParseEtcdOutcome(kPrefix, kTransaction, Replaced(kApplied, "true", R"("true")")));
  CHECK_FALSE(ParseEtcdOutcome(kPrefix, kTransaction, Replaced(kRefused, "YS9r", "YS9s")));
  CHECK_FALSE(ParseEtcdWatched(kPrefix, kRows));
  CHECK_FALSE(ParseEtcdWatched(kPrefix, Replaced(kEvents, "DELETE", "OTHER")));
}

TEST_CASE("etcd messages: any bytes are read or refused") {
  const std::uint64_t seed = tests::TestSeed();
  CAPTURE(seed);
  tests::Random random(seed);
  std::size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    for (std::string json : {kApplied, kRefused, kRows, kEvents, kCompacted, kError}) {
      for (std::uint64_t edits = 1 + random.Below(3); edits > 0; --edits) {
        const std::size_t at = random.Below(json.size());
        if (random.OneIn(2)) {
          json[at] = static_cast<char>(random.Number());
        } else {
          json.erase(at, 1 + random.Below(20));
        }
        if (json.empty()) json = "{";
      }
      const auto rows = ParseEtcdRows(kPrefix, json);
      const auto outcome = ParseEtcdOutcome(kPrefix, kTransaction, json);
      const auto watched = ParseEtcdWatched(kPrefix, json);
      read += rows || outcome || watched ? 1 : 0;
      if (rows) CHECK(rows->revision > 0);
      if (outcome && outcome->answer.outcome == Outcome::kRefused) {
        CHECK(outcome->answer.rows.size() == kTransaction.writes.size());
      }
      for (const char c : EtcdErrorText(json)) REQUIRE((c >= ' ' && c <= '~'));
    }
  }
  CHECK(read > 1'000);
}

}  // namespace warble::server
