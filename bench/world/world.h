// World: a seeded social network, the same at every question.
//
// A pure function of its profile: the loader writes it, the load generator picks from it, the
// oracle knows it, without any of them passing data to another. Users are numbered 0 … users-1 in
// the order of their ids; everything else is derived from the seed and these numbers.
//
// Shapes (as in real follow graphs: Myers et al., "Information network or social network?", 2014):
// in-degree by a power law over a popularity rank, out-degree and tweets by lognormals, favorites
// skewed to popular tweets. Thread-safe after construction.
#pragma once

#include "bench/world/permutation.h"
#include "bench/world/random.h"
#include "storage/format/types.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

struct Profile {
  std::string name;
  std::uint32_t users = 0;
  double follows_mean = 0;     ///< followees a user
  double tweets_mean = 0;      ///< tweets a user
  double favorites_mean = 0;   ///< favorites a tweet
  double celebrity_share = 0;  ///< of all users, the followers of the most popular; 0: as drawn
  std::uint64_t seed = 1;
};
/// small (10,000 users), medium (100,000) or brief (10 million); throws std::invalid_argument.
Profile ProfileNamed(std::string_view name);

using UserNumber = std::uint32_t;

class World {
 public:
  explicit World(Profile profile);

  const Profile& profile() const { return profile_; }
  UserNumber users() const { return profile_.users; }

  std::string Username(UserNumber user) const;
  storage::UserId IdOf(UserNumber user) const;
  /// The whole record but the password hash, which is one for all (kPassword).
  storage::User UserOf(UserNumber user) const;
  /// All users in the order of their usernames' bytes.
  std::vector<UserNumber> ByUsername() const;
  /// A session that the loader has made for every user: what a client sends as its token's text.
  std::string TokenText(UserNumber user) const;

  /// Popularity: rank 0 is followed most. A permutation of the users and its inverse.
  UserNumber ByPopularity(std::uint32_t rank) const;
  std::uint32_t PopularityOf(UserNumber user) const;

  /// The followees of a user: distinct, ascending, never the user.
  std::vector<UserNumber> FolloweesOf(UserNumber user) const;
  storage::Timestamp FollowedAt(UserNumber follower, UserNumber followee) const;

  struct TweetSeed {
    storage::TweetId id;
    std::uint64_t text_seed;
    std::uint32_t favorites;  ///< how many favor it
  };
  /// A user's tweets, newest first. No two tweets of the world share an id.
  std::vector<TweetSeed> TweetsOf(UserNumber user) const;
  /// Up to 140 code points of text in one of several scripts.
  static std::string TextOf(std::uint64_t text_seed);
  /// The favoriters of a tweet: distinct, `favorites` of them.
  std::vector<UserNumber> FavoritersOf(const TweetSeed& tweet) const;
  storage::Timestamp FavoritedAt(UserNumber user, const TweetSeed& tweet) const;

  static constexpr std::string_view kPassword = "correct horse battery";
  /// Everything that the world holds happened in this range, which ends before any server's now.
  static constexpr storage::Timestamp kBegin{1'577'836'800'000};  // 2020-01-01
  static constexpr storage::Timestamp kEnd{1'735'689'600'000};    // 2025-01-01

 private:
  void NumberUsers();
  storage::Timestamp CreatedAt(UserNumber user) const;
  bool FollowsCelebrity(UserNumber user) const;
  // The means that the profile asks for are met by scaling these to it.
  double FollowWeight(Random& random) const;
  double TweetWeight(UserNumber user, Random& random) const;
  template <class Weight>
  double ScaleFor(double mean, std::uint32_t limit, Weight weight) const;
  std::uint32_t FavoriteCount(Random& random) const;

  Profile profile_;
  std::vector<storage::UserId> ids_;  // by number, ascending
  std::vector<std::uint32_t> names_;  // by number: the n of "user<n>"
  Permutation popularity_;            // rank → number
  Permutation activity_;              // rank → number, by how much a user favorites
  std::uint64_t creation_step_;       // between two registrations: ms · 2^20
  std::uint32_t grid_ms_;             // see TweetsOf()
  std::uint32_t most_followees_;
  std::uint32_t most_favorites_;
  double follow_range_;  // log2 of the greatest by the least x of the ranks' distribution
  double follow_scale_;
  double tweet_scale_;
  double favorite_scale_;
  double tweets_in_all_;
};

}  // namespace warble::bench
