// A small store to plant faults in.
#pragma once

#include "storage/model/idempotency.h"
#include "storage/model/sessions.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_hash.h"
#include "tests/support/world.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

namespace warble::tests {

inline std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Alice follows Bob and Carol, and has a tweet that Bob and Carol favorited; Bob has two tweets;
/// Dave was deleted long ago; Erin has nothing.
struct World {
  World() : node(directory.path()) {
    alice = AddUser(node, "Alice");
    bob = AddUser(node, "bob");
    carol = AddUser(node, "carol");
    dave = AddUser(node, "dave");
    erin = AddUser(node, "erin");
    tweet = AddTweet(node, alice.id, "hello");
    bobs = AddTweet(node, bob.id, "first");
    AddTweet(node, bob.id, "second");
    edge = AddFollow(node, alice.id, bob.id);
    AddFollow(node, alice.id, carol.id);
    AddFollow(node, dave.id, alice.id);
    favorite = AddFavorite(node, bob.id, tweet);
    AddFavorite(node, carol.id, tweet);
    node.Commit([&](storage::Transaction& transaction) {
      AddSession(transaction, alice.id, Session(0));
      KeepAnswer(transaction, alice.id, std::string(16, 'k'), {{}, std::string(16, 'd'), "answer"});
      return true;
    });
    RemoveUser(node, dave.id);
    RunPurges(node);
  }

  static storage::SessionRow Session(int number) {
    return {TokenHashOf(fmt::format("{:032}", number)),
            {1},
            {storage::Timestamp{std::uint64_t{1} << 47}}};
  }
  /// Without a last tweet it is one that no tweet can be newer than.
  void StoreCounters(const storage::User& user, storage::UserCounters counters) {
    if (counters.last_tweet.value == 0) counters.last_tweet.value = storage::TweetId::kMaxValue;
    PutRaw(node, storage::Family::kUserCounters, storage::UserKey(user.id),
           storage::EncodeUserCounters(counters));
  }
  void StoreUser(const storage::User& user) {
    PutRaw(node, storage::Family::kUsers, storage::UserKey(user.id), storage::EncodeUser(user));
  }
  void StorePurge(const storage::PurgeTarget& target) {
    PutRaw(node, storage::Family::kMeta, storage::PurgeKey(target),
           storage::EncodePurgeProgress({}));
  }
  storage::Key tweet_key() const { return storage::TweetKey(tweet.author, tweet.id); }

  TemporaryDirectory directory;
  Node node;
  storage::User alice, bob, carol, dave, erin;
  storage::Tweet tweet, bobs;
  storage::EdgeAdded edge{}, favorite{};
};

}  // namespace warble::tests
