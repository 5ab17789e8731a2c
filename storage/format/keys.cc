#include "storage/format/keys.h"

#include "storage/format/encoding.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace warble::storage {

std::string_view FamilyName(Family family) {
  static constexpr std::array<std::string_view, kFamilyCount> kNames = {
      "users",         "usernames",   "tweets",      "favorited_tweets",
      "user_counters", "follows_out", "follows_in",  "favorites_out",
      "favorites_in",  "sessions",    "idempotency", "meta",
  };
  return kNames[static_cast<std::size_t>(family)];
}

Key& Key::Append(std::string_view bytes) {
  WARBLE_CHECK(size_ + bytes.size() <= kCapacity);
  if (!bytes.empty()) std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ = static_cast<std::uint8_t>(size_ + bytes.size());
  return *this;
}

Key& Key::AppendNumber(std::uint64_t value, std::size_t size) {
  WARBLE_CHECK(size_ + size <= kCapacity);
  const std::uint64_t bytes = boost::endian::native_to_big(value << (8 * (sizeof value - size)));
  // Whole where there is room: a processor waits for bytes that were just stored piece by piece
  // and are read at once, as a hash reads them.
  const bool whole = size_ + sizeof bytes <= kCapacity;
  std::memcpy(bytes_.data() + size_, &bytes, whole ? sizeof bytes : size);
  size_ = static_cast<std::uint8_t>(size_ + size);
  return *this;
}

Key& Key::AppendUser(UserId id) { return AppendNumber(id.value, kUserIdSize); }
Key& Key::AppendNewestFirst(TweetId id) { return AppendNumber(~id.value, kTweetIdSize); }
Key& Key::AppendNewestFirst(Timestamp at) { return AppendNumber(~at.ms, kTimeSize); }
Key& Key::AppendDescending(UserId id) { return AppendNumber(~id.value, kUserIdSize); }

Key UserKey(UserId id) { return Key().AppendUser(id); }

UserId DecodeUserKey(std::string_view key) { return {LoadBig<kUserIdSize>(key)}; }

std::string LowerUsername(std::string_view username) {
  std::string lower(username);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Key UsernameKey(std::string_view username) { return Key(LowerUsername(username)); }

Key TweetKey(UserId author, TweetId id) { return Key().AppendUser(author).AppendNewestFirst(id); }

TweetKeyParts DecodeTweetKey(std::string_view key) {
  WARBLE_CHECK(key.size() >= kTweetKeySize);
  return {{LoadBig<kUserIdSize>(key)}, {~LoadBig<kTweetIdSize>(key.substr(kUserIdSize))}};
}

Key SeekKeyAfter(UserId user, const std::optional<TweetId>& after) {
  if (!after) return UserKey(user);
  // Newest first: the key of the next smaller id is the least one behind. No tweet has id 0.
  return TweetKey(user, {after->value == 0 ? 0 : after->value - 1});
}

Key FollowOutKey(UserId follower, UserId followee) {
  return Key().AppendUser(follower).AppendUser(followee);
}

UserId DecodeFollowOutFollowee(std::string_view key) {
  WARBLE_CHECK(key.size() == kFollowOutKeySize);
  return {LoadBig<kUserIdSize>(key.substr(kUserIdSize))};
}

Key FollowInKey(UserId followee, EdgePosition follower) {
  return Key().AppendUser(followee).AppendNewestFirst(follower.at).AppendDescending(follower.user);
}

EdgePosition DecodeFollowInFollower(std::string_view key) {
  WARBLE_CHECK(key.size() == kFollowInKeySize);
  return {{~LoadBig<kTimeSize>(key.substr(kUserIdSize)) & Mask(kTimeSize)},
          {~LoadBig<kUserIdSize>(key.substr(kUserIdSize + kTimeSize)) & Mask(kUserIdSize)}};
}

Key FavoriteOutKey(UserId user, TweetId id) { return Key().AppendUser(user).AppendNewestFirst(id); }

TweetId DecodeFavoriteOutTweet(std::string_view key) {
  WARBLE_CHECK(key.size() == kTweetKeySize);
  return {~LoadBig<kTweetIdSize>(key.substr(kUserIdSize))};
}

Key FavoriteInKey(UserId author, TweetId id, EdgePosition user) {
  return TweetKey(author, id).AppendNewestFirst(user.at).AppendDescending(user.user);
}

FavoriteInParts DecodeFavoriteIn(std::string_view key) {
  WARBLE_CHECK(key.size() == kFavoriteInKeySize);
  return {{~LoadBig<kTweetIdSize>(key.substr(kUserIdSize))},
          {{~LoadBig<kTimeSize>(key.substr(kTweetKeySize)) & Mask(kTimeSize)},
           {~LoadBig<kUserIdSize>(key.substr(kTweetKeySize + kTimeSize)) & Mask(kUserIdSize)}}};
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string EncodeUser(const User& user) {
  std::string out;
  out.reserve(200);
  out.push_back(static_cast<char>(kUserVersion));
  out.push_back(static_cast<char>(user.deleted ? kUserDeleted : 0));
  AppendBig<kTimeSize>(out, user.created_at.ms);
  AppendBig<kTimeSize>(out, user.updated_at.ms);
  for (const std::string* text : {&user.username, &user.first_name, &user.last_name,
                                  &user.description, &user.password_hash}) {
    AppendText(out, *text);
  }
  return out;
}

User DecodeUser(UserId id, std::string_view value) {
  Decoder decoder(value);
  WARBLE_CHECK(decoder.Number<1>() == kUserVersion);
  User user;
  user.id = id;
  user.deleted = (decoder.Number<1>() & kUserDeleted) != 0;
  user.created_at.ms = decoder.Number<kTimeSize>();
  user.updated_at.ms = decoder.Number<kTimeSize>();
  for (std::string* text : {&user.username, &user.first_name, &user.last_name, &user.description,
                            &user.password_hash}) {
    *text = decoder.Text();
  }
  decoder.ExpectEnd();
  return user;
}

std::optional<UserSummary> DecodeUserSummary(UserId id, std::string_view value) {
  Decoder decoder(value);
  WARBLE_CHECK(decoder.Number<1>() == kUserVersion);
  if ((decoder.Number<1>() & kUserDeleted) != 0) return std::nullopt;
  decoder.Bytes(2 * kTimeSize);  // created_at, updated_at
  UserSummary summary;
  summary.id = id;
  for (std::string* text : {&summary.username, &summary.first_name, &summary.last_name}) {
    *text = decoder.Text();
  }
  return summary;
}

bool IsDeletedUser(std::string_view value) {
  Decoder decoder(value);
  WARBLE_CHECK(decoder.Number<1>() == kUserVersion);
  return (decoder.Number<1>() & kUserDeleted) != 0;
}

std::string RedactUser(std::string_view value) {
  User user = DecodeUser({}, value);
  user.description.clear();
  user.password_hash.clear();
  return EncodeUser(user);
}

std::string EncodeUserId(UserId id) {
  std::string out;
  AppendBig<kUserIdSize>(out, id.value);
  return out;
}

UserId DecodeUserId(std::string_view value) {
  WARBLE_CHECK(value.size() == kUserIdSize);
  return {LoadBig<kUserIdSize>(value)};
}

std::string EncodeNewTweet(std::string_view content) {
  std::string out(1, kNewTweet);
  out.append(content);
  return out;
}

std::string EncodeTweet(std::string_view content, std::uint64_t favorites) {
  WARBLE_CHECK(favorites <= Mask(kTweetCountSize));
  std::string out(1, kCountedTweet);
  AppendBig<kTweetCountSize>(out, favorites);
  out.append(content);
  return out;
}

bool IsNewTweet(std::string_view value) { return !value.empty() && value[0] == kNewTweet; }

std::uint64_t DecodeTweet(std::string* value) {
  const std::string_view bytes(*value);
  const bool is_new = IsNewTweet(bytes);
  WARBLE_CHECK(is_new || IsCountedTweet(bytes));
  const std::uint64_t favorites = is_new ? 0 : LoadBig<kTweetCountSize>(bytes.substr(1));
  value->erase(0, is_new ? 1 : 1 + kTweetCountSize);
  return favorites;
}

std::string EncodeUserCounters(const UserCounters& counters) {
  std::string out;
  out.reserve(kUserCountersSize);
  for (const std::uint64_t number : {counters.tweets, counters.followers, counters.followees,
                                     counters.favorites, counters.last_tweet.value}) {
    AppendBig<kCountSize>(out, number);
  }
  return out;
}

UserCounters DecodeUserCounters(std::string_view value) {
  Decoder decoder(value);
  UserCounters counters;
  counters.tweets = decoder.Number<kCountSize>();
  counters.followers = decoder.Number<kCountSize>();
  counters.followees = decoder.Number<kCountSize>();
  counters.favorites = decoder.Number<kCountSize>();
  counters.last_tweet.value = decoder.Number<kTweetIdSize>();
  decoder.ExpectEnd();
  return counters;
}

std::string EncodeTimestamp(Timestamp at) {
  std::string out;
  AppendBig<kTimeSize>(out, at.ms);
  return out;
}

Timestamp DecodeTimestamp(std::string_view value) {
  WARBLE_CHECK(value.size() == kTimeSize);
  return {LoadBig<kTimeSize>(value)};
}

std::string EncodeFavoriteOut(const FavoriteOut& favorite) {
  std::string out;
  AppendBig<kUserIdSize>(out, favorite.author.value);
  AppendBig<kTimeSize>(out, favorite.at.ms);
  return out;
}

FavoriteOut DecodeFavoriteOut(std::string_view value) {
  WARBLE_CHECK(value.size() == kFavoriteOutSize);
  return {{LoadBig<kUserIdSize>(value)}, {LoadBig<kTimeSize>(value.substr(kUserIdSize))}};
}

std::string EncodeSessions(const std::vector<SessionRow>& sessions) {
  std::string out;
  for (const SessionRow& session : sessions) {
    out.append(session.token_hash.data(), session.token_hash.size());
    AppendBig<kTimeSize>(out, session.created_at.ms);
    AppendBig<kTimeSize>(out, session.expires_at.ms);
  }
  return out;
}

namespace {
SessionRow DecodeSessionRow(std::string_view row) {
  Decoder decoder(row);
  SessionRow session;
  decoder.Bytes(session.token_hash.size())
      .copy(session.token_hash.data(), session.token_hash.size());
  session.created_at.ms = decoder.Number<kTimeSize>();
  session.expires_at.ms = decoder.Number<kTimeSize>();
  return session;
}
}  // namespace

std::vector<SessionRow> DecodeSessions(std::string_view value) {
  WARBLE_CHECK(value.size() % kSessionRowSize == 0);
  std::vector<SessionRow> sessions;
  for (; !value.empty(); value.remove_prefix(kSessionRowSize)) {
    sessions.push_back(DecodeSessionRow(value));
  }
  return sessions;
}

std::optional<SessionRow> FindSessionRow(std::string_view value, const TokenHash& token_hash) {
  WARBLE_CHECK(value.size() % kSessionRowSize == 0);
  const std::string_view wanted(token_hash.data(), token_hash.size());
  for (; !value.empty(); value.remove_prefix(kSessionRowSize)) {
    if (value.starts_with(wanted)) return DecodeSessionRow(value);
  }
  return std::nullopt;
}

Key IdempotencyKey(UserId user, std::string_view key_digest) {
  WARBLE_CHECK(key_digest.size() == kDigestSize);
  return UserKey(user).Append(key_digest);
}

std::string EncodeStoredAnswer(const StoredAnswer& answer) {
  WARBLE_CHECK(answer.request_digest.size() == kDigestSize);
  std::string out;
  AppendBig<6>(out, answer.expires_at.ms);
  out.append(answer.request_digest);
  out.append(answer.answer);
  return out;
}

StoredAnswer DecodeStoredAnswer(std::string_view value) {
  Decoder decoder(value);
  StoredAnswer answer;
  answer.expires_at.ms = decoder.Number<6>();
  answer.request_digest = decoder.Bytes(kDigestSize);
  answer.answer = decoder.Rest();
  return answer;
}

namespace {
Key PartitionKey(std::string_view prefix, std::uint32_t partition) {
  return Key(prefix).AppendNumber(partition, kPartitionSize);
}

std::uint32_t DecodePartitionKey(std::string_view prefix, std::string_view key) {
  WARBLE_CHECK(key.size() == prefix.size() + kPartitionSize);
  return static_cast<std::uint32_t>(LoadBig<kPartitionSize>(key.substr(prefix.size())));
}
}  // namespace

Key SequenceKey(std::uint32_t partition) { return PartitionKey(kMetaSequencePrefix, partition); }

std::uint32_t DecodeSequenceKey(std::string_view key) {
  return DecodePartitionKey(kMetaSequencePrefix, key);
}

Key OwnershipKey(std::uint32_t partition) { return PartitionKey(kMetaOwnershipPrefix, partition); }

std::uint32_t DecodeOwnershipKey(std::string_view key) {
  return DecodePartitionKey(kMetaOwnershipPrefix, key);
}

std::string EncodeOwnership(const PartitionOwnership& ownership) {
  std::string out(1, static_cast<char>(ownership.state));
  AppendBig<kNumberSize>(out, ownership.epoch);
  return out;
}

PartitionOwnership DecodeOwnership(std::string_view value) {
  WARBLE_CHECK(IsOwnership(value));
  return {static_cast<PartitionState>(value[0]),
          static_cast<std::uint32_t>(LoadBig<kNumberSize>(value.substr(1)))};
}

std::string EncodeU32(std::uint32_t value) {
  std::string out;
  AppendBig<kNumberSize>(out, value);
  return out;
}

std::uint32_t DecodeU32(std::string_view value) {
  WARBLE_CHECK(value.size() == kNumberSize);
  return static_cast<std::uint32_t>(LoadBig<kNumberSize>(value));
}

Key PurgeKey(const PurgeTarget& target) {
  Key key(kMetaPurgePrefix);
  key.AppendUser(target.user);
  if (target.tweet) key.AppendNewestFirst(*target.tweet);
  return key;
}

PurgeTarget DecodePurgeKey(std::string_view key) {
  WARBLE_CHECK(key.starts_with(kMetaPurgePrefix));
  key.remove_prefix(kMetaPurgePrefix.size());
  if (key.size() == kUserPrefixSize) return {DecodeUserKey(key), std::nullopt};
  const TweetKeyParts parts = DecodeTweetKey(key);
  return {parts.author, parts.id};
}

std::string EncodePurgeProgress(const PurgeProgress& progress) {
  std::string out(1, static_cast<char>(progress.phase));
  out.append(progress.cursor);
  return out;
}

PurgeProgress DecodePurgeProgress(std::string_view value) {
  WARBLE_CHECK(!value.empty());
  return {static_cast<std::uint8_t>(value[0]), std::string(value.substr(1))};
}

}  // namespace warble::storage
