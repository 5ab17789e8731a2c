// Each kind of fault, planted past every rule, is found and named.
#include "storage/verify/verify.h"
#include "tests/storage/verify/verify_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace warble::tests {
namespace {

using storage::Family;
using storage::Timestamp;
using storage::User;
using storage::Verify;
using storage::VerifyReport;

struct Case {
  std::string name;
  std::function<void(World&)> plant;
  std::vector<std::string> faults;  // a part of each that must be named, and no others
};

void Check(const std::vector<Case>& cases) {
  for (const Case& planted : cases) {
    INFO("case: ", planted.name);
    World world;
    planted.plant(world);
    const VerifyReport report = Verify(world.node.engine());
    INFO("named:\n", Join(report.faults));
    CHECK(report.fault_count == planted.faults.size());
    CHECK(report.faults.size() == planted.faults.size());
    for (const std::string& part : planted.faults) {
      INFO("missing: ", part);
      CHECK(std::any_of(report.faults.begin(), report.faults.end(),
                        [&](const std::string& fault) { return fault.find(part) != fault.npos; }));
    }
  }
}

Timestamp FarFuture() { return {storage::Clock::ReadSystem().wall.ms + 1'000'000'000}; }

}  // namespace

TEST_CASE("verify: counters that differ from their rows are named") {
  Check({
      {"each counter of a user",
       [](World& world) {
         world.StoreCounters(world.alice, {9, 8, 7, 6});
       },
       {"(Alice): the counter says 9 tweets, there are 1", "says 8 followers, there are 0",
        "says 7 followees, there are 2", "says 6 favorites, there are 0"}},
      {"a tweet that is newer than the last one",
       [](World& world) {
         world.StoreCounters(world.alice, {1, 0, 2, 0, {1}});
       },
       {"(Alice): the last tweet is said to be 1, there is"}},
      {"a lost row of counters",
       [](World& world) {
         DeleteRaw(world.node, Family::kUserCounters, storage::UserKey(world.carol.id));
       },
       {"says 0 followers, there are 1", "says 0 favorites, there are 1"}},
      {"a tweet's counter",
       [](World& world) {
         PutRaw(world.node, Family::kTweets, world.tweet_key(), storage::EncodeTweet("x", 3));
       },
       {"the counter says 3 favorites, there are 2"}},
      {"a lost tweet's counter",
       [](World& world) {
         PutRaw(world.node, Family::kTweets, world.tweet_key(), storage::EncodeNewTweet("x"));
       },
       {"the counter says 0 favorites, there are 2",
        "it has 0 favorites and is among the favorited tweets"}},
      {"a favorited tweet that the index has lost",
       [](World& world) { DeleteRaw(world.node, Family::kFavoritedTweets, world.tweet_key()); },
       {"it has 2 favorites and is not among the favorited tweets"}},
      {"a tweet in the index without a favorite",
       [](World& world) {
         PutRaw(world.node, Family::kFavoritedTweets,
                storage::TweetKey(world.bob.id, world.bobs.id), {});
       },
       {"it has 0 favorites and is among the favorited tweets"}},
  });
}

TEST_CASE("verify: an edge that lies in one direction only is named") {
  Check({
      {"a follow without its in-edge",
       [](World& world) {
         DeleteRaw(world.node, Family::kFollowsIn,
                   storage::FollowInKey(world.bob.id, {world.edge.at, world.alice.id}));
         world.StoreCounters(world.bob, {2, 0, 0, 1});
       },
       {"says follows_out, not follows_in"}},
      {"a follow without its out-edge",
       [](World& world) {
         DeleteRaw(world.node, Family::kFollowsOut,
                   storage::FollowOutKey(world.alice.id, world.bob.id));
         world.StoreCounters(world.alice, {1, 0, 1, 0});
       },
       {"says follows_in, not follows_out"}},
      {"two directions with different times",
       [](World& world) {
         PutRaw(world.node, Family::kFollowsOut,
                storage::FollowOutKey(world.alice.id, world.bob.id),
                storage::EncodeTimestamp({world.edge.at.ms - 1}));
       },
       {"says follows_in, not follows_out", "says follows_out, not follows_in"}},
      {"a favorite without its in-edge",
       [](World& world) {
         DeleteRaw(world.node, Family::kFavoritesIn,
                   storage::FavoriteInKey(world.alice.id, world.tweet.id,
                                          {world.favorite.at, world.bob.id}));
         PutRaw(world.node, Family::kTweets, world.tweet_key(), storage::EncodeTweet("x", 1));
       },
       {"of user"}},
      {"a favorite that names another author",
       [](World& world) {
         PutRaw(world.node, Family::kFavoritesOut,
                storage::FavoriteOutKey(world.bob.id, world.tweet.id),
                storage::EncodeFavoriteOut({world.carol.id, world.favorite.at}));
       },
       {"says favorites_in, not favorites_out", "says favorites_out, not favorites_in"}},
      {"a user that follows itself",
       [](World& world) {
         PutRaw(world.node, Family::kFollowsOut,
                storage::FollowOutKey(world.erin.id, world.erin.id),
                storage::EncodeTimestamp(world.edge.at));
         PutRaw(world.node, Family::kFollowsIn,
                storage::FollowInKey(world.erin.id, {world.edge.at, world.erin.id}), {});
         world.StoreCounters(world.erin, {0, 1, 1, 0});
       },
       {"(erin): follows itself"}},
  });
}

TEST_CASE("verify: rows of users who are not there are named") {
  const storage::UserId nobody = storage::UserId::Make(4000, 77);
  Check({
      {"a tweet",
       [&](World& world) {
         PutRaw(world.node, Family::kTweets,
                storage::TweetKey(nobody, storage::TweetId::Make({1'200'000'000'000}, 4000, 0)),
                storage::EncodeNewTweet("x"));
       },
       {"does not exist, but has 1 tweets", "the counter says 0 tweets, there are 1"}},
      {"sessions",
       [&](World& world) {
         PutRaw(world.node, Family::kSessions, storage::UserKey(nobody),
                storage::EncodeSessions({World::Session(1)}));
       },
       {"does not exist, but has sessions"}},
      {"a stored answer",
       [&](World& world) {
         PutRaw(world.node, Family::kIdempotency,
                storage::IdempotencyKey(nobody, std::string(16, 'k')),
                storage::EncodeStoredAnswer({{}, std::string(16, 'd'), "answer"}));
       },
       {"and 1 stored answers"}},
      {"counters",
       [&](World& world) {
         PutRaw(world.node, Family::kUserCounters, storage::UserKey(nobody),
                storage::EncodeUserCounters({}));
       },
       {"does not exist, but has counters"}},
      {"a deleted user's tweet without a purge",
       [](World& world) {
         const auto id = storage::TweetId::Make({1'200'000'000'000}, world.dave.id.partition(), 0);
         PutRaw(world.node, Family::kTweets, storage::TweetKey(world.dave.id, id),
                storage::EncodeNewTweet("x"));
         world.StoreCounters(world.dave, {1, 0, 0, 0});
       },
       {"(dave): deleted and no purge is pending, but 1 tweets"}},
      {"a deleted user's sessions",
       [](World& world) {
         PutRaw(world.node, Family::kSessions, storage::UserKey(world.dave.id),
                storage::EncodeSessions({World::Session(1)}));
       },
       {"(dave): deleted, but has sessions"}},
      {"a deleted user's texts",
       [](World& world) {
         User dave = world.dave;
         dave.deleted = true;
         world.StoreUser(dave);
       },
       {"(dave): deleted, but the record still holds personal data"}},
  });
}

TEST_CASE("verify: names and users that do not lead to each other are named") {
  Check({
      {"a lost name",
       [](World& world) {
         DeleteRaw(world.node, Family::kUsernames, storage::UsernameKey("alice"));
       },
       {"the name 'alice' belongs to user"}},
      {"a name that leads to another",
       [](World& world) {
         PutRaw(world.node, Family::kUsernames, storage::UsernameKey("alice"),
                storage::EncodeUserId(world.bob.id));
       },
       {"says usernames, not users", "says users, not usernames"}},
      {"a deleted user's lost name",
       [](World& world) {
         DeleteRaw(world.node, Family::kUsernames, storage::UsernameKey("dave"));
       },
       {"the name 'dave' belongs to user"}},
      {"a name in upper case",
       [](World& world) {
         PutRaw(world.node, Family::kUsernames, "ALICE", storage::EncodeUserId(world.alice.id));
       },
       {"'ALICE' is not in lower case", "the name 'ALICE' belongs to user"}},
      {"a user in another's partition",
       [](World& world) {
         User moved = world.erin;
         moved.id = storage::UserId::Make(world.erin.id.partition() ^ 1, 1);
         world.StoreUser(moved);
         DeleteRaw(world.node, Family::kUsers, storage::UserKey(world.erin.id));
         PutRaw(world.node, Family::kUsernames, "erin", storage::EncodeUserId(moved.id));
         PutRaw(world.node, Family::kMeta, storage::SequenceKey(moved.id.partition()),
                storage::EncodeU32(1));
       },
       {"the name belongs to"}},
  });
}

TEST_CASE("verify: ids and times beyond what meta allows are named") {
  Check({
      {"a sequence behind the ids",
       [](World& world) {
         DeleteRaw(world.node, Family::kMeta, storage::SequenceKey(world.erin.id.partition()));
       },
       {"the sequence stands at 0, but 1 is in use"}},
      {"a registration in the future",
       [](World& world) {
         User user = world.erin;
         user.created_at = FarFuture();
         user.updated_at = FarFuture();
         world.StoreUser(user);
       },
       {"the registration is at", "the last change is at"}},
      {"a tweet in the future",
       [](World& world) {
         const auto id = storage::TweetId::Make(FarFuture(), world.erin.id.partition(), 0);
         PutRaw(world.node, Family::kTweets, storage::TweetKey(world.erin.id, id),
                storage::EncodeNewTweet("x"));
         world.StoreCounters(world.erin, {1, 0, 0, 0});
       },
       {"(erin): a tweet is at"}},
      {"a follow in the future",
       [](World& world) {
         const Timestamp at = FarFuture();
         PutRaw(world.node, Family::kFollowsOut,
                storage::FollowOutKey(world.erin.id, world.carol.id), storage::EncodeTimestamp(at));
         PutRaw(world.node, Family::kFollowsIn,
                storage::FollowInKey(world.carol.id, {at, world.erin.id}), {});
         world.StoreCounters(world.erin, {0, 0, 1, 0});
         world.StoreCounters(world.carol, {0, 2, 0, 1});
       },
       {"(erin): a follow is at", "(carol): a follower's edge is at"}},
      {"a tweet with another partition's id",
       [](World& world) {
         const auto id = storage::TweetId::Make(world.edge.at, world.erin.id.partition() ^ 1, 0);
         PutRaw(world.node, Family::kTweets, storage::TweetKey(world.erin.id, id),
                storage::EncodeNewTweet("x"));
         world.StoreCounters(world.erin, {1, 0, 0, 0});
       },
       {"the id says partition"}},
      {"an id given twice",
       [](World& world) {
         // Two users of one partition: the names' hashes do not allow it here, so the second user
         // is at fault for its partition too.
         User second = world.erin;
         second.username = "frank";
         second.id = storage::UserId::Make(world.bob.id.partition(), 2);
         world.StoreUser(second);
         PutRaw(world.node, Family::kUsernames, "frank", storage::EncodeUserId(second.id));
         PutRaw(world.node, Family::kMeta, storage::SequenceKey(second.id.partition()),
                storage::EncodeU32(2));
         PutRaw(world.node, Family::kTweets, storage::TweetKey(second.id, world.bobs.id),
                storage::EncodeNewTweet("x"));
         world.StoreCounters(second, {1, 0, 0, 0});
       },
       {"the id was given twice", "(frank): the id says partition"}},
  });
}

TEST_CASE("verify: what is wrong about tweets that are gone is named") {
  Check({
      {"favorites without tweet and purge",
       [](World& world) {
         DeleteRaw(world.node, Family::kTweets, world.tweet_key());
         DeleteRaw(world.node, Family::kFavoritedTweets, world.tweet_key());
         world.StoreCounters(world.alice, {0, 0, 2, 0});
       },
       {"gone and no purge is pending, but has 2 favorites"}},
      {"a favorited tweet that is not there",
       [](World& world) {
         RemoveTweet(world.node, world.tweet);
         PutRaw(world.node, Family::kFavoritedTweets, world.tweet_key(), {});
       },
       {"gone, but among the favorited tweets"}},
      {"a purge of a tweet that is there",
       [](World& world) {
         world.StorePurge({world.tweet.author, world.tweet.id});
       },
       {"a purge is pending, but the tweet is there"}},
      {"a purge of a living user",
       [](World& world) {
         world.StorePurge({world.erin.id, std::nullopt});
       },
       {"a purge is pending, but the user is not deleted"}},
  });
}

TEST_CASE("verify: limits that are passed are named") {
  Check({
      {"65 sessions",
       [](World& world) {
         std::vector<storage::SessionRow> sessions;
         for (int i = 0; i < 65; ++i) sessions.push_back(World::Session(i));
         PutRaw(world.node, Family::kSessions, storage::UserKey(world.bob.id),
                storage::EncodeSessions(sessions));
       },
       {"(bob): 65 sessions, more than 64"}},
  });
}

TEST_CASE("verify: rows of an unknown form are named, not decoded") {
  std::vector<Case> cases;
  for (const Family family : storage::kAllFamilies) {
    cases.push_back(
        {std::string(storage::FamilyName(family)),
         [=](World& world) { PutRaw(world.node, family, "?", "!"); },
         {fmt::format("{}: a row of an unknown form: key '?'", storage::FamilyName(family))}});
  }
  cases.push_back(
      {"a purge without progress",
       [](World& world) {
         PutRaw(world.node, Family::kMeta, storage::PurgeKey({world.erin.id, std::nullopt}), "");
       },
       {"meta: a row of an unknown form"}});
  cases.push_back({"another format",
                   [](World& world) {
                     PutRaw(world.node, Family::kMeta, "format",
                            storage::EncodeU32(storage::kFormatVersion + 1));
                   },
                   {"meta: 'format'"}});
  cases.push_back({"a lost secret",
                   [](World& world) { DeleteRaw(world.node, Family::kMeta, "secret"); },
                   {"meta: 'secret' is missing"}});
  Check(cases);
}

}  // namespace warble::tests
