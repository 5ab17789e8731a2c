// The bytes of every key and value: the only code that knows them.
//
// storage/FORMAT.md describes them byte for byte and tests/storage/format/keys_test.cc pins them.
// They are on the disks of others: do not change them without a new format version.
//
// Encoders always succeed on values within the ranges that types.h gives. Decoders take bytes that
// we wrote ourselves and RocksDB has checksummed; bytes of another shape mean a broken invariant,
// so they abort.
#pragma once

#include "storage/format/types.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {

/// The column families. The number is the tag in a ChangeSet; the name is the one on disk.
enum class Family : std::uint8_t {
  kUsers,
  kUsernames,
  kTweets,
  kFavoritedTweets,
  kUserCounters,
  kFollowsOut,
  kFollowsIn,
  kFavoritesOut,
  kFavoritesIn,
  kSessions,
  kIdempotency,
  kMeta,
};
inline constexpr std::size_t kFamilyCount = 12;
inline constexpr std::array<Family, kFamilyCount> kAllFamilies = {
    Family::kUsers,        Family::kUsernames,  Family::kTweets,      Family::kFavoritedTweets,
    Family::kUserCounters, Family::kFollowsOut, Family::kFollowsIn,   Family::kFavoritesOut,
    Family::kFavoritesIn,  Family::kSessions,   Family::kIdempotency, Family::kMeta,
};
std::string_view FamilyName(Family family);

// Sizes in bytes of the fields of keys and values.
inline constexpr std::size_t kUserIdSize = 5;
inline constexpr std::size_t kTweetIdSize = 8;
inline constexpr std::size_t kTimeSize = 6;
inline constexpr std::size_t kPartitionSize = 2;
inline constexpr std::size_t kDigestSize = 16;
inline constexpr std::size_t kSecretSize = 32;

/// A key, built in place: no key is longer than kCapacity.
class Key {
 public:
  static constexpr std::size_t kCapacity = 47;

  Key() {}  // NOLINT: defaulted, it would write zeros for nothing
  Key(std::string_view bytes) { Append(bytes); }  // NOLINT: a key is its bytes
  operator std::string_view() const { return {bytes_.data(), size_}; }  // NOLINT

  Key& Append(std::string_view bytes);
  Key& AppendNumber(std::uint64_t value, std::size_t size);  ///< its low bytes, at most 8
  Key& AppendUser(UserId id);
  Key& AppendNewestFirst(TweetId id);  ///< complemented, as the two below
  Key& AppendNewestFirst(Timestamp at);
  Key& AppendDescending(UserId id);

 private:
  std::array<char, kCapacity> bytes_;
  std::uint8_t size_ = 0;
};

/// The bytes of a user id that begin every key of that user's rows.
inline constexpr std::size_t kUserPrefixSize = kUserIdSize;
/// Those of a user and a tweet: the whole key of a tweet, and what begins those of its favorites.
inline constexpr std::size_t kTweetKeySize = kUserIdSize + kTweetIdSize;

// ---- Keys. Each decoder is the inverse of the encoder above it. ----

Key UserKey(UserId id);  ///< users, user_counters, sessions; and the prefix of a user's rows
UserId DecodeUserKey(std::string_view key);

/// The ASCII lower-case form under which a username is found.
std::string LowerUsername(std::string_view username);
Key UsernameKey(std::string_view username);  ///< usernames; lowers the name itself

Key TweetKey(UserId author, TweetId id);  ///< tweets, favorited_tweets; prefix of favorites_in
/// Where a walk over a user's rows of such a family, newest first, begins: behind `after`, else in
/// front.
Key SeekKeyAfter(UserId user, const std::optional<TweetId>& after);
struct TweetKeyParts {
  UserId author;
  TweetId id;
};
TweetKeyParts DecodeTweetKey(std::string_view key);

Key FollowOutKey(UserId follower, UserId followee);
UserId DecodeFollowOutFollowee(std::string_view key);

Key FollowInKey(UserId followee, EdgePosition follower);
EdgePosition DecodeFollowInFollower(std::string_view key);

Key FavoriteOutKey(UserId user, TweetId id);
TweetId DecodeFavoriteOutTweet(std::string_view key);

Key FavoriteInKey(UserId author, TweetId id, EdgePosition user);
struct FavoriteInParts {
  TweetId id;
  EdgePosition user;
};
FavoriteInParts DecodeFavoriteIn(std::string_view key);

/// The first key after every key that starts with `prefix`; empty when there is none.
std::string PrefixEnd(std::string_view prefix);

// ---- Values. ----

std::string EncodeUser(const User& user);
User DecodeUser(UserId id, std::string_view value);
/// Only the part of a living user that other objects show; nothing if the user is deleted.
std::optional<UserSummary> DecodeUserSummary(UserId id, std::string_view value);
bool IsDeletedUser(std::string_view value);
/// The same record without what no other shard needs: the password's hash and the description.
std::string RedactUser(std::string_view value);

std::string EncodeUserId(UserId id);  ///< value of usernames
UserId DecodeUserId(std::string_view value);

/// A tweet as it is posted: it has no favorites yet.
std::string EncodeNewTweet(std::string_view content);
/// One that was favorited before, by `favorites` users now.
std::string EncodeTweet(std::string_view content, std::uint64_t favorites);
/// Whether a value is of the first form. No tweet comes back to it.
bool IsNewTweet(std::string_view value);
/// Takes the value apart in place: the content is left. Gives the number of favorites.
std::uint64_t DecodeTweet(std::string* value);

std::string EncodeUserCounters(const UserCounters& counters);
UserCounters DecodeUserCounters(std::string_view value);

std::string EncodeTimestamp(Timestamp at);  ///< value of follows_out; the clock's ceiling
Timestamp DecodeTimestamp(std::string_view value);

struct FavoriteOut {
  UserId author;
  Timestamp at;
};
std::string EncodeFavoriteOut(const FavoriteOut& favorite);
FavoriteOut DecodeFavoriteOut(std::string_view value);

/// One session of a user, as stored.
struct SessionRow {
  TokenHash token_hash;
  Timestamp created_at;
  Timestamp expires_at;
};
std::string EncodeSessions(const std::vector<SessionRow>& sessions);
std::vector<SessionRow> DecodeSessions(std::string_view value);
/// The row of one token, without decoding the others.
std::optional<SessionRow> FindSessionRow(std::string_view value, const TokenHash& token_hash);

/// The answer kept for a replay.
struct StoredAnswer {
  Timestamp expires_at;
  std::string request_digest;  ///< 16 bytes
  std::string answer;          ///< bytes that only the api knows to read
};
Key IdempotencyKey(UserId user, std::string_view key_digest);  ///< 16 bytes of digest
std::string EncodeStoredAnswer(const StoredAnswer& answer);
StoredAnswer DecodeStoredAnswer(std::string_view value);

// ---- meta. ----

inline constexpr std::string_view kMetaFormat = "format";          // u32
inline constexpr std::string_view kMetaPartitions = "partitions";  // u32
inline constexpr std::string_view kMetaHash = "hash";              // text
inline constexpr std::string_view kMetaClock = "clock";            // time6
inline constexpr std::string_view kMetaSecret = "secret";          // 32 bytes
inline constexpr std::string_view kMetaSequencePrefix = "sequence/";
inline constexpr std::string_view kMetaPurgePrefix = "purge/";
inline constexpr std::string_view kMetaOwnershipPrefix = "partition/";
inline constexpr std::string_view kMetaSweepPrefix = "sweep/";  // + family name → last key swept

Key SequenceKey(std::uint32_t partition);  ///< → u32, the last one given to a user of it
std::uint32_t DecodeSequenceKey(std::string_view key);
std::string EncodeU32(std::uint32_t value);
std::uint32_t DecodeU32(std::string_view value);

/// What this node is to a partition.
enum class PartitionState : std::uint8_t {
  kAway = 0,   ///< another node's, or nobody's
  kOwned = 1,  ///< it alone changes the partition's rows
};
struct PartitionOwnership {
  PartitionState state = PartitionState::kAway;
  std::uint32_t epoch = 0;  ///< rises whenever the partition changes hands
  friend bool operator==(const PartitionOwnership&, const PartitionOwnership&) = default;
};
Key OwnershipKey(std::uint32_t partition);
std::uint32_t DecodeOwnershipKey(std::string_view key);
std::string EncodeOwnership(const PartitionOwnership& ownership);
PartitionOwnership DecodeOwnership(std::string_view value);

/// A deletion whose traces are still being removed.
struct PurgeTarget {
  UserId user;                   ///< the deleted user, or the author of the deleted tweet
  std::optional<TweetId> tweet;  ///< absent: the whole user
};
Key PurgeKey(const PurgeTarget& target);
PurgeTarget DecodePurgeKey(std::string_view key);
/// How far a purge has come: everything before `cursor` in the family of `phase` is gone.
struct PurgeProgress {
  std::uint8_t phase = 0;
  std::string cursor;  ///< the last key handled; empty at the start of a phase
};
std::string EncodePurgeProgress(const PurgeProgress& progress);
PurgeProgress DecodePurgeProgress(std::string_view value);

/// Whether a row has the shape that the decoders rely on: they abort on any other. For a verifier,
/// which names such a row, and for bytes that come from elsewhere. A row of meta is not well-formed
/// unless its key is one of the above.
bool IsWellFormedKey(Family family, std::string_view key);
bool IsWellFormed(Family family, std::string_view key, std::string_view value);

}  // namespace warble::storage
