#include "api/contract_reader.h"

#include <doctest/doctest.h>

namespace warble::api::contract {
namespace {

TEST_CASE("contract reader: users come back with their relation") {
  const auto user =
      ReadUser(R"({"id":"7","username":"maya","first_name":"Maya","last_name":"",)"
               R"("description":"a\nb",)"
               R"("created_at":"2026-11-22T07:48:16.123Z","tweets_count":3,"followers_count":2,)"
               R"("followees_count":1,"favorites_count":9,)"
               R"("viewer":{"following":true,"followed_by":false}})");
  REQUIRE(user);
  CHECK(user->username == "maya");
  CHECK(user->description == "a\nb");
  CHECK(user->created_at.ms == 1795333696123);
  CHECK(user->favorites_count == 9);
  REQUIRE(user->viewer);
  CHECK(user->viewer->following);
  CHECK(!ReadUser(R"({"username":"a"})")->viewer);
}

TEST_CASE("contract reader: lists of tweets and of activity") {
  const auto list =
      ReadTweets(R"({"items":[{"tweet":{"id":"1","content":"x","author":{"username":"a"},)"
                 R"("viewer":{"favorited":true}},"authored":false,"favorited":true},)"
                 R"({"id":"2","content":"y","author":{"username":"b"},"favorites_count":4}],)"
                 R"("next_cursor":"abc","complete":false})");
  REQUIRE(list);
  REQUIRE(list->items.size() == 2);
  CHECK(!list->items[0].by_subject);
  CHECK(list->items[0].favorited == true);
  CHECK(list->items[1].by_subject);
  CHECK(!list->items[1].favorited);
  CHECK(list->items[1].favorites_count == 4);
  CHECK(list->next_cursor == "abc");
  CHECK(!list->complete);
}

TEST_CASE("contract reader: lists of people, bare or on edges") {
  const auto list =
      ReadUsers(R"({"items":[{"user":{"username":"a"},"followed_at":"1970-01-01T00:00:00.005Z"},)"
                R"({"username":"b"}],"next_cursor":null})");
  REQUIRE(list);
  CHECK(list->items[0].at->ms == 5);
  CHECK(!list->items[1].at);
  CHECK(list->items[1].user.username == "b");
  CHECK(!list->next_cursor);
}

TEST_CASE("contract reader: what is no such object is nothing") {
  for (const std::string_view json : {"", "[]", "{", R"({"items":[1]})", R"({"items":{}})",
                                      R"({"items":[{"id":"1"}]})", R"({"user":[]})"}) {
    CAPTURE(json);
    CHECK(!ReadUser(json));
    CHECK(!ReadSessionUser(json));
    CHECK(!ReadTweet(json));
    CHECK(!ReadTweets(json));
    CHECK(!ReadUsers(json));
  }
}

TEST_CASE("contract reader: a problem with its errors") {
  const auto problem = ReadProblem(
      R"({"code":"invalid_fields","detail":"d","errors":[{"field":"content","code":"blank"}]})");
  REQUIRE(problem);
  CHECK(problem->code == "invalid_fields");
  REQUIRE(problem->errors.size() == 1);
  CHECK(problem->errors[0].field == "content");
}

}  // namespace
}  // namespace warble::api::contract
