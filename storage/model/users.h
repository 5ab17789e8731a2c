// Users: registration, profiles, counters and deletion; look-ups by name, id and prefix.
//
// Queries take any PointReader (a view, or the transaction of a command). Unless it says otherwise
// a query sees the living only: a deleted user is absent.
#pragma once

#include "storage/base/result.h"
#include "storage/format/types.h"
#include "storage/read_view.h"
#include "storage/transaction.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {

/// The user who has or had that name (any case): it stays taken after a deletion.
std::optional<UserId> FindUserId(PointReader& reader, std::string_view username);
/// The user of that name (any case).
std::optional<User> FindUser(PointReader& reader, std::string_view username);
std::optional<User> LoadUser(PointReader& reader, UserId id);
/// Zeros for a user without a row.
UserCounters LoadUserCounters(PointReader& reader, UserId id);
UserSummary Summarize(const User& user);
std::optional<UserSummary> LoadSummary(PointReader& reader, UserId id);

/// A summary that the items of a page share.
using SharedSummary = std::shared_ptr<const UserSummary>;

/// The summaries that one query needs, each read once.
class SummaryCache {
 public:
  explicit SummaryCache(PointReader& reader) : reader_(reader) { known_.reserve(kExpected); }
  /// Null for a deleted user. Valid until the next call.
  const SharedSummary& Find(UserId id);

 private:
  static constexpr std::size_t kExpected = 20;
  struct Known {
    UserId id;
    SharedSummary summary;
  };
  PointReader& reader_;
  std::string row_;           // of the user looked for last
  std::vector<Known> known_;  // a page names too few for a map to be quicker
};

/// Registers `user`, all of whose texts and hash are given; the id and both times are filled in.
/// Refuses with kUsernameTaken or kPartitionFull.
Result<User> CreateUser(Transaction& transaction, std::uint32_t partition, User user);
/// Stores changed texts or password of a living user and moves updated_at.
void UpdateUser(Transaction& transaction, User& user);
/// Takes a living user out of every answer, ends all sessions and leaves the rest to the purge.
void DeleteUser(Transaction& transaction, User user);

/// How many names a search looks at: those of the deleted stay taken, and may be any number.
inline constexpr std::uint32_t kMostNamesSearched = 1000;

struct FoundUsers {
  std::vector<UserSummary> users;
  bool complete = true;  ///< false: after kMostNamesSearched names the others were not looked at
};
/// Living users whose name starts with `prefix` (any case), by lower-case name, at most `limit`.
FoundUsers FindUsersByPrefix(ReadView& view, std::string_view prefix, std::uint32_t limit);

/// Adds `change` to one counter of a user; it must not fall below zero.
void ChangeUserCounter(Transaction& transaction, UserId id, std::uint64_t UserCounters::*counter,
                       int change);
/// Counts a tweet that `author` posts.
void CountTweet(Transaction& transaction, UserId author, TweetId id);

}  // namespace warble::storage
