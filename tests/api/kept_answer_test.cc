#include "api/kept_answer.h"

#include "tests/support/hex.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace warble::api {
namespace {

using tests::Hex;
using tests::Packed;

Response Answer(int status, std::string location, std::string body) {
  Response response;
  response.status = status;
  response.location = std::move(location);
  response.body = std::move(body);
  return response;
}

}  // namespace

// These bytes are on the disks of others.
TEST_CASE("kept answer: the bytes of an answer") {
  CHECK(Hex(EncodeKeptAnswer(Answer(201, "/a", "{}"))) == Packed("00c9 0002 2f61 7b7d"));
  CHECK(Hex(EncodeKeptAnswer(Answer(204, "", ""))) == Packed("00cc 0000"));
}

TEST_CASE("kept answer: what is decoded is what was encoded") {
  for (const Response& answer :
       {Answer(201, "/a", R"({"a":1})"), Answer(204, "", ""), Answer(200, "", "{}"),
        Answer(201, std::string(0xFFFF, 'l'), std::string("\0\xff", 2))}) {
    CAPTURE(answer.status);
    const auto back = DecodeKeptAnswer(EncodeKeptAnswer(answer));
    REQUIRE(back);
    CHECK(back->status == answer.status);
    CHECK(back->location == answer.location);
    CHECK(back->body == answer.body);
    CHECK(back->content_type == (answer.body.empty() ? "" : "application/json"));
    CHECK(back->headers.empty());
  }
}

TEST_CASE("kept answer: bytes that are cut off are no answer") {
  const std::string whole = EncodeKeptAnswer(Answer(201, "/tweets/1", ""));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(DecodeKeptAnswer(whole.substr(0, size)));
  }
  CHECK(DecodeKeptAnswer(whole));
}

}  // namespace warble::api
