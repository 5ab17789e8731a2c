#include "api/http/json_writer.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <limits>
#include <random>
#include <string>

namespace warble::api {
namespace {

TEST_CASE("json writer: commas stand between values and nowhere else") {
  JsonWriter json;
  json.BeginObject()
      .Member("a", "x")
      .Name("list")
      .BeginArray()
      .Number(0)
      .Number(std::numeric_limits<std::uint64_t>::max())
      .BeginObject()
      .EndObject()
      .BeginArray()
      .EndArray()
      .Null()
      .EndArray()
      .Member("n", 7)
      .MemberBool("yes", true)
      .MemberBool("no", false)
      .MemberId("id", 9'223'372'036'854'775'807)
      .MemberTime("at", {1'795'333'696'123})
      .Name("empty")
      .BeginObject()
      .EndObject()
      .Name("last")
      .Bool(true)
      .EndObject();
  CHECK(json.Take() ==
        R"({"a":"x","list":[0,18446744073709551615,{},[],null],"n":7,"yes":true,"no":false,)"
        R"("id":"9223372036854775807","at":"2026-11-22T07:48:16.123Z","empty":{},"last":true})");
}

TEST_CASE("json writer: it starts anew after its text was taken") {
  JsonWriter json;
  json.BeginArray().Number(1).EndArray();
  CHECK(json.Take() == "[1]");
  json.BeginArray().Number(2).EndArray();
  CHECK(json.Take() == "[2]");
}

TEST_CASE("json writer: exactly what JSON requires is escaped") {
  struct Case {
    std::string_view text;
    std::string_view json;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"plain / 'text' <&>\x7F", "\"plain / 'text' <&>\x7F\""},
      {"\"", R"("\"")"},
      {"a\\b", R"("a\\b")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {std::string_view("\0\x1F", 2), R"("\u0000\u001f")"},
      {"é€😀\u2028", "\"é€😀\u2028\""},
      {"\n\n", R"("\n\n")"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    JsonWriter json;
    json.String(c.text);
    CHECK(json.Take() == c.json);
  }
}

TEST_CASE(
    "json writer: every byte of every place of a longer text is escaped or not as it must be") {
  for (int byte = 0; byte < 0x80; ++byte) {
    JsonWriter alone;
    const char c = static_cast<char>(byte);
    const std::string escaped = alone.String(std::string_view(&c, 1)).Take();
    const std::string inner = escaped.substr(1, escaped.size() - 2);
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, '~');
      text[place] = c;
      std::string expected(20, '~');
      expected.replace(place, 1, inner);
      JsonWriter json;
      CHECK(json.String(text).Take() == '"' + expected + '"');
    }
  }
}

TEST_CASE("json writer: a parser reads back any text") {
  const std::uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  simdjson::dom::parser parser;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (auto i = random() % 40; i > 0; --i) {
      if (random() % 4 == 0) {
        text += "é€😀";
      } else {
        text += static_cast<char>(random() % 0x80);
      }
    }
    JsonWriter json;
    json.BeginObject().Member("name", text).EndObject();
    const std::string written = json.Take();
    CAPTURE(written);
    simdjson::dom::object object;
    REQUIRE(!parser.parse(written).get(object));
    const simdjson::dom::key_value_pair member = *object.begin();
    CHECK(std::string_view(member.key) == "name");
    CHECK(std::string_view(member.value) == text);
  }
}

TEST_CASE("json writer: a value is repeated wherever one may stand, however the text grows") {
  JsonWriter json(1);
  json.BeginObject().Name("first");
  const std::size_t from = json.size();
  json.BeginObject().Member("a", "\"b\"").EndObject();
  const std::size_t to = json.size();
  json.Name("second").Repeat(from, to).Name("list").BeginArray();
  for (int i = 0; i < 3; ++i) json.Repeat(from, to);
  json.EndArray().Member("n", 1).EndObject();
  const std::string object = R"({"a":"\"b\""})";
  CHECK(json.Take() == R"({"first":)" + object + R"(,"second":)" + object + R"(,"list":[)" +
                           object + ',' + object + ',' + object + R"(],"n":1})");
}

}  // namespace
}  // namespace warble::api
