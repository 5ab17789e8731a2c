#include "api/http/body.h"

#include "tests/support/little_memory.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace warble::api {
namespace {

Body Parsed(std::string_view json) {
  std::variant<Body, Problem> result = Body::Parse(json);
  REQUIRE(std::holds_alternative<Body>(result));
  return std::get<Body>(std::move(result));
}

std::string Repeat(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string Member(std::string_view name, std::string_view text) {
  return "{\"" + std::string(name) + "\":\"" + std::string(text) + "\"}";
}

TEST_CASE("body: what the contract does not accept is malformed JSON") {
  std::string deep = "{\"a\":" + Repeat("[", 2000) + Repeat("]", 2000) + "}";
  const std::string cases[] = {
      "",
      " ",
      "null",
      "[]",
      "\"text\"",
      "17",
      "{",
      "{}{}",
      "{} x",
      "{\"a\":1,}",
      "{a:1}",
      "{'a':1}",
      "{\"a\" 1}",
      "{\"a\":01}",
      "{\"a\":+1}",
      "{\"a\":.5}",
      "{\"a\":NaN}",
      "{\"a\":tru}",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\\x\"}",
      "{\"a\":\"\\uD800\"}",
      "{\"a\":\"\\uDC00\"}",
      "{\"a\":\"\\uD800\\u0041\"}",
      "{\"\\uD800\":1}",
      "{\"unread\":{\"nested\":[\"\\uDFFF\"]}}",
      "{\"a\":\"\xFF\"}",
      "{\"a\":\"\xED\xA0\x80\"}",
      "\xEF\xBB\xBF{}",
      "{\"a\":18446744073709551616}",
      "{\"a\":-9223372036854775809}",
      "{\"a\":123456789012345678901234567890}",
      "{\"a\":[1e400]}",
      "{\"a\":-1e400}",
      "/* */{}",
      deep,
      std::string("{\"a\":1\0}", 8),
      std::string("{}\0", 3),
  };
  for (const std::string& json : cases) {
    CAPTURE(json.substr(0, 80));
    const auto result = Body::Parse(json);
    REQUIRE(std::holds_alternative<Problem>(result));
    CHECK(std::get<Problem>(result).code == Code::kMalformedJson);
    CHECK(!std::get<Problem>(result).detail.empty());
  }
}

TEST_CASE("body: what could not be judged for want of memory is not called malformed" *
          doctest::skip(tests::kSanitized)) {
  const std::string json = Member("a", std::string(std::size_t{64} << 20, 'x'));
  std::optional<tests::LittleMemory> little_memory(std::in_place);
  const auto result = Body::Parse(json);
  little_memory.reset();
  REQUIRE(std::holds_alternative<Problem>(result));
  const Problem& problem = std::get<Problem>(result);
  CHECK(problem.code == Code::kUnavailable);
  CHECK(problem.not_executed);
  CHECK(problem.retry_after_s == 1);
  CHECK(Parsed(json).Has("a"));
}

TEST_CASE("body: numbers within 64 bits or a finite double are fine wherever they stand") {
  for (const std::string_view json :
       {"{}", " \t\r\n{ } ", "{\"a\":18446744073709551615}", "{\"a\":-9223372036854775808}",
        "{\"a\":1e308}", "{\"a\":1e-400}", "{\"a\":4.9e-324}", "{\"a\":-0}",
        "{\"a\":123456789012345678901234567890.0}",
        "{\"a\":{\"b\":[null,true,\"\\uD83D\\uDE00\"]}}"}) {
    CAPTURE(json);
    CHECK(std::holds_alternative<Body>(Body::Parse(json)));
  }
}

TEST_CASE("body: a number of many digits is judged as one of few") {
  const std::string digits = Repeat("1234567890", 100);
  const std::string zeros = Repeat("0", 100);
  for (const std::string& number :
       {"1." + digits, "-" + digits + "e-900", digits + ".5E-1000", "0." + digits + "e-400",
        "0." + zeros + "1e400", "1" + zeros + "e-400", "1" + zeros + "e+00000000000000000200",
        std::string("1.7976931348623157081e308"), std::string("2.4703282292062327208e-324"),
        std::string("-0.00000000000000000000"), std::string("0e000000000000000000000")}) {
    CAPTURE(number);
    for (const std::string& json : {"{\"a\":" + number + "}", "{\"a\":[1," + number + " ,2]}"}) {
      CHECK(std::holds_alternative<Body>(Body::Parse(json)));
    }
    for (const std::string& json :
         {"{\"a\":" + number + "x}", "{\"a\":x" + number + "}", "{\"a\":+" + number + "}",
          "{\"a\":\"\"" + number + "}", "{" + number + ":1}", number, "{\"a\":-" + number + "-}",
          "{\"a\":" + number + "." + number + "}", "{\"a\":" + number + " " + number + "}"}) {
      CAPTURE(json);
      CHECK(std::holds_alternative<Problem>(Body::Parse(json)));
    }
  }
  for (const std::string& number :
       {digits, "1" + digits + "e300", "-1." + digits + "e309", "00." + digits,
        "01" + digits + ".5", digits + ".", digits + ".e5", "1." + digits + "e",
        "1." + digits + "e+", "." + digits, "-." + digits + "1", "--1." + digits,
        "1." + digits + "." + digits, std::string("1.7976931348623158080e308")}) {
    CAPTURE(number);
    CHECK(std::holds_alternative<Problem>(Body::Parse("{\"a\":" + number + "}")));
  }
  // What stands in a string is no number, wherever the string seems to end.
  const std::string text = "\\\"1.23456789012345678901234e5\\\\";
  const Body body = Parsed(Member("password", text));
  FieldReader reader(body);
  CHECK(reader.Password("password") == "\"1.23456789012345678901234e5\\");
}

TEST_CASE("body: it owns its texts: later parsing does not change it") {
  const Body first = Parsed(Member("content", "first"));
  const Body second = Parsed(Member("content", "other"));
  CHECK(FieldReader(first).Content("content") == "first");
  CHECK(FieldReader(second).Content("content") == "other");
}

TEST_CASE("fields: of a duplicated member the first counts, and names may be escaped") {
  const Body body = Parsed(R"({"content":"a","content":5,"pass\u0077ord":"12345678"})");
  FieldReader reader(body);
  CHECK(reader.Content("content") == "a");
  CHECK(reader.Password("password") == "12345678");
  CHECK(reader.Has("password"));
  CHECK(!reader.Has("Content"));
  CHECK(!reader.Has("passwor"));
  CHECK(reader.ok());
  const Body null_first = Parsed(R"({"content":null,"content":"a"})");
  FieldReader null_reader(null_first);
  CHECK(!null_reader.Content("content"));
  CHECK(null_reader.errors().at(0).code == "invalid");
}

// What one reader makes of one value: the text, or the code of its only error.
struct Case {
  std::string json;
  std::optional<std::string> text;
  std::string_view code;  // empty: no error
};
using Read = std::optional<std::string> (*)(FieldReader&);

void CheckAll(const std::vector<Case>& cases, Read read) {
  for (const Case& c : cases) {
    CAPTURE(c.json);
    const Body body = Parsed(c.json);
    FieldReader reader(body);
    CHECK(read(reader) == c.text);
    CHECK(reader.ok() == c.code.empty());
    CHECK(reader.errors().size() == (c.code.empty() ? 0 : 1));
    if (!reader.ok()) {
      CHECK(reader.errors()[0].code == c.code);
      CHECK(reader.errors()[0].field == "f");
      CHECK(!reader.errors()[0].detail.empty());
    }
  }
}

TEST_CASE("fields: usernames") {
  const std::vector<Case> cases = {
      {Member("f", "aZ_9"), "aZ_9", ""},
      {Member("f", std::string(30, 'a')), std::string(30, 'a'), ""},
      {"{}", {}, "required"},
      {Member("f", ""), {}, "required"},
      {R"({"f":null})", {}, "invalid"},
      {R"({"f":7})", {}, "invalid"},
      {R"({"f":["a"]})", {}, "invalid"},
      {Member("f", "a b"), {}, "invalid"},
      {Member("f", "é"), {}, "invalid"},
      {Member("f", "a\\u0000"), {}, "invalid"},
      {Member("f", std::string(31, '-')), {}, "invalid"},
      {Member("f", std::string(31, 'a')), {}, "too_long"},
  };
  CheckAll(cases, [](FieldReader& reader) { return reader.Username("f", true); });
  CheckAll({{"{}", {}, ""}, {Member("f", ""), {}, "too_short"}, {Member("f", "a"), "a", ""}},
           [](FieldReader& reader) { return reader.Username("f", false); });
}

TEST_CASE("fields: names are optional, normalised and without control characters") {
  CheckAll(
      {
          {"{}", {}, ""},
          {Member("f", ""), "", ""},
          {Member("f", " "), " ", ""},
          {Member("f", "e\u0301"), "\u00E9", ""},
          {Member("f", Repeat("e\u0301", 50)), Repeat("\u00E9", 50), ""},
          {Member("f", Repeat("😀", 50)), Repeat("😀", 50), ""},
          {Member("f", Repeat("é", 51)), {}, "too_long"},
          {Member("f", Repeat("\u0958", 26)), {}, "too_long"},  // two code points each in NFC
          {Member("f", "a\\nb"), {}, "invalid"},
          {Member("f", "\u0085"), {}, "invalid"},
          {Member("f", Repeat("\\t", 51)), {}, "invalid"},
          {R"({"f":null})", {}, "invalid"},
          {R"({"f":false})", {}, "invalid"},
      },
      [](FieldReader& reader) { return reader.Name("f"); });
}

TEST_CASE("fields: descriptions may have lines") {
  CheckAll(
      {
          {"{}", {}, ""},
          {Member("f", ""), "", ""},
          {Member("f", "a\\nb"), "a\nb", ""},
          {Member("f", "a\\r\\nb"), {}, "invalid"},
          {Member("f", Repeat("€", 160)), Repeat("€", 160), ""},
          {Member("f", Repeat("€", 161)), {}, "too_long"},
          {R"({"f":{}})", {}, "invalid"},
      },
      [](FieldReader& reader) { return reader.Description("f"); });
}

TEST_CASE("fields: content is required and says something") {
  CheckAll(
      {
          {"{}", {}, "required"},
          {Member("f", ""), {}, "required"},
          {R"({"f":null})", {}, "invalid"},
          {R"({"f":1.5})", {}, "invalid"},
          {Member("f", " \\n\u3000"), {}, "blank"},
          {Member("f", Repeat(" ", 141)), {}, "blank"},
          {Member("f", " \\t"), {}, "invalid"},
          {Member("f", "\\u0000"), {}, "invalid"},
          {Member("f", "\u200B"), "\u200B", ""},
          {Member("f", " a\\n "), " a\n ", ""},
          {Member("f", Repeat("😀", 140)), Repeat("😀", 140), ""},
          {Member("f", Repeat("e\u0301", 140)), Repeat("\u00E9", 140), ""},
          {Member("f", Repeat("a", 141)), {}, "too_long"},
          {Member("f", Repeat("\\u0001", 141)), {}, "invalid"},
      },
      [](FieldReader& reader) { return reader.Content("f"); });
}

TEST_CASE("fields: a text that is too long in every form is not normalised, with the same errors") {
  // Four code points that become one, and one that becomes two.
  constexpr std::string_view kFour = "\u03B1\u0313\u0300\u0345";
  const std::string marks = Repeat("\u0345", 8000) + Repeat("\u0334", 8000);
  const std::vector<Case> cases = {
      {Member("f", Repeat(kFour, 50)), Repeat("\u1F82", 50), ""},
      {Member("f", Repeat(kFour, 50) + "x"), {}, "too_long"},
      {Member("f", Repeat("\u0958", 25)), Repeat("\u0915\u093C", 25), ""},
      {Member("f", marks), {}, "too_long"},
      {Member("f", marks + "\\t"), {}, "invalid"},
      {Member("f", marks + "\u0085"), {}, "invalid"},
  };
  CheckAll(cases, [](FieldReader& reader) { return reader.Name("f"); });
  CheckAll({{Member("f", Repeat(kFour, 160)), Repeat("\u1F82", 160), ""},
            {Member("f", Repeat(kFour, 160) + "x"), {}, "too_long"},
            {Member("f", marks), {}, "too_long"}},
           [](FieldReader& reader) { return reader.Description("f"); });
  CheckAll({{Member("f", Repeat(kFour, 140)), Repeat("\u1F82", 140), ""},
            {Member("f", Repeat(kFour, 140) + "x"), {}, "too_long"},
            {Member("f", Repeat("\u2000", 561)), {}, "blank"},  // each becomes U+2002
            {Member("f", marks), {}, "too_long"}},
           [](FieldReader& reader) { return reader.Content("f"); });
}

TEST_CASE("fields: passwords are bytes") {
  using namespace std::string_literals;
  CheckAll(
      {
          {"{}", {}, "required"},
          {Member("f", ""), {}, "required"},
          {R"({"f":12345678})", {}, "invalid"},
          {R"({"f":null})", {}, "invalid"},
          {Member("f", "1234567"), {}, "too_short"},
          {Member("f", "12345678"), "12345678", ""},
          {Member("f", "😀😀"), "😀😀", ""},
          {Member("f", "\\u0000\\n     e\u0301"), "\0\n     e\u0301"s, ""},
          {Member("f", std::string(256, 'x')), std::string(256, 'x'), ""},
          {Member("f", std::string(255, 'x') + "é"), {}, "too_long"},
      },
      [](FieldReader& reader) { return reader.Password("f"); });
}

TEST_CASE("fields: signing in looks at presence and type alone") {
  CheckAll(
      {
          {"{}", {}, "required"},
          {Member("f", ""), {}, "required"},
          {R"({"f":null})", {}, "invalid"},
          {R"({"f":[]})", {}, "invalid"},
          {Member("f", " \\n"), " \n", ""},
          {Member("f", std::string(1000, '-')), std::string(1000, '-'), ""},
      },
      [](FieldReader& reader) { return reader.PresentText("f"); });
}

TEST_CASE("fields: all errors come in the order of reading, as one problem") {
  const Body body = Parsed(R"({"last_name":"\t","username":"-","password":"x"})");
  FieldReader reader(body);
  CHECK(!reader.Username("username", true));
  CHECK(!reader.Password("password"));
  CHECK(!reader.Name("first_name"));
  CHECK(!reader.Name("last_name"));
  CHECK(!reader.Content("content"));
  CHECK(!reader.ok());
  const Problem problem = reader.TakeProblem();
  CHECK(problem.code == Code::kInvalidFields);
  const std::vector<std::pair<std::string, std::string_view>> expected = {{"username", "invalid"},
                                                                          {"password", "too_short"},
                                                                          {"last_name", "invalid"},
                                                                          {"content", "required"}};
  REQUIRE(problem.errors.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(problem.errors[i].field == expected[i].first);
    CHECK(problem.errors[i].code == expected[i].second);
  }
}

}  // namespace
}  // namespace warble::api
