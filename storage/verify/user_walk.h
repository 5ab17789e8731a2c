// The pass over all families that begin with a user: every user's rows against the user's record
// and counters, every tweet's favorites against the tweet and its counter.
#pragma once

#include "storage/format/types.h"
#include "storage/verify/relation.h"
#include "storage/verify/verify_rows.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace warble::storage {

/// The facts that must agree although they lie in different orders; the left side is the family
/// named first.
struct Relations {
  Relation follows;    ///< follows_out, follows_in
  Relation favorites;  ///< favorites_out, favorites_in
  Relation names;      ///< users, usernames
};

// The facts of the relations. Each function writes what the row states, in the form of the left
// family: the other side's rows are turned into the row that must lie there.
void FollowOutFact(std::string_view key, std::string_view value, std::string* fact);
void FollowInFact(std::string_view key, std::string_view value, std::string* fact);
void FavoriteOutFact(std::string_view key, std::string_view value, std::string* fact);
void FavoriteInFact(std::string_view key, std::string_view value, std::string* fact);
void UserFact(std::string_view key, std::string_view value, std::string* fact);
void UsernameFact(std::string_view key, std::string_view value, std::string* fact);

class UserWalk {
 public:
  /// Nothing may be as late as `ceiling`.
  UserWalk(ReadView& view, Recorder& recorder, Timestamp ceiling, Relations& relations);

  /// Walks to the end, or to a read that fails (see the view's status).
  void Run();

  /// The greatest sequence in use, by partition; 0 where there is no user.
  const std::array<std::uint32_t, kPartitionCount>& sequences() const { return sequences_; }

 private:
  struct Subject {
    UserId id;
    std::optional<User> record;
    bool purge_pending = false;
    std::string ToString() const;
  };

  std::optional<UserId> NextUser() const;
  void CheckUser(UserId id);
  void CheckRecord(const Subject& subject);
  void CheckCounters(const Subject& subject, const UserCounters& counted);
  void CheckSessions(const Subject& subject);
  void CheckTime(const Subject& subject, Timestamp at, std::string_view of_what);
  std::uint64_t TakeFollowsOut(const Subject& subject);
  std::uint64_t TakeFollowsIn(const Subject& subject);
  std::uint64_t TakeFavoritesOut(const Subject& subject);
  void TakeTweets(const Subject& subject,
                  UserCounters& counted);                          // and what hangs on them
  bool TakeTweet(const Subject& subject, const std::string& key);  // whether the tweet is there
  void NoteTweetId(UserId author, TweetId id);
  void FinishPartition();

  Recorder& recorder_;
  const Timestamp ceiling_;
  Relations& relations_;
  std::string fact_;

  Rows users_, counters_, tweets_, favorited_tweets_, follows_out_, follows_in_, favorites_out_,
      favorites_in_, sessions_, answers_, purges_;

  std::array<std::uint32_t, kPartitionCount> sequences_{};
  std::uint32_t partition_ = 0;           // of the ids collected
  std::vector<std::uint64_t> tweet_ids_;  // of that partition
  bool tweet_ids_left_out_ = false;       // there were too many
};

}  // namespace warble::storage
