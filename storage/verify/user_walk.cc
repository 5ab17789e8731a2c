#include "storage/verify/user_walk.h"

#include "storage/format/partition.h"
#include "storage/model/follows.h"
#include "storage/model/sessions.h"

#include <algorithm>

namespace warble::storage {

namespace {

UserId OwnerOf(const Rows& rows) {
  if (rows.family() == Family::kMeta) return DecodePurgeKey(rows.key()).user;
  return DecodeUserKey(rows.key());
}

bool At(const Rows& rows, UserId id) { return rows.Valid() && OwnerOf(rows) == id; }

// The bytes that name the tweet a row hangs on; they sort as the rows do.
std::string_view TweetPartOf(const Rows& rows) {
  std::string_view key = rows.key();
  if (rows.family() == Family::kMeta) key.remove_prefix(kMetaPurgePrefix.size());
  return key.substr(0, kTweetKeySize);
}

bool AtTweet(const Rows& rows, std::string_view key) {
  return rows.Valid() && TweetPartOf(rows) == key;
}

}  // namespace

void FollowOutFact(std::string_view key, std::string_view value, std::string* fact) {
  fact->assign(key).append(value);
}

void FollowInFact(std::string_view key, std::string_view, std::string* fact) {
  const EdgePosition follower = DecodeFollowInFollower(key);
  fact->assign(FollowOutKey(follower.user, DecodeUserKey(key)));
  fact->append(EncodeTimestamp(follower.at));
}

void FavoriteOutFact(std::string_view key, std::string_view value, std::string* fact) {
  fact->assign(key).append(value);
}

void FavoriteInFact(std::string_view key, std::string_view, std::string* fact) {
  const FavoriteInParts parts = DecodeFavoriteIn(key);
  fact->assign(FavoriteOutKey(parts.user.user, parts.id));
  fact->append(EncodeFavoriteOut({DecodeUserKey(key), parts.user.at}));
}

void UserFact(std::string_view key, std::string_view value, std::string* fact) {
  const User user = DecodeUser(DecodeUserKey(key), value);
  fact->assign(key).append(LowerUsername(user.username));
}

void UsernameFact(std::string_view key, std::string_view value, std::string* fact) {
  fact->assign(value).append(key);
}

UserWalk::UserWalk(ReadView& view, Recorder& recorder, Timestamp ceiling, Relations& relations)
    : recorder_(recorder),
      ceiling_(ceiling),
      relations_(relations),
      users_(view, recorder, Family::kUsers),
      counters_(view, recorder, Family::kUserCounters),
      tweets_(view, recorder, Family::kTweets),
      favorited_tweets_(view, recorder, Family::kFavoritedTweets),
      follows_out_(view, recorder, Family::kFollowsOut),
      follows_in_(view, recorder, Family::kFollowsIn),
      favorites_out_(view, recorder, Family::kFavoritesOut),
      favorites_in_(view, recorder, Family::kFavoritesIn),
      sessions_(view, recorder, Family::kSessions),
      answers_(view, recorder, Family::kIdempotency),
      purges_(view, recorder, Family::kMeta, kMetaPurgePrefix) {}

std::string UserWalk::Subject::ToString() const {
  return record ? fmt::format("user {} ({})", id.value, record->username)
                : fmt::format("user {}", id.value);
}

void UserWalk::Run() {
  while (const std::optional<UserId> id = NextUser()) CheckUser(*id);
  FinishPartition();
}

std::optional<UserId> UserWalk::NextUser() const {
  std::optional<UserId> least;
  for (const Rows* rows :
       {&users_, &counters_, &tweets_, &favorited_tweets_, &follows_out_, &follows_in_,
        &favorites_out_, &favorites_in_, &sessions_, &answers_, &purges_}) {
    if (!rows->Valid()) continue;
    const UserId owner = OwnerOf(*rows);
    if (!least || owner < *least) least = owner;
  }
  return least;
}

void UserWalk::CheckUser(UserId id) {
  if (id.partition() != partition_) FinishPartition();
  partition_ = id.partition();

  Subject subject{id, std::nullopt, false};
  if (At(users_, id)) {
    subject.record = DecodeUser(id, users_.value());
    UserFact(users_.key(), users_.value(), &fact_);
    relations_.names.Add(Side::kLeft, fact_);
    users_.Next();
    CheckRecord(subject);
  }
  // The purge of a whole user sorts before those of the user's tweets.
  if (At(purges_, id) && !DecodePurgeKey(purges_.key()).tweet) {
    subject.purge_pending = true;
    recorder_.PendingPurge({id, std::nullopt});
    purges_.Next();
    if (!subject.record || !subject.record->deleted) {
      recorder_.Fault("{}: a purge is pending, but the user is not deleted", subject.ToString());
    }
  }

  UserCounters counted;
  counted.followees = TakeFollowsOut(subject);
  counted.followers = TakeFollowsIn(subject);
  counted.favorites = TakeFavoritesOut(subject);
  TakeTweets(subject, counted);
  std::uint64_t answers = 0;
  for (; At(answers_, id); answers_.Next()) ++answers;
  CheckSessions(subject);
  CheckCounters(subject, counted);

  const bool leaves_rows = counted != UserCounters{} || answers > 0;
  if (leaves_rows && !subject.record) {
    recorder_.Fault(
        "user {} does not exist, but has {} tweets, {} followers, {} followees, {} "
        "favorites and {} stored answers",
        id.value, counted.tweets, counted.followers, counted.followees, counted.favorites, answers);
  } else if (leaves_rows && subject.record->deleted && !subject.purge_pending) {
    recorder_.Fault(
        "{}: deleted and no purge is pending, but {} tweets, {} followers, {} "
        "followees, {} favorites and {} stored answers are left",
        subject.ToString(), counted.tweets, counted.followers, counted.followees, counted.favorites,
        answers);
  }
}

void UserWalk::CheckRecord(const Subject& subject) {
  const User& user = *subject.record;
  ++(user.deleted ? recorder_.report().deleted_users : recorder_.report().living_users);
  const std::uint32_t sequence = user.id.sequence();
  if (sequence == 0) recorder_.Fault("{}: an id without a sequence", subject.ToString());
  sequences_[partition_] = std::max(sequences_[partition_], sequence);

  const std::uint32_t partition = PartitionOf(user.username);
  if (partition != partition_) {
    recorder_.Fault("{}: the id says partition {}, the name belongs to {}", subject.ToString(),
                    partition_, partition);
  }
  CheckTime(subject, user.created_at, "the registration");
  CheckTime(subject, user.updated_at, "the last change");
  const bool has_texts = !user.first_name.empty() || !user.last_name.empty() ||
                         !user.description.empty() || !user.password_hash.empty();
  if (user.deleted && has_texts) {
    recorder_.Fault("{}: deleted, but the record still holds personal data", subject.ToString());
  }
}

void UserWalk::CheckTime(const Subject& subject, Timestamp at, std::string_view of_what) {
  if (at < ceiling_) return;
  recorder_.Fault("{}: {} is at {} ms, not below the clock's ceiling {} ms", subject.ToString(),
                  of_what, at.ms, ceiling_.ms);
}

void UserWalk::CheckSessions(const Subject& subject) {
  if (!At(sessions_, subject.id)) return;
  const std::size_t count = DecodeSessions(sessions_.value()).size();
  if (count > kMaxSessionsPerUser) {
    recorder_.Fault("{}: {} sessions, more than {}", subject.ToString(), count,
                    kMaxSessionsPerUser);
  }
  if (!subject.record) {
    recorder_.Fault("{} does not exist, but has sessions", subject.ToString());
  } else if (subject.record->deleted) {
    recorder_.Fault("{}: deleted, but has sessions", subject.ToString());
  }
  sessions_.Next();
}

void UserWalk::CheckCounters(const Subject& subject, const UserCounters& counted) {
  UserCounters stored;
  if (At(counters_, subject.id)) {
    stored = DecodeUserCounters(counters_.value());
    if (!subject.record) {
      recorder_.Fault("{} does not exist, but has counters", subject.ToString());
    }
    counters_.Next();
  }
  const struct {
    std::string_view name;
    std::uint64_t UserCounters::*counter;
  } kCounters[] = {{"tweets", &UserCounters::tweets},
                   {"followers", &UserCounters::followers},
                   {"followees", &UserCounters::followees},
                   {"favorites", &UserCounters::favorites}};
  for (const auto& [name, counter] : kCounters) {
    if (stored.*counter == counted.*counter) continue;
    recorder_.Fault("{}: the counter says {} {}, there are {}", subject.ToString(), stored.*counter,
                    name, counted.*counter);
  }
  if (subject.record && stored.last_tweet < counted.last_tweet) {
    recorder_.Fault("{}: the last tweet is said to be {}, there is {}", subject.ToString(),
                    stored.last_tweet.value, counted.last_tweet.value);
  }
}

std::uint64_t UserWalk::TakeFollowsOut(const Subject& subject) {
  std::uint64_t count = 0;
  for (; At(follows_out_, subject.id); follows_out_.Next(), ++count) {
    FollowOutFact(follows_out_.key(), follows_out_.value(), &fact_);
    relations_.follows.Add(Side::kLeft, fact_);
    CheckTime(subject, DecodeTimestamp(follows_out_.value()), "a follow");
    if (DecodeFollowOutFollowee(follows_out_.key()) == subject.id) {
      recorder_.Fault("{}: follows itself", subject.ToString());
    }
  }
  if (count > kMaxFollowees) {
    recorder_.Fault("{}: follows {} users, more than {}", subject.ToString(), count, kMaxFollowees);
  }
  return count;
}

std::uint64_t UserWalk::TakeFollowsIn(const Subject& subject) {
  std::uint64_t count = 0;
  for (; At(follows_in_, subject.id); follows_in_.Next(), ++count) {
    FollowInFact(follows_in_.key(), {}, &fact_);
    relations_.follows.Add(Side::kRight, fact_);
    CheckTime(subject, DecodeFollowInFollower(follows_in_.key()).at, "a follower's edge");
  }
  return count;
}

std::uint64_t UserWalk::TakeFavoritesOut(const Subject& subject) {
  std::uint64_t count = 0;
  for (; At(favorites_out_, subject.id); favorites_out_.Next(), ++count) {
    FavoriteOutFact(favorites_out_.key(), favorites_out_.value(), &fact_);
    relations_.favorites.Add(Side::kLeft, fact_);
    CheckTime(subject, DecodeFavoriteOut(favorites_out_.value()).at, "a favorite");
  }
  return count;
}

void UserWalk::TakeTweets(const Subject& subject, UserCounters& counted) {
  while (true) {
    std::optional<std::string> next;
    for (const Rows* rows : {&tweets_, &favorited_tweets_, &favorites_in_, &purges_}) {
      if (!At(*rows, subject.id)) continue;
      if (!next || TweetPartOf(*rows) < *next) next = TweetPartOf(*rows);
    }
    if (!next) return;
    if (!TakeTweet(subject, *next)) continue;
    if (++counted.tweets == 1) counted.last_tweet = DecodeTweetKey(*next).id;
  }
}

bool UserWalk::TakeTweet(const Subject& subject, const std::string& key) {
  const TweetId id = DecodeTweetKey(key).id;
  const auto name = [&] { return fmt::format("{}, tweet {}", subject.ToString(), id.value); };
  const bool exists = AtTweet(tweets_, key);
  std::uint64_t stored = 0;
  if (exists) {
    std::string value(tweets_.value());
    stored = DecodeTweet(&value);
    NoteTweetId(subject.id, id);
    CheckTime(subject, id.created_at(), "a tweet");
    tweets_.Next();
  }
  const bool purge_pending = AtTweet(purges_, key);
  if (purge_pending) {
    recorder_.PendingPurge({subject.id, id});
    purges_.Next();
    if (exists) recorder_.Fault("{}: a purge is pending, but the tweet is there", name());
  }
  std::uint64_t counted = 0;
  for (; AtTweet(favorites_in_, key); favorites_in_.Next(), ++counted) {
    FavoriteInFact(favorites_in_.key(), {}, &fact_);
    relations_.favorites.Add(Side::kRight, fact_);
    CheckTime(subject, DecodeFavoriteIn(favorites_in_.key()).user.at, "a favorite of a tweet");
  }
  const bool listed = AtTweet(favorited_tweets_, key);
  if (listed) favorited_tweets_.Next();

  if (exists && stored != counted) {
    recorder_.Fault("{}: the counter says {} favorites, there are {}", name(), stored, counted);
  }
  if (exists && listed != (stored > 0)) {
    recorder_.Fault("{}: it has {} favorites and is {}among the favorited tweets", name(), stored,
                    listed ? "" : "not ");
  }
  if (!exists && listed) recorder_.Fault("{}: gone, but among the favorited tweets", name());
  if (!exists && counted > 0 && !purge_pending && !subject.purge_pending) {
    recorder_.Fault("{}: gone and no purge is pending, but has {} favorites", name(), counted);
  }
  return exists;
}

void UserWalk::NoteTweetId(UserId author, TweetId id) {
  if (id.partition() != author.partition()) {
    recorder_.Fault("user {}, tweet {}: the id says partition {}, the author's is {}", author.value,
                    id.value, id.partition(), author.partition());
  }
  if (tweet_ids_.size() < recorder_.options().tweet_ids_limit) {
    tweet_ids_.push_back(id.value);
  } else {
    tweet_ids_left_out_ = true;
  }
}

// An id holds the partition of its author, so an id given twice is given twice in one partition.
void UserWalk::FinishPartition() {
  std::sort(tweet_ids_.begin(), tweet_ids_.end());
  for (auto id = tweet_ids_.begin();
       (id = std::adjacent_find(id, tweet_ids_.end())) != tweet_ids_.end(); ++id) {
    recorder_.Fault("tweet {}: the id was given twice", *id);
  }
  if (tweet_ids_left_out_) {
    recorder_.report().left_out.push_back(
        fmt::format("partition {}: only the first {} tweet ids were searched for repeated ones",
                    partition_, tweet_ids_.size()));
  }
  tweet_ids_.clear();
  tweet_ids_left_out_ = false;
}

}  // namespace warble::storage
