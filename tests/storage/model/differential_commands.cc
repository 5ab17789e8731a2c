#include "storage/model/idempotency.h"
#include "storage/model/sessions.h"
#include "tests/storage/model/differential.h"
#include "tests/support/token_hash.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace warble::tests {

using storage::Refusal;
using storage::SessionRow;
using storage::Timestamp;
using storage::Transaction;
using storage::Tweet;
using storage::TweetId;
using storage::User;
using storage::UserId;

namespace {

constexpr std::uint64_t kUsers = 40;
constexpr std::size_t kTweets = 600;
constexpr std::size_t kRecentTweets = 1000;

// Where a command's outcome goes, shared by its two halves.
template <class T>
std::shared_ptr<std::optional<T>> Outcome() {
  return std::make_shared<std::optional<T>>();
}

}  // namespace

Differential::Step Differential::RandomStep() {
  const std::uint64_t users = model_.LivingUsers();
  const std::uint64_t kind = random_.Below(1000);
  if (users < kUsers / 2 || (kind < 20 && users < kUsers)) return CreateUser();
  if (kind < 20) return DeleteUser();
  if (kind < 30) return CreateUser();
  if (kind < 70) return UpdateUser();
  if (kind < 300) return model_.tweets.size() < kTweets ? CreateTweet() : DeleteTweet();
  if (kind < 350) return DeleteTweet();
  if (kind < 480) return Follow();
  if (kind < 550) return Unfollow();
  if (kind < 770) return Favorite();
  if (kind < 850) return Unfavorite();
  if (kind < 920) return SignIn();
  if (kind < 960) return SignOut();
  return KeepAnswer();
}

Differential::Step Differential::CreateUser() {
  User user;
  user.username = RandomCase(fmt::format("u{}", random_.Below(user_ids_.size() + 10)));
  user.first_name = fmt::format("first{}", random_.Below(1000));
  user.password_hash = "hash";
  auto created = Outcome<storage::Result<User>>();
  return {[=](Transaction& transaction) {
            created->emplace(
                storage::CreateUser(transaction, storage::PartitionOf(user.username), user));
          },
          [=, this] {
            const storage::Result<User>& result = **created;
            const std::string name = storage::LowerUsername(user.username);
            REQUIRE(result.has_value() == (model_.names.count(name) == 0));
            if (!result.has_value()) {
              REQUIRE(result.error() == Refusal::kUsernameTaken);
              return;
            }
            REQUIRE(model_.users.count(result->id) == 0);
            SeeTime(result->created_at);
            model_.users[result->id] = *result;
            model_.names[name] = result->id;
            user_ids_.push_back(result->id);
          }};
}

Differential::Step Differential::UpdateUser() {
  const UserId id = PickUser();
  const std::string text = fmt::format("text {}", random_.Below(1000));
  auto updated = Outcome<User>();
  return {[=](Transaction& transaction) {
            std::optional<User> user = storage::LoadUser(transaction, id);
            if (!user) return;
            user->description = text;
            storage::UpdateUser(transaction, *user);
            *updated = user;
          },
          [=, this] {
            REQUIRE(updated->has_value() == model_.IsAlive(id));
            if (!*updated) return;
            SeeTime((*updated)->updated_at);
            model_.users[id].description = text;
            model_.users[id].updated_at = (*updated)->updated_at;
          }};
}

Differential::Step Differential::DeleteUser() {
  const UserId id = PickUser();
  auto deleted = Outcome<bool>();
  return {[=](Transaction& transaction) {
            const std::optional<User> user = storage::LoadUser(transaction, id);
            *deleted = user.has_value();
            if (user) storage::DeleteUser(transaction, *user);
          },
          [=, this] {
            REQUIRE(**deleted == model_.IsAlive(id));
            if (!**deleted) return;
            model_.users[id].deleted = true;
            model_.sessions.erase(id);
            purges_pending_ = true;
          }};
}

Differential::Step Differential::CreateTweet() {
  const UserId author = PickUser();
  const std::string content = fmt::format("content {}", random_.Below(1'000'000));
  auto created = Outcome<Tweet>();
  return {[=](Transaction& transaction) {
            if (!storage::LoadUser(transaction, author)) return;
            *created = storage::CreateTweet(transaction, author, content);
          },
          [=, this] {
            REQUIRE(created->has_value() == model_.IsAlive(author));
            if (!*created) return;
            const Tweet& tweet = **created;
            SeeTime(tweet.id.created_at());
            REQUIRE(model_.tweets.emplace(tweet.id, tweet).second);
            if (recent_tweets_.size() == kRecentTweets) {
              recent_tweets_[random_.Below(kRecentTweets)] = tweet;
            } else {
              recent_tweets_.push_back(tweet);
            }
          }};
}

Differential::Step Differential::DeleteTweet() {
  const TweetId id = PickTweet();
  const UserId author = AuthorOf(id);
  auto deleted = Outcome<bool>();
  return {[=](Transaction& transaction) {
            *deleted = storage::LoadUser(transaction, author).has_value() &&
                       storage::LoadTweet(transaction, author, id).has_value();
            if (**deleted) storage::DeleteTweet(transaction, author, id);
          },
          [=, this] {
            REQUIRE(**deleted == model_.IsAlive(id));
            if (!**deleted) return;
            model_.tweets.erase(id);
            purges_pending_ = true;
          }};
}

Differential::Step Differential::Follow() {
  const UserId follower = PickUser();
  const UserId followee = PickUser();
  auto added = Outcome<storage::Result<storage::EdgeAdded>>();
  return {
      [=](Transaction& transaction) {
        if (!storage::LoadUser(transaction, follower)) return;
        if (!storage::LoadUser(transaction, followee)) return;
        added->emplace(storage::Follow(transaction, follower, followee));
      },
      [=, this] {
        REQUIRE(added->has_value() == (model_.IsAlive(follower) && model_.IsAlive(followee)));
        if (!*added) return;
        REQUIRE((*added)->has_value() == (follower != followee));
        if (follower == followee) return;
        const auto [edge, fresh] = model_.follows.try_emplace({follower, followee}, (**added)->at);
        REQUIRE((**added)->created == fresh);
        REQUIRE((**added)->at == edge->second);
        if (fresh) SeeTime(edge->second);
      }};
}

Differential::Step Differential::Unfollow() {
  const UserId follower = PickUser();
  const UserId followee = PickUser();
  auto removed = Outcome<bool>();
  return {[=](Transaction& transaction) {
            if (!storage::LoadUser(transaction, follower)) return;
            if (!storage::LoadUser(transaction, followee)) return;
            *removed = storage::Unfollow(transaction, follower, followee);
          },
          [=, this] {
            if (!*removed) return;
            REQUIRE(**removed == (model_.follows.erase({follower, followee}) == 1));
          }};
}

Differential::Step Differential::Favorite() {
  const UserId user = PickUser();
  const TweetId id = PickTweet();
  const UserId author = AuthorOf(id);
  auto added = Outcome<storage::EdgeAdded>();
  return {[=](Transaction& transaction) {
            if (!storage::LoadUser(transaction, user) || !storage::LoadUser(transaction, author) ||
                !storage::LoadTweet(transaction, author, id)) {
              return;
            }
            *added = storage::Favorite(transaction, user, author, id);
          },
          [=, this] {
            REQUIRE(added->has_value() == (model_.IsAlive(user) && model_.IsAlive(id)));
            if (!*added) return;
            const auto [edge, fresh] =
                model_.favorites.try_emplace({user, id}, Model::FavoriteEdge{author, (*added)->at});
            REQUIRE((*added)->created == fresh);
            REQUIRE((*added)->at == edge->second.at);
            if (fresh) SeeTime(edge->second.at);
          }};
}

Differential::Step Differential::Unfavorite() {
  const UserId user = PickUser();
  const TweetId id = PickTweet();
  auto removed = Outcome<bool>();
  return {[=](Transaction& transaction) {
            if (!storage::LoadUser(transaction, user)) return;
            *removed = storage::Unfavorite(transaction, user, id);
          },
          [=, this] {
            if (!*removed) return;
            const bool had = model_.favorites.erase({user, id}) == 1;
            // Of a tweet that is gone the purge may have been first.
            if (model_.IsAlive(id) || **removed) REQUIRE(**removed == had);
          }};
}

Differential::Step Differential::SignIn() {
  const UserId user = PickUser();
  const storage::TokenHash hash = tests::TokenHashOf(random_.Bytes(32));
  const std::uint64_t lifetime_ms = 1 + random_.Below(1'000'000);
  auto added = Outcome<SessionRow>();
  return {[=](Transaction& transaction) {
            if (!storage::LoadUser(transaction, user)) return;
            const Timestamp now = transaction.Now();
            *added = SessionRow{hash, now, {now.ms + lifetime_ms}};
            storage::AddSession(transaction, user, **added);
          },
          [=, this] {
            REQUIRE(added->has_value() == model_.IsAlive(user));
            if (!*added) return;
            SeeTime((*added)->created_at);
            std::vector<SessionRow>& sessions = model_.sessions[user];
            std::erase_if(sessions, [&](const SessionRow& session) {
              return session.expires_at <= (*added)->created_at;
            });
            if (sessions.size() == storage::kMaxSessionsPerUser) sessions.erase(sessions.begin());
            sessions.push_back(**added);
          }};
}

Differential::Step Differential::SignOut() {
  const UserId user = PickUser();
  const std::vector<SessionRow>& sessions = model_.sessions[user];
  const storage::TokenHash hash = sessions.empty()
                                      ? tests::TokenHashOf("none")
                                      : sessions[random_.Below(sessions.size())].token_hash;
  const std::uint64_t kind = random_.Below(10);
  return {[=](Transaction& transaction) {
            if (kind == 0) {
              storage::RemoveAllSessions(transaction, user);
            } else if (kind == 1) {
              storage::RemoveOtherSessions(transaction, user, hash);
            } else {
              storage::RemoveSession(transaction, user, hash);
            }
          },
          [=, this] {
            std::erase_if(model_.sessions[user], [&](const SessionRow& session) {
              return kind == 0 || (kind == 1) == (session.token_hash != hash);
            });
          }};
}

Differential::Step Differential::KeepAnswer() {
  const UserId user = PickUser();
  const std::string key(16, static_cast<char>('a' + random_.Below(10)));
  const storage::StoredAnswer answer{{}, random_.Bytes(16), random_.Bytes(random_.Below(30))};
  auto kept_at = Outcome<Timestamp>();
  return {[=](Transaction& transaction) {
            if (!storage::LoadUser(transaction, user)) return;
            *kept_at = transaction.Now();
            storage::KeepAnswer(transaction, user, key, answer);
          },
          [=, this] {
            REQUIRE(kept_at->has_value() == model_.IsAlive(user));
            if (!*kept_at) return;
            SeeTime(**kept_at);
            storage::StoredAnswer kept = answer;
            kept.expires_at.ms = (*kept_at)->ms + 24ULL * 60 * 60 * 1000;
            model_.answers[{user, key}] = kept;
          }};
}

}  // namespace warble::tests
