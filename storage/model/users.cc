#include "storage/model/users.h"

#include "storage/model/sessions.h"
#include "storage/pending_purges.h"

#include <algorithm>

namespace warble::storage {

std::optional<UserId> FindUserId(PointReader& reader, std::string_view username) {
  if (username.size() > Key::kCapacity) return std::nullopt;
  std::string value;
  if (!reader.Get(Family::kUsernames, UsernameKey(username), &value)) return std::nullopt;
  return DecodeUserId(value);
}

std::optional<User> FindUser(PointReader& reader, std::string_view username) {
  const std::optional<UserId> id = FindUserId(reader, username);
  return id ? LoadUser(reader, *id) : std::nullopt;
}

std::optional<User> LoadUser(PointReader& reader, UserId id) {
  std::string value;
  if (!reader.Get(Family::kUsers, UserKey(id), &value)) return std::nullopt;
  User user = DecodeUser(id, value);
  if (user.deleted) return std::nullopt;
  return user;
}

UserCounters LoadUserCounters(PointReader& reader, UserId id) {
  std::string value;
  if (!reader.Get(Family::kUserCounters, UserKey(id), &value)) return {};
  return DecodeUserCounters(value);
}

UserSummary Summarize(const User& user) {
  return {user.id, user.username, user.first_name, user.last_name};
}

std::optional<UserSummary> LoadSummary(PointReader& reader, UserId id) {
  std::string value;
  if (!reader.Get(Family::kUsers, UserKey(id), &value)) return std::nullopt;
  return DecodeUserSummary(id, value);
}

const SharedSummary& SummaryCache::Find(UserId id) {
  for (const Known& known : known_) {
    if (known.id == id) return known.summary;
  }
  Known& known = known_.emplace_back();
  known.id = id;
  if (reader_.Get(Family::kUsers, UserKey(id), &row_)) {
    std::optional<UserSummary> summary = DecodeUserSummary(id, row_);
    if (summary) known.summary = std::make_shared<UserSummary>(std::move(*summary));
  }
  return known.summary;
}

Result<User> CreateUser(Transaction& transaction, std::uint32_t partition, User user) {
  if (FindUserId(transaction, user.username)) return Refusal::kUsernameTaken;
  const Key sequence_key = SequenceKey(partition);
  std::string value;
  std::uint32_t sequence = 0;
  if (transaction.Get(Family::kMeta, sequence_key, &value)) sequence = DecodeU32(value);
  // The last sequence stays unused, so that every user's rows have a key behind them.
  if (++sequence >= (1U << UserId::kSequenceBits) - 1) return Refusal::kPartitionFull;

  user.id = UserId::Make(partition, sequence);
  user.created_at = transaction.Now();
  user.updated_at = user.created_at;
  transaction.Put(Family::kMeta, sequence_key, EncodeU32(sequence));
  transaction.Put(Family::kUsers, UserKey(user.id), EncodeUser(user));
  transaction.Put(Family::kUsernames, UsernameKey(user.username), EncodeUserId(user.id));
  return user;
}

void UpdateUser(Transaction& transaction, User& user) {
  user.updated_at = transaction.Now();
  transaction.Put(Family::kUsers, UserKey(user.id), EncodeUser(user));
}

void DeleteUser(Transaction& transaction, User user) {
  user.deleted = true;
  user.first_name.clear();
  user.last_name.clear();
  user.description.clear();
  user.password_hash.clear();
  UpdateUser(transaction, user);
  RemoveAllSessions(transaction, user.id);
  SchedulePurge(transaction, {user.id, std::nullopt});
}

FoundUsers FindUsersByPrefix(ReadView& view, std::string_view prefix, std::uint32_t limit) {
  FoundUsers found;
  if (prefix.size() > Key::kCapacity) return found;
  Scan scan = view.ScanPrefix(Family::kUsernames, UsernameKey(prefix));
  for (std::uint32_t names = 0; scan.Valid() && found.users.size() < limit; scan.Next(), ++names) {
    found.complete = names < kMostNamesSearched;
    if (!found.complete) break;
    std::optional<UserSummary> user = LoadSummary(view, DecodeUserId(scan.value()));
    if (user) found.users.push_back(std::move(*user));
  }
  return found;
}

namespace {
template <class Change>
void ChangeUserCounters(Transaction& transaction, UserId id, Change change) {
  UserCounters counters = LoadUserCounters(transaction, id);
  change(counters);
  transaction.Put(Family::kUserCounters, UserKey(id), EncodeUserCounters(counters));
}
}  // namespace

void ChangeUserCounter(Transaction& transaction, UserId id, std::uint64_t UserCounters::*counter,
                       int change) {
  ChangeUserCounters(transaction, id, [&](UserCounters& counters) {
    transaction.Check(change >= 0 || counters.*counter >= static_cast<std::uint64_t>(-change),
                      "a counter never falls below zero");
    counters.*counter += static_cast<std::uint64_t>(static_cast<std::int64_t>(change));
  });
}

void CountTweet(Transaction& transaction, UserId author, TweetId id) {
  ChangeUserCounters(transaction, author, [&](UserCounters& counters) {
    ++counters.tweets;
    counters.last_tweet = std::max(counters.last_tweet, id);
  });
}

}  // namespace warble::storage
