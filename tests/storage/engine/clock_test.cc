#include "storage/engine/clock.h"

#include "tests/support/random.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace warble::storage {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};
constexpr std::uint64_t kMinuteMs = 60'000;
constexpr std::uint64_t kHourMs = 60 * kMinuteMs;
constexpr std::uint64_t kDayMs = 24 * kHourMs;
constexpr std::uint64_t kGraceMs = std::chrono::milliseconds(Clock::kGrace).count();

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

TEST_CASE("clock: goes on by the monotonic clock when the wall clock jumps far ahead") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  wall.Advance(10 * kDayMs);  // however long nobody asks
  CHECK(clock.Now() == wall.now());
  const Timestamp before = wall.now();
  wall.Set({before.ms + 40 * kDayMs});
  CHECK(clock.Now() == before);
  CHECK(clock.Unique().first == before);
  CHECK(clock.LeadMs() == 40 * kDayMs);
  wall.Advance(kHourMs);
  CHECK(clock.Now().ms == before.ms + kHourMs);
  CHECK(clock.Ceiling().ms == before.ms + kHourMs + 1);
  wall.Set({before.ms + kHourMs + 7});
  CHECK(clock.Now() == wall.now());
  CHECK(clock.LeadMs() == 0);
}

TEST_CASE("clock: follows a step of five minutes, and no longer one") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  wall.Set({kStart.ms + 5 * kMinuteMs});
  CHECK(clock.Now() == wall.now());
  wall.Set({kStart.ms + 10 * kMinuteMs + 1});
  CHECK(clock.Now().ms == kStart.ms + 5 * kMinuteMs);
}

TEST_CASE("clock: a wall clock that fell is followed when it is right again") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {});
  CHECK(clock.Now() == kStart);
  wall.Set({kStart.ms - 40 * kDayMs});
  wall.Advance(kHourMs);
  CHECK(clock.Now() == kStart);
  CHECK(clock.LeadMs() < 0);
  wall.Set({kStart.ms + kHourMs});
  CHECK(clock.Now() == wall.now());
}

TEST_CASE("clock: catching up with a stored ceiling is no jump") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), {kStart.ms + kDayMs});
  CHECK(clock.Now().ms == kStart.ms + kDayMs);
  wall.Set({kStart.ms + kDayMs + kMinuteMs});
  CHECK(clock.Now() == wall.now());
}

TEST_CASE("clock: no wall clock takes it out of the times that ids can hold") {
  constexpr Timestamp kLast{kTweetEpoch.ms + (std::uint64_t{1} << 41) - 1};
  const struct {
    Timestamp wall;
    bool can_begin;
  } kCases[] = {{{0}, false},
                {{kTweetEpoch.ms - 1}, false},
                {kTweetEpoch, true},
                {kStart, true},
                {{kLast.ms - kHourMs}, true},
                {kLast, false},
                {{kLast.ms + 100 * kDayMs}, false}};
  for (const auto& row : kCases) {
    CAPTURE(row.wall.ms);
    CHECK(Clock::CanBegin(row.wall) == row.can_begin);
    tests::SteeredClock at_start(row.wall);
    CHECK(Clock(at_start.wall(), {}).IsAtEnd() == (row.wall >= kLast));
    tests::SteeredClock while_running(kStart);
    Clock clock(while_running.wall(), {});
    while_running.Set(row.wall);
    CHECK(clock.Now() == kStart);
    CHECK_FALSE(clock.IsAtEnd());
  }
  tests::SteeredClock wall({kLast.ms - kHourMs});
  Clock clock(wall.wall(), {});
  for (int i = 0; i < 100; ++i) {
    wall.Advance(kMinuteMs);
    for (int id = 0; id < 2'000; ++id) REQUIRE(clock.Unique().first < kLast);
  }
  CHECK(clock.IsAtEnd());
}

TEST_CASE("clock: within hours of a start only what ended long before the stored ceiling is past") {
  tests::SteeredClock wall(kStart);
  CHECK(Clock(wall.wall(), {}).SurelyPast() == Timestamp{});

  const Timestamp ceiling{kStart.ms - 7 * kDayMs};  // down for a week, or a clock that is wrong
  Clock clock(wall.wall(), ceiling);
  CHECK(clock.SurelyPast().ms == ceiling.ms - kGraceMs);
  wall.Advance(kHourMs);
  CHECK(clock.SurelyPast().ms == ceiling.ms + kHourMs - kGraceMs);
  wall.Advance(kGraceMs);
  CHECK(clock.SurelyPast().ms == wall.now().ms - kGraceMs);
}

TEST_CASE("clock: nothing is past by a wall clock that jumps or has fallen") {
  tests::SteeredClock wall(kStart);
  Clock clock(wall.wall(), kStart);
  wall.Advance(kDayMs);
  const Timestamp before = wall.now();
  wall.Set({before.ms + 40 * kDayMs});
  CHECK(clock.SurelyPast().ms == before.ms - kGraceMs);
  wall.Set({before.ms - kDayMs});
  CHECK(clock.SurelyPast().ms == before.ms - kDayMs - kGraceMs);
}

TEST_CASE("clock: readers on other threads see no time fall and take no pair away") {
  Clock clock(Clock::ReadSystem, {});
  std::atomic<bool> stop{false};
  std::atomic<bool> fell{false};
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      for (Timestamp last; !stop;) {
        const Timestamp now = clock.Now();
        if (now < last) fell = true;
        last = now;
      }
    });
  }
  std::pair<Timestamp, std::uint32_t> last{};
  for (int i = 0; i < 100'000; ++i) {
    const auto pair = clock.Unique();
    REQUIRE(pair > last);
    REQUIRE(pair.second < 1024);
    last = pair;
  }
  stop = true;
  readers.clear();
  CHECK_FALSE(fell);
  CHECK(last.first < clock.Ceiling());
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
