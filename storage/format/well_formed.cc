// Which shapes of rows the decoders of keys.cc take.
#include "storage/format/encoding.h"
#include "storage/format/keys.h"

namespace warble::storage {
namespace {

// Ids of tweets have 63 bits, so the first bit of the complement is set.
bool IsTweetKey(std::string_view key) {
  return key.size() >= kTweetKeySize &&
         (static_cast<unsigned char>(key[kUserPrefixSize]) >> 7) == 1;
}

// Takes a text off the front of a value if a whole one is there.
bool SkipText(std::string_view& rest) {
  if (rest.size() < 2 || rest.size() - 2 < LoadBig<2>(rest)) return false;
  rest.remove_prefix(2 + LoadBig<2>(rest));
  return true;
}

bool IsUserRecord(std::string_view value) {
  constexpr std::size_t kFixedSize = 2 + 6 + 6;
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

bool IsMetaRow(std::string_view key, std::string_view value) {
  if (key == kMetaFormat || key == kMetaPartitions) return value.size() == 4;
  if (key == kMetaHash) return true;
  if (key == kMetaClock) return value.size() == 6;
  if (key == kMetaSecret) return value.size() == 32;
  if (key.starts_with(kSequencePrefix)) {
    return key.size() == kSequencePrefix.size() + 2 && value.size() == 4;
  }
  if (key.starts_with(kMetaPurgePrefix)) {
    const std::string_view target = key.substr(kMetaPurgePrefix.size());
    const bool is_tweet = target.size() == kTweetKeySize && IsTweetKey(target);
    return !value.empty() && (target.size() == kUserPrefixSize || is_tweet);
  }
  if (key.starts_with(kMetaSweepPrefix)) {
    const std::string_view family = key.substr(kMetaSweepPrefix.size());
    return family == FamilyName(Family::kSessions) || family == FamilyName(Family::kIdempotency);
  }
  return false;
}

}  // namespace

bool IsWellFormed(Family family, std::string_view key, std::string_view value) {
  switch (family) {
    case Family::kUsers:
      return key.size() == kUserPrefixSize && IsUserRecord(value);
    case Family::kUsernames:
      return !key.empty() && key.size() <= Key::kCapacity && value.size() == 5;
    case Family::kTweets:
      return key.size() == kTweetKeySize && IsTweetKey(key) &&
             (IsNewTweet(value) || IsCountedTweet(value));
    case Family::kFavoritedTweets:
      return key.size() == kTweetKeySize && IsTweetKey(key) && value.empty();
    case Family::kUserCounters:
      return key.size() == kUserPrefixSize && value.size() == kUserCountersSize;
    case Family::kFollowsOut:
      return key.size() == 10 && value.size() == 6;
    case Family::kFollowsIn:
      return key.size() == 16 && value.empty();
    case Family::kFavoritesOut:
      return key.size() == kTweetKeySize && IsTweetKey(key) && value.size() == 11;
    case Family::kFavoritesIn:
      return key.size() == 24 && IsTweetKey(key) && value.empty();
    case Family::kSessions:
      return key.size() == kUserPrefixSize && !value.empty() && value.size() % kSessionRowSize == 0;
    case Family::kIdempotency:
      return key.size() == kUserPrefixSize + kDigestSize && value.size() >= kTimeSize + kDigestSize;
    case Family::kMeta:
      return IsMetaRow(key, value);
  }
  return false;
}

}  // namespace warble::storage
