// Which shapes of rows the decoders of keys.cc take.
#include "storage/format/encoding.h"
#include "storage/format/keys.h"

namespace warble::storage {
namespace {

// Ids of tweets have 63 bits, so the first bit of the complement is set.
bool BeginsWithTweet(std::string_view key) {
  return key.size() >= kTweetKeySize &&
         (static_cast<unsigned char>(key[kUserPrefixSize]) >> 7) == 1;
}

bool IsTweetKey(std::string_view key) {
  return key.size() == kTweetKeySize && BeginsWithTweet(key);
}

bool IsPartition(std::string_view bytes) {
  return bytes.size() == kPartitionSize && LoadBig<kPartitionSize>(bytes) < kPartitionCount;
}

// Takes a text off the front of a value if a whole one is there.
bool SkipText(std::string_view& rest) {
  if (rest.size() < kTextLengthSize) return false;
  const std::size_t length = LoadBig<kTextLengthSize>(rest);
  rest.remove_prefix(kTextLengthSize);
  if (rest.size() < length) return false;
  rest.remove_prefix(length);
  return true;
}

bool IsUserRecord(std::string_view value) {
  constexpr std::size_t kFixedSize = 2 + 2 * kTimeSize;
  constexpr int kTexts = 5;
  if (value.size() < kFixedSize || static_cast<std::uint8_t>(value[0]) != kUserVersion ||
      static_cast<std::uint8_t>(value[1]) > kUserDeleted) {
    return false;
  }
  value.remove_prefix(kFixedSize);
  for (int text = 0; text < kTexts; ++text) {
    if (!SkipText(value)) return false;
  }
  return value.empty();
}

bool IsMetaKey(std::string_view key) {
  if (key.starts_with(kMetaSequencePrefix)) {
    return IsPartition(key.substr(kMetaSequencePrefix.size()));
  }
  if (key.starts_with(kMetaOwnershipPrefix)) {
    return IsPartition(key.substr(kMetaOwnershipPrefix.size()));
  }
  if (key.starts_with(kMetaPurgePrefix)) {
    const std::string_view target = key.substr(kMetaPurgePrefix.size());
    return target.size() == kUserIdSize || IsTweetKey(target);
  }
  if (key.starts_with(kMetaSweepPrefix)) {
    const std::string_view family = key.substr(kMetaSweepPrefix.size());
    return family == FamilyName(Family::kSessions) || family == FamilyName(Family::kIdempotency);
  }
  return key == kMetaFormat || key == kMetaPartitions || key == kMetaHash || key == kMetaClock ||
         key == kMetaSecret;
}

// Of a key that is one.
bool IsMetaValue(std::string_view key, std::string_view value) {
  if (key == kMetaHash || key.starts_with(kMetaSweepPrefix)) return true;
  if (key == kMetaClock) return value.size() == kTimeSize;
  if (key == kMetaSecret) return value.size() == kSecretSize;
  if (key.starts_with(kMetaPurgePrefix)) return !value.empty();
  if (key.starts_with(kMetaOwnershipPrefix)) return IsOwnership(value);
  return value.size() == kNumberSize;  // format, partitions, sequences
}

bool IsValue(Family family, std::string_view key, std::string_view value) {
  switch (family) {
    case Family::kUsers:
      return IsUserRecord(value);
    case Family::kUsernames:
      return value.size() == kUserIdSize;
    case Family::kTweets:
      return IsNewTweet(value) || IsCountedTweet(value);
    case Family::kUserCounters:
      return value.size() == kUserCountersSize;
    case Family::kFollowsOut:
      return value.size() == kTimeSize;
    case Family::kFavoritesOut:
      return value.size() == kFavoriteOutSize;
    case Family::kFavoritedTweets:
    case Family::kFollowsIn:
    case Family::kFavoritesIn:
      return value.empty();
    case Family::kSessions:
      return !value.empty() && value.size() % kSessionRowSize == 0;
    case Family::kIdempotency:
      return value.size() >= kTimeSize + kDigestSize;
    case Family::kMeta:
      return IsMetaValue(key, value);
  }
  return false;
}

}  // namespace

bool IsWellFormedKey(Family family, std::string_view key) {
  switch (family) {
    case Family::kUsers:
    case Family::kUserCounters:
    case Family::kSessions:
      return key.size() == kUserIdSize;
    case Family::kUsernames:
      return !key.empty() && key.size() <= Key::kCapacity;
    case Family::kTweets:
    case Family::kFavoritedTweets:
    case Family::kFavoritesOut:
      return IsTweetKey(key);
    case Family::kFollowsOut:
      return key.size() == kFollowOutKeySize;
    case Family::kFollowsIn:
      return key.size() == kFollowInKeySize;
    case Family::kFavoritesIn:
      return key.size() == kFavoriteInKeySize && BeginsWithTweet(key);
    case Family::kIdempotency:
      return key.size() == kUserIdSize + kDigestSize;
    case Family::kMeta:
      return IsMetaKey(key);
  }
  return false;
}

bool IsWellFormed(Family family, std::string_view key, std::string_view value) {
  return IsWellFormedKey(family, key) && IsValue(family, key, value);
}

}  // namespace warble::storage
