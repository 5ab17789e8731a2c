#include "bench/world/world.h"

#include "api/auth/token.h"
#include "api/http/text.h"
#include "storage/format/partition.h"
#include "storage/format/types.h"

#include <doctest/doctest.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace warble::bench {

using storage::Timestamp;
using storage::TweetId;
using storage::UserId;

namespace {

Profile Tiny(std::uint32_t users = 2'000) { return {"tiny", users, 20, 5, 2, 0, 1}; }

// Everything that a world says, as one number: each thing is hashed with all before it.
class WorldDigest {
 public:
  void Add(std::uint64_t number) { value_ = XXH3_64bits_withSeed(&number, sizeof(number), value_); }
  void Add(const std::string& text) {
    value_ = XXH3_64bits_withSeed(text.data(), text.size(), value_);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

std::uint64_t DigestOf(const World& world) {
  WorldDigest digest;
  for (UserNumber user = 0; user < world.users(); ++user) {
    const storage::User record = world.UserOf(user);
    digest.Add(record.id.value);
    digest.Add(record.created_at.ms);
    digest.Add(record.username + record.first_name + record.last_name + record.description);
    digest.Add(world.TokenText(user));
    digest.Add(world.PopularityOf(user));
    for (const UserNumber followee : world.FolloweesOf(user)) {
      digest.Add(followee);
      digest.Add(world.FollowedAt(user, followee).ms);
    }
    for (const World::TweetSeed& tweet : world.TweetsOf(user)) {
      digest.Add(tweet.id.value);
      digest.Add(World::TextOf(tweet.text_seed));
      for (const UserNumber favoriter : world.FavoritersOf(tweet)) {
        digest.Add(favoriter);
        digest.Add(world.FavoritedAt(favoriter, tweet).ms);
      }
    }
  }
  return digest.value();
}

std::uint32_t SequenceOf(UserId id) {
  return static_cast<std::uint32_t>(id.value & ((1U << UserId::kSequenceBits) - 1));
}

std::vector<std::uint32_t> InDegrees(const World& world) {
  std::vector<std::uint32_t> degrees(world.users());
  for (UserNumber user = 0; user < world.users(); ++user) {
    for (const UserNumber followee : world.FolloweesOf(user)) ++degrees[followee];
  }
  return degrees;
}

}  // namespace

TEST_CASE("world: the same profile is the same world on every machine") {
  CHECK(DigestOf(World(Tiny(500))) == 15248107604686942454U);
  Profile other_seed = Tiny(500);
  other_seed.seed = 2;
  CHECK(DigestOf(World(other_seed)) != DigestOf(World(Tiny(500))));
}

TEST_CASE("world: users are numbered by ascending ids, which lie where their names belong") {
  const World world(Tiny());
  std::set<std::string> names;
  for (UserNumber user = 0; user < world.users(); ++user) {
    const UserId id = world.IdOf(user);
    CHECK(id.partition() == storage::PartitionOf(world.Username(user)));
    const bool is_first = user == 0 || world.IdOf(user - 1).partition() != id.partition();
    CHECK(SequenceOf(id) == (is_first ? 1 : SequenceOf(world.IdOf(user - 1)) + 1));
    if (user > 0) CHECK(world.IdOf(user - 1) < id);
    names.insert(world.Username(user));
  }
  CHECK(names.size() == world.users());
  CHECK(names.count("user1") == 1);
  CHECK(names.count("user2000") == 1);
}

TEST_CASE("world: users by username come in the order of the names' bytes") {
  for (const std::uint32_t users : {1U, 9U, 10U, 11U, 99U, 101U, 2'000U}) {
    CAPTURE(users);
    const World world(Tiny(users));
    const std::vector<UserNumber> ordered = world.ByUsername();
    REQUIRE(ordered.size() == users);
    for (std::size_t i = 1; i < ordered.size(); ++i) {
      CHECK(world.Username(ordered[i - 1]) < world.Username(ordered[i]));
    }
  }
}

TEST_CASE("world: popularity is a permutation, and its inverse leads back") {
  for (const std::uint32_t users : {1U, 2U, 3U, 4U, 97U, 1'000U, 4'096U}) {
    CAPTURE(users);
    const World world(Tiny(users));
    std::set<UserNumber> seen;
    for (std::uint32_t rank = 0; rank < users; ++rank) {
      const UserNumber user = world.ByPopularity(rank);
      REQUIRE(user < users);
      CHECK(world.PopularityOf(user) == rank);
      seen.insert(user);
    }
    CHECK(seen.size() == users);
  }
}

TEST_CASE("world: followees are distinct, ascending, within bounds, and as many as asked for") {
  const Profile kProfiles[] = {Tiny(),
                               {"", 10'000, 50, 0, 0, 0, 3},
                               {"", 5'000, 0.5, 0, 0, 0, 1},
                               {"", 1'000, 250, 0, 0, 0, 9},
                               {"", 4'000, 40, 0, 0, 0.5, 1}};
  for (const Profile& profile : kProfiles) {
    CAPTURE(profile.users);
    CAPTURE(profile.follows_mean);
    const World world(profile);
    std::uint64_t follows = 0;
    std::size_t most = 0;
    for (UserNumber user = 0; user < world.users(); ++user) {
      const std::vector<UserNumber> followees = world.FolloweesOf(user);
      follows += followees.size();
      most = std::max(most, followees.size());
      REQUIRE(std::is_sorted(followees.begin(), followees.end()));
      REQUIRE(std::adjacent_find(followees.begin(), followees.end()) == followees.end());
      REQUIRE(!std::binary_search(followees.begin(), followees.end(), user));
      REQUIRE((followees.empty() || followees.back() < world.users()));
    }
    CHECK(most <= std::min(10'000U, world.users() / 2));
    CHECK(static_cast<double>(follows) / world.users() ==
          doctest::Approx(profile.follows_mean).epsilon(0.02));
  }
}

TEST_CASE("world: rank k is followed with a weight of 1 / (k + 10)") {
  const World world({"", 20'000, 20, 0, 0, 0, 1});
  const std::vector<std::uint32_t> degrees = InDegrees(world);
  const double harmonic = std::log((20'000 + 9.5) / 9.5);
  for (const std::uint32_t first : {0U, 10U, 100U, 1'000U}) {
    // A hundred ranks or as many as make up their own number, so that the noise is small.
    const std::uint32_t last = first + std::max(5U, first / 2);
    double expected = 0;
    double counted = 0;
    for (std::uint32_t rank = first; rank < last; ++rank) {
      expected += 20'000 * 20 / (harmonic * (rank + 10));
      counted += degrees[world.ByPopularity(rank)];
    }
    CAPTURE(first);
    // A user is followed at most once by each, which takes some from the very top.
    CHECK(counted / expected == doctest::Approx(1).epsilon(first == 0 ? 0.25 : 0.08));
  }
  CHECK(std::max_element(degrees.begin(), degrees.end()) - degrees.begin() ==
        world.ByPopularity(0));
}

TEST_CASE("world: the celebrity is followed by the share that is asked for") {
  for (const double share : {0.1, 0.5, 1.0}) {
    CAPTURE(share);
    Profile profile = Tiny(4'000);
    profile.celebrity_share = share;
    const World world(profile);
    CHECK(InDegrees(world)[world.ByPopularity(0)] == doctest::Approx(share * 4'000).epsilon(0.08));
  }
}

TEST_CASE("world: everything happens after what it needs and before the end") {
  const World world(Tiny(1'000));
  std::vector<Timestamp> created;
  for (UserNumber user = 0; user < world.users(); ++user) {
    created.push_back(world.UserOf(user).created_at);
    REQUIRE(created.back() >= World::kBegin);
  }
  for (UserNumber user = 0; user < world.users(); ++user) {
    for (const UserNumber followee : world.FolloweesOf(user)) {
      const Timestamp at = world.FollowedAt(user, followee);
      REQUIRE(at > std::max(created[user], created[followee]));
      REQUIRE(at < World::kEnd);
    }
    for (const World::TweetSeed& tweet : world.TweetsOf(user)) {
      REQUIRE(tweet.id.created_at() > created[user]);
      for (const UserNumber favoriter : world.FavoritersOf(tweet)) {
        const Timestamp at = world.FavoritedAt(favoriter, tweet);
        REQUIRE(at > std::max(created[favoriter], tweet.id.created_at()));
        REQUIRE(at < World::kEnd);
      }
    }
  }
}

TEST_CASE("world: an author's tweets are newest first, and as many in the mean as asked for") {
  const World world(Tiny(10'000));
  std::uint64_t tweets = 0;
  for (UserNumber user = 0; user < world.users(); ++user) {
    const std::vector<World::TweetSeed> written = world.TweetsOf(user);
    tweets += written.size();
    for (std::size_t i = 1; i < written.size(); ++i) REQUIRE(written[i].id < written[i - 1].id);
  }
  CHECK(static_cast<double>(tweets) / world.users() == doctest::Approx(5).epsilon(0.02));
}

TEST_CASE("world: no two tweets share an id, even where more authors than sequences write") {
  const World world({"", 4'400'000, 0, 20, 0, 0, 1});
  std::vector<TweetId> ids;
  // Authors who share a sequence are kept apart by time. Chance would hide it if they were not, so
  // the milliseconds that each may use are looked at too.
  std::array<std::set<std::uint64_t>, 2> turns;
  for (UserNumber user = 0; world.IdOf(user).partition() < 4; ++user) {
    const bool is_beyond = SequenceOf(world.IdOf(user)) > 1U << TweetId::kSequenceBits;
    for (const World::TweetSeed& tweet : world.TweetsOf(user)) {
      ids.push_back(tweet.id);
      turns[is_beyond ? 1 : 0].insert((tweet.id.created_at().ms - World::kBegin.ms) % 2);
      REQUIRE((tweet.id.value >> TweetId::kSequenceBits) % storage::kPartitionCount ==
              world.IdOf(user).partition());
    }
  }
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  CHECK(turns[0] == std::set<std::uint64_t>{0});
  CHECK(turns[1] == std::set<std::uint64_t>{1});
}

TEST_CASE("world: favoriters are distinct, as many as the tweet says, and few tweets have most") {
  const World world(Tiny(5'000));
  std::uint64_t tweets = 0;
  std::uint64_t favorites = 0;
  std::uint32_t most = 0;
  std::vector<std::uint32_t> given(world.users());
  for (UserNumber user = 0; user < world.users(); ++user) {
    for (const World::TweetSeed& tweet : world.TweetsOf(user)) {
      std::vector<UserNumber> favoriters = world.FavoritersOf(tweet);
      REQUIRE(favoriters.size() == tweet.favorites);
      std::sort(favoriters.begin(), favoriters.end());
      REQUIRE(std::adjacent_find(favoriters.begin(), favoriters.end()) == favoriters.end());
      REQUIRE((favoriters.empty() || favoriters.back() < world.users()));
      for (const UserNumber favoriter : favoriters) ++given[favoriter];
      ++tweets;
      favorites += tweet.favorites;
      most = std::max(most, tweet.favorites);
    }
  }
  CHECK(static_cast<double>(favorites) / static_cast<double>(tweets) ==
        doctest::Approx(2).epsilon(0.1));
  CHECK(most > 150);
  CHECK(most <= world.users() / 4);
  const double mean_given = static_cast<double>(favorites) / world.users();
  CHECK(*std::max_element(given.begin(), given.end()) > 8 * mean_given);
}

TEST_CASE("world: texts are such as the server accepts, in several scripts") {
  constexpr int kCount = 20'000;
  std::size_t code_points = 0;
  std::set<unsigned char> lead_bytes;
  for (std::uint64_t seed = 0; seed < kCount; ++seed) {
    const std::string text = World::TextOf(seed);
    CAPTURE(text);
    REQUIRE(api::IsValidUtf8(text));
    REQUIRE(api::NormalizeNfc(text) == text);
    REQUIRE(!api::HasControl(text, false));
    REQUIRE(!api::IsBlank(text));
    REQUIRE(api::CountCodePoints(text) <= 140);
    code_points += api::CountCodePoints(text);
    for (const char c : text) lead_bytes.insert(static_cast<unsigned char>(c));
  }
  CHECK(static_cast<double>(code_points) / kCount == doctest::Approx(75).epsilon(0.07));
  // Latin with marks, Greek, Cyrillic, Arabic, Devanagari, Kana, Han, emoji.
  for (const int lead : {0xC3, 0xCE, 0xD0, 0xD8, 0xE0, 0xE3, 0xE5, 0xF0}) {
    CAPTURE(lead);
    CHECK(lead_bytes.count(static_cast<unsigned char>(lead)) == 1);
  }
}

TEST_CASE("world: names and descriptions are such as the server accepts") {
  const World world(Tiny());
  for (UserNumber user = 0; user < world.users(); ++user) {
    const storage::User record = world.UserOf(user);
    const struct {
      std::string text;
      std::size_t limit;
    } kTexts[] = {{record.first_name, 50}, {record.last_name, 50}, {record.description, 160}};
    for (const auto& field : kTexts) {
      CAPTURE(field.text);
      REQUIRE(api::NormalizeNfc(field.text) == field.text);
      REQUIRE(api::CountCodePoints(field.text) <= field.limit);
    }
  }
}

TEST_CASE("world: tokens have the server's form, name their users and differ") {
  const World world(Tiny());
  const std::string secret(32, 's');
  std::set<std::string> tokens;
  for (UserNumber user = 0; user < world.users(); ++user) {
    const std::string text = world.TokenText(user);
    const auto owner = api::ParseToken(text, secret);
    REQUIRE(owner.has_value());
    CHECK(owner->user == world.IdOf(user));
    tokens.insert(text.substr(8));  // what follows the user's id
  }
  CHECK(tokens.size() == world.users());
}

TEST_CASE("world: the smallest worlds come to an end too") {
  for (std::uint32_t users = 1; users <= 5; ++users) {
    for (const double celebrity_share : {0.0, 1.0}) {
      CAPTURE(users);
      const World world({"", users, 100, 10, 10, celebrity_share, 1});
      for (UserNumber user = 0; user < users; ++user) {
        CHECK(world.FolloweesOf(user).size() <= std::max(1U, users / 2));
        for (const World::TweetSeed& tweet : world.TweetsOf(user)) {
          CHECK(world.FavoritersOf(tweet).size() <= users / 4);
        }
      }
    }
  }
}

TEST_CASE("world: a profile that makes no sense is refused") {
  CHECK_THROWS_AS(ProfileNamed("large"), std::invalid_argument);
  CHECK(ProfileNamed("brief").users == 10'000'000);
  const double kNaN = std::nan("");
  const Profile kRefused[] = {{"", 0, 1, 1, 1, 0, 1},    {"", 3'000'000'000, 1, 1, 1, 0, 1},
                              {"", 10, -1, 1, 1, 0, 1},  {"", 10, 1, kNaN, 1, 0, 1},
                              {"", 10, 1, 1, 1e9, 0, 1}, {"", 10, 1, 1, 1, 1.5, 1},
                              {"", 10, 1, 1, 1, kNaN, 1}};
  for (const Profile& profile : kRefused) {
    CHECK_THROWS_AS(World{profile}, std::invalid_argument);
  }
}

}  // namespace warble::bench
