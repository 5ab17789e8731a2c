#include "server/http_head.h"

#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace warble::server {
namespace {

using Progress = HeadReader::Progress;
using api::Code;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n";

std::string Get(std::string_view fields) {
  return std::string(kGet) + std::string(fields) + "\r\n";
}

std::string Repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

/// What became of some bytes; equal when the verdict is.
struct Verdict {
  Progress progress = Progress::kNeedMore;
  Code code = Code::kInternal;  // of a refusal
  std::string detail;
  std::size_t size = 0;  // of a complete head
  std::uint64_t content_length = 0;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

Verdict VerdictOf(const HeadReader& reader, Progress progress) {
  Verdict verdict;
  verdict.progress = progress;
  if (progress == Progress::kRefused) {
    verdict.code = reader.refusal().code;
    verdict.detail = reader.refusal().detail;
  }
  if (progress == Progress::kComplete) {
    verdict.size = reader.size();
    verdict.content_length = reader.framing().content_length;
  }
  return verdict;
}

Verdict ReadWhole(std::string_view bytes) {
  HeadReader reader;
  reader.Reset();
  return VerdictOf(reader, reader.Read(bytes));
}

/// Hands over the bytes in pieces of `next_piece()`, each time all of them at another address.
template <class NextPiece>
Verdict ReadInPieces(std::string_view bytes, NextPiece next_piece) {
  HeadReader reader;
  reader.Reset();
  Progress progress = Progress::kNeedMore;
  for (std::size_t end = 0; end < bytes.size() && progress == Progress::kNeedMore;) {
    end = std::min(bytes.size(), end + next_piece());
    const std::vector<char> moved(bytes.data(), bytes.data() + end);
    progress = reader.Read({moved.data(), moved.size()});
    if (progress != Progress::kNeedMore) return VerdictOf(reader, progress);
  }
  return VerdictOf(reader, progress);
}

Verdict ReadBytewise(std::string_view bytes) {
  return ReadInPieces(bytes, [] { return std::size_t{1}; });
}

}  // namespace

TEST_CASE("head: a plain request is understood") {
  const std::string bytes =
      "PATCH /api/users/al%20?x=1 HTTP/1.1\r\nHost: example.org:80\r\nX-Empty:\r\n"
      "Accept: \t a, b \t\r\nCONTENT-length: 12\r\nexpect: 100-Continue\r\n\r\n{\"more\":1}";
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(bytes) == Progress::kComplete);
  const api::RequestHead& head = reader.head();
  CHECK(head.method == api::Method::kPatch);
  CHECK(head.method_text == "PATCH");
  CHECK(head.target == "/api/users/al%20?x=1");
  CHECK(head.has_body);
  REQUIRE(head.fields.size() == 5);
  CHECK(head.fields[0].name == "Host");
  CHECK(head.fields[0].value == "example.org:80");
  CHECK(head.fields[1].value == "");
  CHECK(head.fields[2].value == "a, b");
  CHECK(reader.size() == bytes.find("{"));
  CHECK(reader.framing().content_length == 12);
  CHECK(reader.framing().keep_alive);
  CHECK(reader.framing().expect_continue);
  CHECK(reader.framing().minor_version == 1);
}

TEST_CASE("head: the next head is read without a trace of the one before") {
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(Get("Content-Length: 3\r\nExpect: 100-continue\r\n")) == Progress::kComplete);
  reader.Reset();
  REQUIRE(reader.Read("POST /x HTTP/1.1\r\nHost: y\r\n\r\n") == Progress::kComplete);
  CHECK(reader.framing().content_length == 0);
  CHECK_FALSE(reader.framing().expect_continue);
  CHECK_FALSE(reader.head().has_body);
  CHECK(reader.head().fields.size() == 1);
  reader.Reset();
  CHECK(reader.Read(Get("Transfer-Encoding: chunked\r\n")) == Progress::kRefused);
  reader.Reset();
  CHECK(reader.Read(Get("")) == Progress::kComplete);
}

TEST_CASE("head: methods are told apart, and an unknown one is no fault") {
  struct Case {
    std::string_view text;
    api::Method method;
  };
  const Case cases[] = {{"GET", api::Method::kGet},
                        {"HEAD", api::Method::kHead},
                        {"POST", api::Method::kPost},
                        {"PUT", api::Method::kPut},
                        {"DELETE", api::Method::kDelete},
                        {"OPTIONS", api::Method::kOptions},
                        {"get", api::Method::kOther},
                        {"TRACE", api::Method::kOther},
                        {"BREW!#$%&'*+-.^_`|~9", api::Method::kOther}};
  for (const Case& example : cases) {
    CAPTURE(example.text);
    const std::string bytes = std::string(example.text) + " / HTTP/1.1\r\nHost: x\r\n\r\n";
    HeadReader reader;
    reader.Reset();
    REQUIRE(reader.Read(bytes) == Progress::kComplete);
    CHECK(reader.head().method == example.method);
    CHECK(reader.head().method_text == example.text);
  }
}

struct MalformedHead {
  std::string_view name;
  std::string bytes;
  Code code;
};

std::vector<MalformedHead> HeadsOfBadSyntax() {
  return {
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", Code::kBadRequest},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", Code::kBadRequest},
      {"bare LF as the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n", Code::kBadRequest},
      {"bare CR in a value", Get("A: b\rc\r\n"), Code::kBadRequest},
      {"two CR", Get("A: b\r\r\n"), Code::kBadRequest},
      {"bare CR as the empty line", std::string(kGet) + "\rX", Code::kBadRequest},
      {"LF first", "\n" + Get(""), Code::kBadRequest},
      {"two empty lines first", "\r\n\r\n" + Get(""), Code::kBadRequest},
      {"obs-fold", Get(" folded\r\n"), Code::kBadRequest},
      {"obs-fold by a tab", Get("\tfolded\r\n"), Code::kBadRequest},
      {"space before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", Code::kBadRequest},
      {"a TLS greeting", "\x16\x03\x01\x02", Code::kBadRequest},
      {"no version", "GET /\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"another version", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", Code::kBadRequest},
      {"version in lower case", "GET / http/1.1\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"no target", "GET  HTTP/1.1\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"a control character in the target", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
       Code::kBadRequest},
      {"a bracket in the method", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"no colon", Get("abc\r\n"), Code::kBadRequest},
      {"no name", Get(": abc\r\n"), Code::kBadRequest},
      {"space before the colon", Get("Content-Length : 5\r\n"), Code::kBadRequest},
      {"a control character in a value", Get("A: b\x7f\r\n"), Code::kBadRequest},
      {"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", Code::kBadRequest},
      {"two Hosts", Get("host: x\r\n"), Code::kBadRequest},
      {"two Hosts under 1.0", "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", Code::kBadRequest},
      {"a Host that is none", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", Code::kBadRequest},
      {"absolute form without a host", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n",
       Code::kBadRequest},
      {"absolute form with a user", "GET http://u@h/ HTTP/1.1\r\nHost: x\r\n\r\n",
       Code::kBadRequest},
  };
}

std::vector<MalformedHead> HeadsOfBadFraming() {
  const std::string long_length = "Content-Length: 99999999999999999999999\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  return {
      {"two equal lengths", Get("Content-Length: 5\r\nContent-Length: 5\r\n"), Code::kBadRequest},
      {"a list of lengths", Get("Content-Length: 5, 5\r\n"), Code::kBadRequest},
      {"a negative length", Get("Content-Length: -5\r\n"), Code::kBadRequest},
      {"a length with a sign", Get("Content-Length: +5\r\n"), Code::kBadRequest},
      {"an empty length", Get("Content-Length:\r\n"), Code::kBadRequest},
      {"a hexadecimal length", Get("Content-Length: 0x5\r\n"), Code::kBadRequest},
      {"an overlong length and another", Get(long_length + long_length), Code::kBadRequest},
      {"two lengths under 1.0", "POST / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
       Code::kBadRequest},
      {"Transfer-Encoding", Get(chunked), Code::kLengthRequired},
      {"an empty Transfer-Encoding", Get("transfer-encoding:\r\n"), Code::kLengthRequired},
      {"a strange Transfer-Encoding", Get("Transfer-Encoding: \tgzip, identity\r\n"),
       Code::kLengthRequired},
      {"two Transfer-Encodings", Get(chunked + chunked), Code::kLengthRequired},
      {"Transfer-Encoding and a length", Get(chunked + "Content-Length: 5\r\n"),
       Code::kLengthRequired},
      {"Transfer-Encoding and an overlong length", Get(long_length + chunked),
       Code::kLengthRequired},
      {"Transfer-Encoding and a bad length", Get(chunked + "Content-Length: x\r\n"),
       Code::kBadRequest},
      {"Transfer-Encoding and a bad name", Get(chunked + "a b: c\r\n"), Code::kBadRequest},
      {"Transfer-Encoding without Host", "GET / HTTP/1.1\r\n" + chunked + "\r\n",
       Code::kBadRequest},
      {"Transfer-Encoding and a body under 1.0",
       "POST / HTTP/1.0\r\nContent-Length: 1\r\n" + chunked + "\r\n", Code::kLengthRequired},
  };
}

TEST_CASE("head: malformed heads are refused, however they are cut") {
  std::vector<MalformedHead> cases = HeadsOfBadSyntax();
  for (MalformedHead& head : HeadsOfBadFraming()) cases.push_back(std::move(head));
  for (const MalformedHead& example : cases) {
    CAPTURE(example.name);
    const Verdict whole = ReadWhole(example.bytes);
    CHECK(whole.progress == Progress::kRefused);
    CHECK(whole.code == example.code);
    CHECK_FALSE(whole.detail.empty());
    CHECK(ReadBytewise(example.bytes) == whole);
  }
}

TEST_CASE("head: sizes are accepted up to the limit and refused one byte beyond") {
  const auto target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  const auto section = [](std::size_t size) {  // "Host: x" and one more field
    return "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(size - 9 - 5, 'b') + "\r\n\r\n";
  };
  const auto fields = [](std::size_t count) { return Get(Repeated("a:\r\n", count - 1)); };

  struct Case {
    std::string_view name;
    std::string bytes;
    Code code;  // kInternal: accepted
  };
  const Case cases[] = {
      {"target at the limit", target(kMaxTargetBytes), Code::kInternal},
      {"target beyond", target(kMaxTargetBytes + 1), Code::kUriTooLong},
      {"target and section at the limit",
       "GET /" + std::string(kMaxTargetBytes - 1, 'a') + section(kMaxHeaderSectionBytes).substr(5),
       Code::kInternal},
      {"section at the limit", section(kMaxHeaderSectionBytes), Code::kInternal},
      {"section beyond", section(kMaxHeaderSectionBytes + 1), Code::kHeadersTooLarge},
      {"section two beyond", section(kMaxHeaderSectionBytes + 2), Code::kHeadersTooLarge},
      {"fields at the limit", fields(kMaxFields), Code::kInternal},
      {"fields beyond", fields(kMaxFields + 1), Code::kHeadersTooLarge},
      {"bare LF, then beyond", Get("A: b\n" + std::string(9000, 'b')), Code::kBadRequest},
      {"beyond, then bare LF", Get("A: " + std::string(9000, 'b') + "\n"), Code::kHeadersTooLarge},
      {"a long target, then bare LF", target(9000) + "\n", Code::kUriTooLong},
      {"a target just too long, then bare CR", "GET /" + std::string(4100, 'a') + "\rb",
       Code::kUriTooLong},
      {"a section just too long, then bare LF",
       "GET / HTTP/1.1\r\n" + std::string(kMaxHeaderSectionBytes + 1, 'a') + "\n",
       Code::kHeadersTooLarge},
      {"bare CR, then a long target", "GET /\ra" + std::string(9000, 'a'), Code::kBadRequest},
  };
  for (const Case& example : cases) {
    CAPTURE(example.name);
    const Verdict whole = ReadWhole(example.bytes);
    CHECK(whole.code == example.code);
    CHECK((whole.progress == Progress::kComplete) == (example.code == Code::kInternal));
    CHECK(ReadBytewise(example.bytes) == whole);
  }
}

TEST_CASE("head: what can no longer become well-formed is refused before the head's end") {
  struct Case {
    std::string bytes;
    Code code;
  };
  const Case cases[] = {
      {"G\n", Code::kBadRequest},
      {"GET / HTTP/1.1\r\nA\n", Code::kBadRequest},
      {"GET / HTTP/1.1\r\nA\rB", Code::kBadRequest},
      {"GET / HTTP/9.9\r\n", Code::kBadRequest},
      {"GET /" + std::string(kMaxTargetBytes, 'a'), Code::kUriTooLong},
      {std::string(kMaxRequestLineBytes + 1, 'G'), Code::kUriTooLong},
      {"GET / HTTP/1.1\r\n" + std::string(kMaxHeaderSectionBytes + 1, 'a'), Code::kHeadersTooLarge},
      {"GET / HTTP/1.1\r\n" + Repeated("a:\r\n", kMaxFields) + "b", Code::kHeadersTooLarge},
  };
  for (const Case& example : cases) {
    CAPTURE(example.bytes.substr(0, 30));
    const Verdict whole = ReadWhole(example.bytes);
    CHECK(whole.progress == Progress::kRefused);
    CHECK(whole.code == example.code);
    // And not a byte too soon.
    const std::string_view before =
        std::string_view(example.bytes).substr(0, example.bytes.size() - 1);
    CHECK(ReadWhole(before).progress == Progress::kNeedMore);
  }
}

TEST_CASE("head: an overlong Content-Length is no fault of the head, and views stay right") {
  const std::string bytes =
      Get("Content-Length: 18446744073709551616\r\nX-Request-Id: seven\r\nA: b\r\n");
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(bytes) == Progress::kComplete);
  CHECK(reader.framing().content_length == std::numeric_limits<std::uint64_t>::max());
  CHECK(reader.head().has_body);
  REQUIRE(reader.head().fields.size() == 4);
  CHECK(reader.head().fields[1].name == "Content-Length");
  CHECK(reader.head().fields[2].value == "seven");
  for (const api::Field& field : reader.head().fields) {
    CHECK(field.name.data() > bytes.data());
    CHECK(field.name.data() < bytes.data() + bytes.size());
  }
  CHECK(reader.head().target.data() == bytes.data() + 4);
}

TEST_CASE("head: lengths may have leading zeros, and zero is no body") {
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(Get("Content-Length: 0000000000000000000000000000005\r\n")) ==
          Progress::kComplete);
  CHECK(reader.framing().content_length == 5);
  reader.Reset();
  REQUIRE(reader.Read("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n") == Progress::kComplete);
  CHECK_FALSE(reader.head().has_body);
  reader.Reset();
  REQUIRE(reader.Read("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n") == Progress::kComplete);
  CHECK(reader.head().has_body);
  CHECK(reader.framing().content_length == 5);
}

TEST_CASE("head: whoever waits for 100 Continue says so in any of several fields") {
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(Get("Expect: x\r\nExpect: 100-Continue\r\nExpect: y\r\n")) ==
          Progress::kComplete);
  CHECK(reader.framing().expect_continue);
  reader.Reset();
  REQUIRE(reader.Read("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n") == Progress::kComplete);
  CHECK_FALSE(reader.framing().expect_continue);
}

TEST_CASE("head: one empty line before the request is ignored") {
  const std::string bytes = "\r\n" + Get("");
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(bytes) == Progress::kComplete);
  CHECK(reader.size() == bytes.size());
  CHECK(reader.head().method_text == "GET");
}

TEST_CASE("head: keep-alive follows version and Connection") {
  struct Case {
    std::string_view version;
    std::string_view connection;
    bool keep_alive;
  };
  const Case cases[] = {{"1.1", "", true},
                        {"1.1", "Connection: close\r\n", false},
                        {"1.0", "", false},
                        {"1.0", "Connection: Keep-Alive\r\n", true},
                        {"1.1", "Connection: foo, CLOSE\r\n", false}};
  for (const Case& example : cases) {
    CAPTURE(example.version);
    CAPTURE(example.connection);
    HeadReader reader;
    reader.Reset();
    REQUIRE(reader.Read("GET / HTTP/" + std::string(example.version) + "\r\nHost: x\r\n" +
                        std::string(example.connection) + "\r\n") == Progress::kComplete);
    CHECK(reader.framing().keep_alive == example.keep_alive);
  }
}

TEST_CASE("head: an absolute target stands for its path, and its host for Host") {
  struct Case {
    std::string_view target;
    std::string_view path;
    std::string_view host;
  };
  const Case cases[] = {{"http://h:8080/a/b?c=d", "/a/b?c=d", "h:8080"},
                        {"HTTPS://[::1]/a", "/a", "[::1]"},
                        {"http://h", "/", "h"},
                        {"http://h?q", "/", "h"},
                        {"/http://h/a", "/http://h/a", "x"}};
  for (const Case& example : cases) {
    CAPTURE(example.target);
    const std::string bytes =
        "GET " + std::string(example.target) + " HTTP/1.1\r\nA: b\r\nHost: x\r\n\r\n";
    HeadReader reader;
    reader.Reset();
    REQUIRE(reader.Read(bytes) == Progress::kComplete);
    CHECK(reader.head().target == example.path);
    CHECK(reader.head().fields[1].value == example.host);
  }
}

TEST_CASE("head: a refused head still tells its request id and whether it was HEAD") {
  const std::string bytes =
      "\r\nHEAD / HTTP/1.1\r\nHost: x\r\nx-REQUEST-id: \tabc \r\nX-Request-Id: later\r\n "
      "bad\r\n\r\n";
  HeadReader reader;
  reader.Reset();
  REQUIRE(reader.Read(bytes) == Progress::kRefused);
  CHECK(reader.RequestId(bytes) == "abc");
  CHECK(reader.IsHeadMethod(bytes));
  const std::string unfinished = "GET / HTTP/1.1\r\nX-Request-Id: ab";
  reader.Reset();
  REQUIRE(reader.Read(unfinished) == Progress::kNeedMore);
  CHECK(reader.RequestId(unfinished) == "");
  CHECK_FALSE(reader.IsHeadMethod(unfinished));
}

TEST_CASE("head: random damage gets the same verdict however the bytes are cut") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  const std::string sound =
      "\r\nPOST http://h/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
      "Transfer-Encoding: chunked\r\nX-Request-Id: a\r\n\r\nhello";
  const std::string inserts[] = {"\r",
                                 "\n",
                                 "\r\n",
                                 " ",
                                 ":",
                                 std::string(1, '\0'),
                                 "Content-Length: 3\r\n",
                                 std::string(4100, 'a'),
                                 std::string(8200, 'b'),
                                 Repeated("c:\r\n", 40)};
  std::size_t refused = 0;
  constexpr std::size_t kRounds = 3000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::string bytes = sound;
    for (std::size_t damage = random.Below(4); damage > 0; --damage) {
      const std::size_t place = random.Below(bytes.size());
      switch (random.Below(3)) {
        case 0:
          bytes[place] = static_cast<char>(random.Below(256));
          break;
        case 1:
          bytes.erase(place, 1 + random.Below(5));
          break;
        default:
          bytes.insert(place, inserts[random.Below(std::size(inserts))]);
      }
    }
    CAPTURE(bytes);
    const Verdict whole = ReadWhole(bytes);
    const std::size_t longest = 1 + random.Below(200);
    REQUIRE(ReadInPieces(bytes, [&] { return 1 + random.Below(longest); }) == whole);
    if (whole.progress == Progress::kRefused) ++refused;
  }
  CHECK(refused > kRounds / 2);
}

TEST_CASE("http head: a target that is neither a path nor an http URL is malformed") {
  struct Case {
    const char* request_line;
    bool accepted;
  };
  const Case cases[] = {{"GET livez HTTP/1.1", false},
                        {"GET ftp://h/a HTTP/1.1", false},
                        {"GET * HTTP/1.1", false},
                        {"CONNECT h:80 HTTP/1.1", false},
                        {"OPTIONS * HTTP/1.1", true}};
  for (const Case& example : cases) {
    CAPTURE(example.request_line);
    HeadReader reader;
    reader.Reset();
    const std::string bytes = std::string(example.request_line) + "\r\nHost: x\r\n\r\n";
    const Progress progress = reader.Read(bytes);
    CHECK((progress == Progress::kComplete) == example.accepted);
    if (!example.accepted) CHECK(reader.refusal().code == api::Code::kBadRequest);
  }
}

}  // namespace warble::server
