#include "server/web/phrases.h"

#include "api/http/time_format.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>

namespace warble::web {
namespace {

// The cases that the script's test reads as well.
simdjson::dom::element Cases(simdjson::dom::parser& parser) { return parser.load(PHRASES_PATH); }

storage::Timestamp Time(std::string_view text) { return api::ParseTimeCeil(text).value(); }

TEST_CASE("phrases: ages and counts read as in the shared cases") {
  simdjson::dom::parser parser;
  const simdjson::dom::element cases = Cases(parser);
  for (const simdjson::dom::element age : cases["ages"].get_array()) {
    const std::string_view from = age["from"];
    const std::string_view now = age["now"];
    CAPTURE(from);
    CHECK(Age(Time(from), Time(now)) == std::string_view(age["text"]));
  }
  for (const simdjson::dom::element count : cases["counts"].get_array()) {
    const std::uint64_t n = count["n"];
    CHECK(ShortCount(n) == std::string_view(count["text"]));
    CHECK(ExactCount(n) == std::string_view(count["exact"]));
  }
}

TEST_CASE("phrases: times in full") {
  CHECK(FullTime(Time("2026-11-27T04:02:11Z")) == "27 November 2026, 04:02 UTC");
  CHECK(Day(Time("2024-03-02T09:00:00Z")) == "2 March 2024");
}

TEST_CASE("phrases: a name without ink gives way to the username") {
  CHECK(DisplayName("Maya", "Lind", "maya") == "Maya Lind");
  CHECK(DisplayName("", "Lind", "maya") == "Lind");
  for (const std::string_view inkless : {"", " ", "\u3164", "\u2800", "\u200B\u202E", "\u00AD",
                                         "\uFEFF\u2060", "\U000E0041", "\u115F\u1160"}) {
    CHECK(DisplayName(inkless, inkless, "maya") == "maya");
  }
  CHECK(DisplayName("\u3164", "x", "maya") == "\u3164 x");
}

}  // namespace
}  // namespace warble::web
