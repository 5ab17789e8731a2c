#include "bench/client/mix.h"

#include "bench/client/requests.h"
#include "bench/world/zipf.h"
#include "tests/bench/tiny_profile.h"
#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace warble::bench {
namespace {

double WeightOf(const LoadMix& mix, Operation operation) {
  return mix.weights[static_cast<std::size_t>(operation)];
}

TEST_CASE("mix: operations, distributions, comments and blank lines are read") {
  const LoadMix mix = ParseMix("odd",
                               "# what it is for\n"
                               "\n"
                               "users one 17\r\n"
                               "viewers zipf 1.2   # busy ones\n"
                               "tweets uniform\n"
                               "timeline 30\n"
                               "\tpost_tweet\t0.5");
  CHECK(mix.name == "odd");
  CHECK(mix.users.kind == Distribution::Kind::kOne);
  CHECK(mix.users.rank == 17);
  CHECK(mix.viewers.kind == Distribution::Kind::kZipf);
  CHECK(mix.viewers.exponent == 1.2);
  CHECK(mix.tweets.kind == Distribution::Kind::kUniform);
  CHECK(WeightOf(mix, Operation::kTimeline) == 30);
  CHECK(WeightOf(mix, Operation::kPostTweet) == 0.5);
  CHECK_FALSE(mix.Has(Operation::kProfile));
}

TEST_CASE("mix: an error names the file, the line and the word") {
  struct Case {
    std::string text;
    std::string message;
  };
  const Case cases[] = {
      {"profile 1\n\ntimelines 3\n", "odd:3: no operation is called timelines"},
      {"# one\nprofile\n", "odd:2: after profile give its weight, a number above 0"},
      {"profile 0", "odd:1: after profile give its weight, a number above 0"},
      {"profile -1", "odd:1: after profile give its weight, a number above 0"},
      {"profile nan", "odd:1: after profile give its weight, a number above 0"},
      {"profile 1x", "odd:1: after profile give its weight, a number above 0"},
      {"profile 1 2", "odd:1: after profile give its weight, a number above 0"},
      {"profile 1\nprofile 2", "odd:2: profile stands twice"},
      {"users uniform\nusers uniform\nprofile 1", "odd:2: users stands twice"},
      {"users zipf", "odd:1: after users give uniform, zipf EXPONENT or one RANK"},
      {"viewers often", "odd:1: after viewers give uniform, zipf EXPONENT or one RANK"},
      {"users zipf 0", "odd:1: 0 is no exponent: give a number above 0, up to 10"},
      {"users zipf 11", "odd:1: 11 is no exponent: give a number above 0, up to 10"},
      {"tweets one -1", "odd:1: -1 is no rank: give a number from 0"},
      {"users uniform\n", "odd:1: no operation has a weight"},
      {"", "odd:0: no operation has a weight"},
  };
  for (const Case& test : cases) {
    CAPTURE(test.text);
    CHECK_THROWS_WITH_AS(ParseMix("odd", test.text), test.message.c_str(), MixError);
  }
}

TEST_CASE("mix: all that are built in can be read, and the one of the brief is as it says") {
  CHECK(BuiltInMixes().size() == 19);
  for (const BuiltInMix& mix : BuiltInMixes()) {
    CAPTURE(mix.name);
    CHECK_NOTHROW(FindMix(std::string(mix.name)));
  }
  const LoadMix brief = FindMix("brief");
  double sum = 0;
  for (const double weight : brief.weights) sum += weight;
  CHECK(sum == 100);
  CHECK(WeightOf(brief, Operation::kTimeline) == 30);
  CHECK(WeightOf(brief, Operation::kFollow) == 1);
  CHECK_THROWS_AS(FindMix("no-such-mix"), MixError);
}

TEST_CASE("zipf: every rank comes as often as its share") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("WARBLE_TEST_SEED=" << seed);
  for (const double exponent : {0.5, 0.99, 1.0, 1.5}) {
    for (const std::uint32_t size : {1U, 2U, 10U, 1000U}) {
      CAPTURE(exponent);
      CAPTURE(size);
      Random random(seed);
      const Zipf zipf(size, exponent);
      constexpr int kDraws = 200'000;
      std::vector<double> counts(size);
      for (int i = 0; i < kDraws; ++i) {
        const std::uint32_t rank = zipf(random);
        REQUIRE(rank < size);
        ++counts[rank];
      }
      double norm = 0;
      for (std::uint32_t rank = 0; rank < size; ++rank) norm += std::pow(rank + 1, -exponent);
      for (std::uint32_t rank = 0; rank < size; ++rank) {
        const double expected = kDraws * std::pow(rank + 1, -exponent) / norm;
        // Six standard deviations: once in half a billion by chance.
        CHECK(std::abs(counts[rank] - expected) <= 6 * std::sqrt(expected) + 6);
      }
    }
  }
}

TEST_CASE("requests: operations come by their weights") {
  const World world(tests::TinyProfile());
  const std::uint64_t seed = tests::TestSeed();
  INFO("WARBLE_TEST_SEED=" << seed);
  const LoadMix mix = ParseMix("odd", "profile 3\nfollow 1\n");
  RequestMaker maker(world, mix, {.host = "h", .seed = seed, .reserved_from_rank = {}});
  int follows = 0;
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) {
    const Request& request = maker.Next();
    if (request.operation != Operation::kFollow) continue;
    ++follows;
    REQUIRE(request.viewer != request.user);
  }
  CHECK(std::abs(follows - kDraws / 4) < 6 * std::sqrt(kDraws * 0.25 * 0.75));
}

TEST_CASE("requests: nobody acts as a reserved user, and the same seed gives the same requests") {
  const World world(tests::TinyProfile());
  const LoadMix mix = FindMix("brief");
  const RequestMaker::Options options{.host = "h", .seed = 7, .reserved_from_rank = 150};
  RequestMaker one(world, mix, options);
  RequestMaker other(world, mix, options);
  for (int i = 0; i < 5'000; ++i) {
    const Request& request = one.Next();
    REQUIRE(world.PopularityOf(request.viewer) < 150);
    REQUIRE(request.bytes == other.Next().bytes);
  }
}

TEST_CASE("requests: a request is what the API asks for") {
  const World world(tests::TinyProfile());
  struct Case {
    std::string operation;
    std::string begin;
  };
  const UserNumber user = world.ByPopularity(3);
  const UserNumber viewer = world.ByPopularity(5);
  const std::string page = "/api/users/" + world.Username(user);
  const std::string own = "/api/users/" + world.Username(viewer);
  const Case cases[] = {
      {"timeline", "GET " + own + "/timeline HTTP/1.1\r\n"},
      {"profile", "GET " + page + " HTTP/1.1\r\n"},
      {"user_tweets", "GET " + page + "/tweets HTTP/1.1\r\n"},
      {"followers", "GET " + page + "/followers HTTP/1.1\r\n"},
      {"followees", "GET " + page + "/followees HTTP/1.1\r\n"},
      {"favorites", "GET " + page + "/favorites HTTP/1.1\r\n"},
      {"activity", "GET " + page + "/activity HTTP/1.1\r\n"},
      {"post_tweet", "POST " + own + "/tweets HTTP/1.1\r\n"},
      {"follow", "POST " + page + "/followers HTTP/1.1\r\n"},
      {"unfollow", "DELETE " + page + "/followers/" + world.Username(viewer) + " HTTP/1.1\r\n"},
      {"sign_in", "POST /api/sessions HTTP/1.1\r\n"},
  };
  for (const Case& test : cases) {
    CAPTURE(test.operation);
    const LoadMix mix = ParseMix("one", "users one 3\nviewers one 5\n" + test.operation + " 1\n");
    RequestMaker maker(world, mix, {.host = "h", .seed = 1, .reserved_from_rank = {}});
    const std::string bytes = maker.Next().bytes;
    CHECK(bytes.starts_with(test.begin));
    const bool signs = bytes.find("\r\nAuthorization: Bearer " + world.TokenText(viewer) +
                                  "\r\n") != std::string::npos;
    CHECK(signs == (test.operation != "sign_in"));
  }
}

}  // namespace
}  // namespace warble::bench
