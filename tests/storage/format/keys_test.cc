#include "storage/format/keys.h"

#include "tests/storage/format/sample_rows.h"
#include "tests/support/hex.h"
#include "tests/support/random.h"
#include "tests/support/token_hash.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::storage {
namespace {

using tests::Hex;
using tests::Packed;
using tests::Random;
using tests::WellFormedRows;

struct Golden {
  std::string what;
  std::string bytes;
  const char* expected;
};

void Check(const std::vector<Golden>& cases) {
  for (const Golden& golden : cases) {
    INFO(golden.what);
    CHECK(Hex(golden.bytes) == Packed(golden.expected));
  }
}

constexpr UserId kUser{0x1234567890};
constexpr UserId kOther{0xa1b2c3d4e5};
constexpr TweetId kTweet{0x0102030405060708};
constexpr Timestamp kAt{0x010203040506};
const tests::SampleOf kSample{kUser, kOther, kTweet, kAt};

}  // namespace

// These bytes are on the disks of others. A change here is a new format version.
TEST_CASE("keys: the bytes of every key") {
  Check({
      {"user", std::string(UserKey(kUser)), "1234567890"},
      {"user of a partition", std::string(UserKey(UserId::Make(0xabc, 1))), "abc0000001"},
      {"username", std::string(UsernameKey("Alice_9")), "616c6963655f39"},
      {"tweet", std::string(TweetKey(kUser, kTweet)), "1234567890 fefdfcfbfaf9f8f7"},
      {"follow, out", std::string(FollowOutKey(kUser, kOther)), "1234567890 a1b2c3d4e5"},
      {"follow, in", std::string(FollowInKey(kUser, {kAt, kOther})),
       "1234567890 fefdfcfbfaf9 5e4d3c2b1a"},
      {"favorite, out", std::string(FavoriteOutKey(kUser, kTweet)), "1234567890 fefdfcfbfaf9f8f7"},
      {"favorite, in", std::string(FavoriteInKey(kUser, kTweet, {kAt, kOther})),
       "1234567890 fefdfcfbfaf9f8f7 fefdfcfbfaf9 5e4d3c2b1a"},
      {"idempotency", std::string(IdempotencyKey(kUser, "0123456789abcdef")),
       "1234567890 30313233343536373839616263646566"},
      {"meta: sequence", std::string(SequenceKey(0x0abc)), "73657175656e63652f 0abc"},
      {"meta: purge of a user", std::string(PurgeKey({kUser, {}})), "70757267652f 1234567890"},
      {"meta: purge of a tweet", std::string(PurgeKey({kUser, kTweet})),
       "70757267652f 1234567890 fefdfcfbfaf9f8f7"},
      {"meta: ownership", std::string(OwnershipKey(0x0abc)), "706172746974696f6e2f 0abc"},
      {"meta: format", std::string(kMetaFormat), "666f726d6174"},
      {"meta: partitions", std::string(kMetaPartitions), "706172746974696f6e73"},
      {"meta: hash", std::string(kMetaHash), "68617368"},
      {"meta: clock", std::string(kMetaClock), "636c6f636b"},
      {"meta: secret", std::string(kMetaSecret), "736563726574"},
      {"meta: sweep", std::string(kMetaSweepPrefix), "73776565702f"},
  });
}

TEST_CASE("keys: the bytes of every value") {
  User user{kUser, "Al", "F", "", "\xc3\xa9", "$h", kAt, {0x010203040507}, false};
  User deleted{kUser, "Al", "", "", "", "", kAt, kAt, true};
  const SessionRow session{tests::TokenHashOf(std::string(32, 'h')), kAt, {0x010203040507}};
  Check({
      {"user", EncodeUser(user),
       "01 00 010203040506 010203040507 0002416c 000146 0000 0002c3a9 00022468"},
      {"deleted user", EncodeUser(deleted),
       "01 01 010203040506 010203040506 0002416c 0000 0000 0000 0000"},
      {"username", EncodeUserId(kUser), "1234567890"},
      {"tweet as posted", EncodeNewTweet("hi"), "00 6869"},
      {"tweet once favorited", EncodeTweet("hi", 0x0102030405), "01 0102030405 6869"},
      {"tweet whose favorites were taken back", EncodeTweet("hi", 0), "01 0000000000 6869"},
      {"user's counters", EncodeUserCounters({1, 2, 3, 0x0102030405060708, {0x1112131415161718}}),
       "0000000000000001 0000000000000002 0000000000000003 0102030405060708 1112131415161718"},
      {"time", EncodeTimestamp(kAt), "010203040506"},
      {"favorite, out", EncodeFavoriteOut({kOther, kAt}), "a1b2c3d4e5 010203040506"},
      {"sessions", EncodeSessions({session, session}),
       "6868686868686868686868686868686868686868686868686868686868686868 010203040506 010203040507"
       "6868686868686868686868686868686868686868686868686868686868686868 010203040506 "
       "010203040507"},
      {"stored answer", EncodeStoredAnswer({kAt, "0123456789abcdef", "answer"}),
       "010203040506 30313233343536373839616263646566 616e73776572"},
      {"ownership of a partition that is away", EncodeOwnership({PartitionState::kAway, 1}),
       "00 00000001"},
      {"ownership of one that is owned", EncodeOwnership({PartitionState::kOwned, 0x01020304}),
       "01 01020304"},
      {"number", EncodeU32(0x01020304), "01020304"},
      {"purge's progress", EncodePurgeProgress({3, "ab"}), "03 6162"},
  });
}

TEST_CASE("keys: families are numbered and named for ever") {
  const std::string_view kNames[] = {
      "users",         "usernames",   "tweets",      "favorited_tweets",
      "user_counters", "follows_out", "follows_in",  "favorites_out",
      "favorites_in",  "sessions",    "idempotency", "meta"};
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    CHECK(static_cast<std::size_t>(kAllFamilies[i]) == i);
    CHECK(FamilyName(kAllFamilies[i]) == kNames[i]);
  }
}

TEST_CASE("keys: the newer sorts first, ties by the greater id") {
  const auto bytes = [](const Key& key) { return std::string(key); };
  const std::pair<std::string, std::string> kOrdered[] = {
      {bytes(TweetKey(kUser, {2})), bytes(TweetKey(kUser, {1}))},
      {bytes(TweetKey(kUser, {TweetId::kMaxValue})), bytes(TweetKey(kUser, {0}))},
      {bytes(FollowInKey(kUser, {{2}, {1}})), bytes(FollowInKey(kUser, {{1}, {9}}))},
      {bytes(FollowInKey(kUser, {{1}, {9}})), bytes(FollowInKey(kUser, {{1}, {1}}))},
      {bytes(FavoriteInKey(kUser, {5}, {{2}, {1}})), bytes(FavoriteInKey(kUser, {5}, {{1}, {2}}))},
      {bytes(FavoriteInKey(kUser, {5}, {{1}, {2}})), bytes(FavoriteInKey(kUser, {5}, {{1}, {1}}))},
      {bytes(PurgeKey({kUser, {}})), bytes(PurgeKey({kUser, kTweet}))},
  };
  for (const auto& [first, second] : kOrdered) CHECK(first < second);
}

TEST_CASE("keys: the end of a prefix is the first key behind it") {
  const std::pair<std::string, std::string> kCases[] = {
      {"a", "b"},     {"ab", "ac"},       {std::string("\x00", 1), "\x01"},
      {"a\xff", "b"}, {"a\xff\xff", "b"}, {"\xff", ""},
      {"", ""}};
  for (const auto& [prefix, end] : kCases) CHECK(Hex(PrefixEnd(prefix)) == Hex(end));
}

TEST_CASE("keys: names are lowered in ASCII only") {
  CHECK(LowerUsername("AZaz09_-") == "azaz09_-");
  CHECK(LowerUsername("\xc3\x84") == "\xc3\x84");
  CHECK(LowerUsername("@[`{") == "@[`{");
}

TEST_CASE("keys: what is encoded decodes to the same, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    const UserId user{random.Below(std::uint64_t{1} << 40)};
    const UserId other{random.Below(std::uint64_t{1} << 40)};
    const TweetId tweet{random.Below(TweetId::kMaxValue)};
    const Timestamp at{random.Below(std::uint64_t{1} << 48)};
    const EdgePosition position{at, other};

    REQUIRE(DecodeUserKey(UserKey(user)) == user);
    REQUIRE(DecodeUserId(EncodeUserId(user)) == user);
    REQUIRE(DecodeTweetKey(TweetKey(user, tweet)).author == user);
    REQUIRE(DecodeTweetKey(TweetKey(user, tweet)).id == tweet);
    REQUIRE(DecodeFollowOutFollowee(FollowOutKey(user, other)) == other);
    REQUIRE(DecodeFollowInFollower(FollowInKey(user, position)) == position);
    REQUIRE(DecodeFavoriteOutTweet(FavoriteOutKey(user, tweet)) == tweet);
    REQUIRE(DecodeFavoriteIn(FavoriteInKey(user, tweet, position)).id == tweet);
    REQUIRE(DecodeFavoriteIn(FavoriteInKey(user, tweet, position)).user == position);
    REQUIRE(DecodeTimestamp(EncodeTimestamp(at)) == at);
    REQUIRE(DecodeFavoriteOut(EncodeFavoriteOut({user, at})).author == user);
    REQUIRE(DecodeFavoriteOut(EncodeFavoriteOut({user, at})).at == at);
    const std::uint64_t count = random.Number();
    REQUIRE(DecodeU32(EncodeU32(static_cast<std::uint32_t>(count))) ==
            static_cast<std::uint32_t>(count));
    const UserCounters counters{
        random.Number(), random.Number(), random.Number(), random.Number(), {random.Number()}};
    REQUIRE(DecodeUserCounters(EncodeUserCounters(counters)) == counters);
    const PurgeTarget target{user, random.OneIn(2) ? std::optional(tweet) : std::nullopt};
    REQUIRE(DecodePurgeKey(PurgeKey(target)).user == user);
    REQUIRE(DecodePurgeKey(PurgeKey(target)).tweet == target.tweet);
  }
}

TEST_CASE("keys: texts of any bytes come back from values, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  Random random(seed);
  const auto text = [&] { return random.Bytes(random.Below(300)); };
  for (int i = 0; i < 500; ++i) {
    const User user{kUser,
                    text(),
                    text(),
                    text(),
                    text(),
                    text(),
                    {random.Below(1000)},
                    {random.Below(1000)},
                    random.OneIn(2)};
    const User decoded = DecodeUser(kUser, EncodeUser(user));
    REQUIRE(decoded.username == user.username);
    REQUIRE(decoded.first_name == user.first_name);
    REQUIRE(decoded.last_name == user.last_name);
    REQUIRE(decoded.description == user.description);
    REQUIRE(decoded.password_hash == user.password_hash);
    REQUIRE(decoded.created_at == user.created_at);
    REQUIRE(decoded.updated_at == user.updated_at);
    REQUIRE(decoded.deleted == user.deleted);

    const StoredAnswer answer{{random.Below(1000)}, random.Bytes(16), text()};
    const StoredAnswer back = DecodeStoredAnswer(EncodeStoredAnswer(answer));
    REQUIRE(back.expires_at == answer.expires_at);
    REQUIRE(back.request_digest == answer.request_digest);
    REQUIRE(back.answer == answer.answer);

    const std::string content = text();
    for (const std::uint64_t favorites : {std::uint64_t{0}, random.Below(std::uint64_t{1} << 40)}) {
      std::string tweet = EncodeTweet(content, favorites);
      REQUIRE_FALSE(IsNewTweet(tweet));
      REQUIRE(DecodeTweet(&tweet) == favorites);
      REQUIRE(tweet == content);
    }
    std::string tweet = EncodeNewTweet(content);
    REQUIRE(IsNewTweet(tweet));
    REQUIRE(DecodeTweet(&tweet) == 0);
    REQUIRE(tweet == content);
    const PurgeProgress progress{static_cast<std::uint8_t>(i), text()};
    REQUIRE(DecodePurgeProgress(EncodePurgeProgress(progress)).phase == progress.phase);
    REQUIRE(DecodePurgeProgress(EncodePurgeProgress(progress)).cursor == progress.cursor);
  }
}

TEST_CASE("keys: a session is found in its row without the others") {
  std::vector<SessionRow> sessions;
  for (char c = 'a'; c < 'f'; ++c) {
    const std::uint64_t number = static_cast<unsigned char>(c);
    sessions.push_back({tests::TokenHashOf(std::string(32, c)), {number}, {number + 1}});
  }
  const std::string value = EncodeSessions(sessions);
  REQUIRE(DecodeSessions(value).size() == sessions.size());
  for (const SessionRow& session : sessions) {
    const auto found = FindSessionRow(value, session.token_hash);
    REQUIRE(found);
    CHECK(found->token_hash == session.token_hash);
    CHECK(found->created_at == session.created_at);
    CHECK(found->expires_at == session.expires_at);
  }
  CHECK_FALSE(FindSessionRow(value, tests::TokenHashOf(std::string(32, 'z'))));
  CHECK_FALSE(FindSessionRow("", sessions[0].token_hash));
}

namespace {

// Calls the decoders of a row: they abort on what they cannot take.
void Decode(tests::SampleRow row) {
  switch (row.family) {
    case Family::kUsers:
      DecodeUser(DecodeUserKey(row.key), row.value);
      break;
    case Family::kUsernames:
      DecodeUserId(row.value);
      break;
    case Family::kTweets:
      DecodeTweetKey(row.key);
      DecodeTweet(&row.value);
      break;
    case Family::kFavoritedTweets:
      DecodeTweetKey(row.key);
      break;
    case Family::kUserCounters:
      DecodeUserKey(row.key);
      DecodeUserCounters(row.value);
      break;
    case Family::kFollowsOut:
      DecodeFollowOutFollowee(row.key);
      DecodeTimestamp(row.value);
      break;
    case Family::kFollowsIn:
      DecodeFollowInFollower(row.key);
      break;
    case Family::kFavoritesOut:
      DecodeFavoriteOutTweet(row.key);
      DecodeFavoriteOut(row.value);
      break;
    case Family::kFavoritesIn:
      DecodeFavoriteIn(row.key);
      break;
    case Family::kSessions:
      DecodeUserKey(row.key);
      DecodeSessions(row.value);
      break;
    case Family::kIdempotency:
      DecodeUserKey(row.key);
      DecodeStoredAnswer(row.value);
      break;
    case Family::kMeta:
      if (row.key.starts_with(kMetaPurgePrefix)) {
        DecodePurgeKey(row.key);
        DecodePurgeProgress(row.value);
      } else if (row.key.starts_with(kMetaSequencePrefix)) {
        REQUIRE(DecodeSequenceKey(row.key) < kPartitionCount);
        DecodeU32(row.value);
      } else if (row.key.starts_with(kMetaOwnershipPrefix)) {
        REQUIRE(DecodeOwnershipKey(row.key) < kPartitionCount);
        DecodeOwnership(row.value);
      }
      break;
  }
}

}  // namespace

TEST_CASE("keys: a row of the right form is well-formed, one of another size is not") {
  for (const tests::SampleRow& row : WellFormedRows(kSample)) {
    INFO(FamilyName(row.family), " ", Hex(row.key));
    CHECK(IsWellFormed(row.family, row.key, row.value));
    CHECK_FALSE(IsWellFormed(row.family, "", row.value));
    if (row.family != Family::kUsernames) {
      CHECK_FALSE(IsWellFormed(row.family, row.key.substr(1), row.value));
      CHECK_FALSE(IsWellFormed(row.family, row.key + "x", row.value));
    }
  }
  CHECK_FALSE(IsWellFormed(Family::kMeta, "unknown", ""));
  CHECK_FALSE(IsWellFormed(Family::kMeta, SequenceKey(kPartitionCount), EncodeU32(1)));
  CHECK_FALSE(
      IsWellFormed(Family::kUsernames, std::string(Key::kCapacity + 1, 'a'), EncodeUserId(kUser)));
}

TEST_CASE("keys: a well-formed row can be decoded, whatever its bytes, at random") {
  const std::uint64_t seed = tests::TestSeed();
  INFO("seed ", seed);
  Random random(seed);
  const std::vector<tests::SampleRow> rows = WellFormedRows(kSample);
  int well_formed = 0;
  for (int i = 0; i < 200'000; ++i) {
    tests::SampleRow row = rows[random.Below(rows.size())];
    std::string& bytes = random.OneIn(2) || row.value.empty() ? row.key : row.value;
    switch (random.Below(3)) {
      case 0:
        bytes.resize(random.Below(bytes.size() + 1));
        break;
      case 1:
        bytes += random.Bytes(random.Below(4));
        break;
      default:
        if (!bytes.empty()) bytes[random.Below(bytes.size())] = static_cast<char>(random.Number());
    }
    if (!IsWellFormed(row.family, row.key, row.value)) continue;
    ++well_formed;
    Decode(row);
  }
  CHECK(well_formed > 1000);
}

}  // namespace warble::storage
