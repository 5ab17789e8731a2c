#include "storage/format/change_set.h"

#include "tests/storage/format/sample_rows.h"
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

namespace {

// A change of every form, with some at random.
ChangeSet SampleChanges(tests::Random& random) {
  ChangeSet changes;
  for (const tests::SampleRow& row : WellFormedRows(RandomSample(random))) {
    changes.Put(row.family, row.key, row.value);
    if (random.OneIn(2)) changes.Delete(row.family, row.key);
  }
  return changes;
}

// Whether bytes parse. What does so is the same bytes again, and rows that can be decoded.
bool Parses(std::string_view bytes) {
  const auto parsed = ChangeSet::Parse(bytes);
  if (!parsed) return false;
  REQUIRE(parsed->bytes() == bytes);
  parsed->ForEach([](const Change& change) {
    REQUIRE(IsWellFormedKey(change.family, change.key));
    if (change.value) REQUIRE(IsWellFormed(change.family, change.key, *change.value));
  });
  return true;
}

}  // namespace

TEST_CASE("change set: what was encoded parses, with all that it changes") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  const ChangeSet changes = SampleChanges(random);
  const auto parsed = ChangeSet::Parse(changes.bytes());
  REQUIRE(parsed);
  CHECK(Describe(*parsed) == Describe(changes));
  changes.ForEach([&](const Change& change) {
    CHECK(parsed->Find(change.family, change.key)->value ==
          changes.Find(change.family, change.key)->value);
  });
  CHECK(Parses(""));
}

TEST_CASE("change set: bytes that are no changes do not parse") {
  ChangeSet changes;
  changes.Put(Family::kUsernames, "alice", EncodeUserId({1}));
  const std::string good(changes.bytes());
  REQUIRE(Parses(good));
  const auto with = [&](std::size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return bytes;
  };
  const std::pair<const char*, std::string> kCases[] = {
      {"unknown family", with(0, static_cast<char>(kFamilyCount))},
      {"family beyond all", with(0, static_cast<char>(255))},
      {"unknown operation", with(1, 2)},
      {"key longer than any", good.substr(0, 2) + static_cast<char>(Key::kCapacity + 1) +
                                  std::string(Key::kCapacity + 1, 'a') + good.substr(8)},
      {"key of no length", good.substr(0, 2) + std::string(1, 0) + good.substr(8)},
      {"key beyond the end", with(2, 47)},
      {"value shorter than its row's", with(11, 4).substr(0, good.size() - 1)},
      {"value beyond the end", with(11, 6)},
      {"value far beyond the end", with(8, static_cast<char>(255))},
      {"a byte more", good + std::string(1, 0)},
      {"row of another family", with(0, static_cast<char>(Family::kFollowsIn))},
      {"deleted row of no form", std::string("\x02\x00\x01k", 4)},
  };
  for (const auto& fault : kCases) {
    INFO(std::string(fault.first));
    CHECK_FALSE(Parses(fault.second));
  }
}

TEST_CASE("change set: every cut parses at a border of changes and nowhere else") {
  tests::Random random(1);
  const ChangeSet changes = SampleChanges(random);
  std::vector<bool> is_border(changes.size_bytes() + 1);
  ChangeSet front;
  is_border[0] = true;
  changes.ForEach([&](const Change& change) {
    if (change.value) {
      front.Put(change.family, change.key, *change.value);
    } else {
      front.Delete(change.family, change.key);
    }
    is_border[front.size_bytes()] = true;
  });
  for (std::size_t size = 0; size <= changes.size_bytes(); ++size) {
    INFO("size ", size);
    REQUIRE(Parses(changes.bytes().substr(0, size)) == is_border[size]);
  }
}

TEST_CASE("change set: flipped and random bytes parse to themselves or not at all, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  tests::Random random(seed);
  const std::string good(SampleChanges(random).bytes());
  int parsed = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
      parsed += Parses(bytes) ? 1 : 0;
    }
  }
  CHECK(parsed > 0);
  for (int round = 0; round < 20'000; ++round) Parses(random.Bytes(random.Below(64)));
}

}  // namespace warble::storage
