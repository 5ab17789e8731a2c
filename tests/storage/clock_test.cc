#include "storage/clock.h"

#include "tests/support/random.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace warble::storage {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};

}  // namespace

TEST_CASE("clock: follows the wall clock up and stands still when it falls") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  CHECK(clock.Now() == kStart);
  wall.Advance(5);
  CHECK(clock.Now().ms == kStart.ms + 5);
  wall.Set({kStart.ms - 100'000});
  CHECK(clock.Now().ms == kStart.ms + 5);
  wall.Set({kStart.ms + 6});
  CHECK(clock.Now().ms == kStart.ms + 6);
}

TEST_CASE("clock: a millisecond gives 1024 pairs, then the next begins") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  for (std::uint32_t sequence = 0; sequence < 1024; ++sequence) {
    REQUIRE(clock.Unique() == std::pair(kStart, sequence));
  }
  CHECK(clock.Unique() == std::pair(Timestamp{kStart.ms + 1}, 0U));
  CHECK(clock.Now().ms == kStart.ms + 1);
}

TEST_CASE("clock: pairs rise and never repeat whatever the wall clock does, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  std::pair<Timestamp, std::uint32_t> last{};
  for (int i = 0; i < 50'000; ++i) {
    if (random.OneIn(1000)) wall.Set({kStart.ms - 50'000 + random.Below(100'000)});
    if (random.OneIn(3)) REQUIRE(clock.Now() >= last.first);
    const auto pair = clock.Unique();
    REQUIRE(pair > last);
    REQUIRE(pair.second < 1024);
    last = pair;
  }
}

TEST_CASE("clock: the ceiling lies just above the newest time given out") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  clock.Now();
  CHECK(clock.Ceiling().ms == kStart.ms + 1);
  for (int i = 0; i < 1025; ++i) clock.Unique();
  CHECK(clock.Ceiling().ms == kStart.ms + 2);
}

TEST_CASE("clock: begins at the stored ceiling when the wall clock is behind it") {
  tests::SteeredClock wall(kStart);
  const Timestamp ceiling{kStart.ms + 10'000};
  Clock clock(wall.wall(), ceiling);
  CHECK(clock.Now() == ceiling);
  CHECK(clock.Unique() == std::pair(ceiling, 0U));
  CHECK(clock.Ceiling().ms == ceiling.ms + 1);
}

TEST_CASE("clock: pairs never repeat over restarts, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  tests::SteeredClock wall(kStart);
  Timestamp stored;
  std::pair<Timestamp, std::uint32_t> last{};
  for (int restart = 0; restart < 200; ++restart) {
    wall.Set({kStart.ms - 50'000 + random.Below(100'000)});
    Clock clock(wall.wall(), stored);
    for (std::uint64_t batch = random.Below(10); batch > 0; --batch) {
      wall.Advance(random.Below(4'000));
      for (std::uint64_t i = random.Below(2'000); i > 0; --i) {
        const auto pair = clock.Unique();
        REQUIRE(pair > last);
        last = pair;
      }
      // What was given out is acknowledged only with the batch, which stores the ceiling.
      stored = clock.Ceiling();
      REQUIRE(last.first < stored);
    }
  }
}

TEST_CASE("clock: tweet ids rise over a kill and a fall of the wall clock (I1)") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall(kStart);
  TweetId newest;
  const auto post = [&](tests::Node& node, UserId author) {
    for (int batch = 0; batch < 3; ++batch) {
      const auto ids = node.Commit([&](Transaction& transaction) {
        std::vector<TweetId> given;
        for (int i = 0; i < 700; ++i) given.push_back(CreateTweet(transaction, author, "x").id);
        return given;
      });
      for (const TweetId id : ids) {
        REQUIRE(id > newest);
        newest = id;
      }
    }
  };
  UserId author;
  {
    tests::Node node(directory.path() / "first", wall.wall());
    author = tests::AddUser(node, "alice").id;
    post(node, author);
    tests::CopyAsKilled(node, directory.path() / "killed");
  }
  wall.Set({kStart.ms - 3'600'000});
  tests::Node node(directory.path() / "killed", wall.wall());
  post(node, author);
}

}  // namespace warble::storage
