#include "storage/format/change_set.h"

#include "tests/support/random.h"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::storage {
namespace {

std::vector<std::string> Describe(const ChangeSet& changes) {
  std::vector<std::string> lines;
  changes.ForEach([&](const Change& change) {
    lines.push_back(std::string(FamilyName(change.family)) + " " + std::string(change.key) +
                    (change.value ? "=" + std::string(*change.value) : " gone"));
  });
  return lines;
}

}  // namespace

TEST_CASE("change set: its bytes are the documented encoding") {
  ChangeSet changes;
  changes.Put(Family::kTweets, "key", "value");
  changes.Delete(Family::kMeta, "k");
  const std::string expected =
      std::string("\x02\x01\x03key\x00\x00\x00\x05value", 15) + std::string("\x0b\x00\x01k", 4);
  CHECK(changes.bytes() == expected);
  CHECK(changes.size_bytes() == expected.size());
}

TEST_CASE("change set: changes come back in the order they were made") {
  ChangeSet changes;
  CHECK(changes.empty());
  changes.Put(Family::kUsers, "a", "1");
  changes.Delete(Family::kUsers, "a");
  changes.Put(Family::kUsers, "a", "");
  changes.Put(Family::kMeta, "a", std::string(1000, 'x'));
  CHECK(Describe(changes) == std::vector<std::string>{"users a=1", "users a gone", "users a=",
                                                      "meta a=" + std::string(1000, 'x')});
}

TEST_CASE("change set: finds the last change of a key, by family") {
  ChangeSet changes;
  changes.Put(Family::kUsers, "a", "1");
  changes.Put(Family::kUsers, "a", "2");
  changes.Put(Family::kTweets, "b", "3");
  changes.Delete(Family::kTweets, "b");
  CHECK(changes.Find(Family::kUsers, "a")->value == "2");
  CHECK(changes.Find(Family::kTweets, "b").has_value());
  CHECK_FALSE(changes.Find(Family::kTweets, "b")->value.has_value());
  CHECK_FALSE(changes.Find(Family::kTweets, "a").has_value());
  CHECK_FALSE(changes.Find(Family::kUsers, "").has_value());
  changes.Clear();
  CHECK(changes.empty());
  CHECK_FALSE(changes.Find(Family::kUsers, "a").has_value());
}

TEST_CASE("change set: what is appended comes later") {
  ChangeSet first;
  first.Put(Family::kUsers, "a", "1");
  first.Put(Family::kUsers, "b", "1");
  ChangeSet second;
  second.Delete(Family::kUsers, "a");
  second.Put(Family::kUsers, "c", "2");
  first.Append(second);
  CHECK(Describe(first) ==
        std::vector<std::string>{"users a=1", "users b=1", "users a gone", "users c=2"});
  CHECK_FALSE(first.Find(Family::kUsers, "a")->value.has_value());
  CHECK(first.Find(Family::kUsers, "b")->value == "1");
  CHECK(first.Find(Family::kUsers, "c")->value == "2");
}

TEST_CASE("change set: agrees with a map, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  ChangeSet changes;
  std::map<std::pair<Family, std::string>, std::optional<std::string>> model;
  for (int round = 0; round < 300; ++round) {
    ChangeSet later;
    for (std::uint64_t i = random.Below(20); i > 0; --i) {
      const Family family = kAllFamilies[random.Below(kFamilyCount)];
      const std::string key = random.Bytes(random.Below(2));
      if (random.OneIn(3)) {
        later.Delete(family, key);
        model[{family, key}] = std::nullopt;
      } else {
        const std::string value = random.Bytes(random.Below(40));
        later.Put(family, key, value);
        model[{family, key}] = value;
      }
    }
    changes.Append(later);
  }
  std::map<std::pair<Family, std::string>, std::optional<std::string>> replayed;
  changes.ForEach([&](const Change& change) {
    replayed[{change.family, std::string(change.key)}] =
        change.value ? std::optional(std::string(*change.value)) : std::nullopt;
  });
  CHECK(replayed == model);
  for (const auto& [place, value] : model) {
    const auto found = changes.Find(place.first, place.second);
    REQUIRE(found);
    REQUIRE(found->value == value);
  }
}

TEST_CASE("change set: of a key's changes only the last has to stay, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  for (int round = 0; round < 200; ++round) {
    ChangeSet changes;
    for (std::uint64_t left = random.Below(8); left > 0; --left) {
      ChangeSet later;
      for (std::uint64_t change = random.Below(6); change > 0; --change) {
        const std::string key(1, static_cast<char>('a' + random.Below(4)));
        const Family family = random.OneIn(2) ? Family::kTweets : Family::kMeta;
        if (random.OneIn(3)) {
          later.Delete(family, key);
        } else {
          later.Put(family, key, random.Bytes(3));
        }
      }
      changes.Append(later);
    }
    std::map<std::pair<Family, std::string>, std::optional<std::string>> all;
    std::map<std::pair<Family, std::string>, std::optional<std::string>> staying;
    changes.ForEach([&](const Change& change) {
      all.insert_or_assign({change.family, std::string(change.key)},
                           change.value ? std::optional(std::string(*change.value)) : std::nullopt);
    });
    changes.ForEachThatStays([&](const Change& change) {
      const auto [place, first] =
          staying.insert({{change.family, std::string(change.key)},
                          change.value ? std::optional(std::string(*change.value)) : std::nullopt});
      REQUIRE(first);
    });
    REQUIRE(staying == all);
  }
}

}  // namespace warble::storage
