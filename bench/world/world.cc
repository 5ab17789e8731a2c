#include "bench/world/world.h"

#include "api/http/base64url.h"
#include "bench/world/numeric.h"
#include "bench/world/text.h"
#include "storage/format/partition.h"
#include "storage/model/follows.h"

#include <fmt/format.h>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <stdexcept>

namespace warble::bench {

using storage::Timestamp;
using storage::TweetId;
using storage::UserId;

namespace {

// The purpose of a hash, so that each thing is drawn with a randomness of its own.
enum Purpose : std::uint64_t {
  kPopularity,
  kActivity,
  kPerson,
  kToken,
  kFollowees,
  kFollowTime,
  kCelebrity,
  kTweetCount,
  kTweets,
  kFavoriters,
  kFavoriteTime,
};

constexpr std::uint32_t kMostUsers = 1U << 31;
constexpr std::uint32_t kMostTweetsPerUser = 20'000;

// Users register evenly over the first three of the five years.
constexpr std::uint64_t kRegistrationMs = std::uint64_t{3 * 365} * 24 * 3600 * 1000;
constexpr unsigned kCreationStepBits = 20;
// No tweet is younger than that, so that there is time left to favorite it.
constexpr std::uint64_t kLastTweetMs = 3600 * 1000;

// A rank k is drawn with a weight of 1 / (k + 10). Its area under 1 / x, from k + 9.5 to k + 10.5,
// differs from that by less than 0.1 %, and the integral has an inverse.
constexpr double kFollowShift = 9.5;
// Activity: 1 / √(k + 10) in the same way.
constexpr double kActivityShift = 9.5;
constexpr double kTweetDeviation = 0.8;
constexpr double kTweetPopularityExponent = -0.4;
constexpr double kFavoriteExponent = -0.8;
constexpr double kFavoriteShift = 10;
constexpr double kLog2E = 0x1.71547652b82fep0;

constexpr std::uint32_t kSequences = 1U << TweetId::kSequenceBits;

// An integer that is `mean` in the mean, and at most the limit.
std::uint32_t RoundAtRandom(double mean, std::uint32_t limit, Random& random) {
  return std::min(limit,
                  static_cast<std::uint32_t>(std::min<double>(limit, mean) + (1 - random.Unit())));
}

// Sorts numbers that are spread evenly below `limit`: with as many buckets as numbers each falls
// close to its place, and an insertion sort does the rest. Twice as quick as std::sort, which would
// be most of the time of a draw.
void SortSpread(std::span<UserNumber> numbers, std::uint32_t limit) {
  constexpr std::size_t kFew = 32;
  if (numbers.size() < kFew) {
    std::sort(numbers.begin(), numbers.end());
    return;
  }
  const std::uint64_t scale = (std::uint64_t{numbers.size()} << 32) / limit;
  const auto bucket = [&](UserNumber number) { return number * scale >> 32; };
  std::vector<std::uint32_t> ends(numbers.size());
  for (const UserNumber number : numbers) ++ends[bucket(number)];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  const std::vector<UserNumber> drawn(numbers.begin(), numbers.end());
  for (const UserNumber number : drawn) numbers[--ends[bucket(number)]] = number;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const UserNumber number = numbers[i];
    std::size_t at = i;
    for (; at > 0 && numbers[at - 1] > number; --at) numbers[at] = numbers[at - 1];
    numbers[at] = number;
  }
}

// `wanted` different numbers below `limit`, ascending; each draw() appends one or none.
template <class Draw>
void DrawDistinct(std::size_t wanted, std::uint32_t limit, std::vector<UserNumber>* numbers,
                  Draw draw) {
  while (numbers->size() < wanted) {
    const auto sorted = static_cast<std::ptrdiff_t>(numbers->size());
    for (std::size_t missing = wanted - numbers->size(); missing > 0; --missing) draw(numbers);
    SortSpread(std::span(*numbers).subspan(static_cast<std::size_t>(sorted)), limit);
    std::inplace_merge(numbers->begin(), numbers->begin() + sorted, numbers->end());
    numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
  }
}

Profile Checked(Profile profile) {
  const auto is_mean = [](double mean) { return mean >= 0 && mean <= 1e6; };
  if (profile.users < 1 || profile.users > kMostUsers) {
    throw std::invalid_argument(fmt::format("a world has 1 to {} users", kMostUsers));
  }
  if (!is_mean(profile.follows_mean) || !is_mean(profile.tweets_mean) ||
      !is_mean(profile.favorites_mean)) {
    throw std::invalid_argument("a mean of a world is between 0 and 1,000,000");
  }
  if (!(profile.celebrity_share >= 0 && profile.celebrity_share <= 1)) {
    throw std::invalid_argument("the share that follows the celebrity is between 0 and 1");
  }
  return profile;
}

}  // namespace

Profile ProfileNamed(std::string_view name) {
  if (name == "small") return {"small", 10'000, 50, 20, 2, 0, 1};
  if (name == "medium") return {"medium", 100'000, 100, 20, 2, 0, 1};
  if (name == "brief") return {"brief", 10'000'000, 200, 5, 1, 0, 1};
  throw std::invalid_argument(fmt::format("there is no world '{}': small, medium or brief", name));
}

World::World(Profile profile)
    : profile_(Checked(std::move(profile))),
      popularity_(profile_.users, Mix(profile_.seed, kPopularity)),
      activity_(profile_.users, Mix(profile_.seed, kActivity)),
      creation_step_((kRegistrationMs << kCreationStepBits) / profile_.users) {
  NumberUsers();
  // At most half of all, of which two cannot be drawn: the user, and a celebrity.
  most_followees_ = std::min(
      {static_cast<std::uint32_t>(storage::kMaxFollowees), users() / 2, std::max(users(), 2U) - 2});
  most_favorites_ = users() / 4;
  follow_range_ = Log2((users() + kFollowShift) / kFollowShift);
  follow_scale_ = ScaleFor(profile_.follows_mean, most_followees_, [&](UserNumber user) {
    Random random(Mix(profile_.seed, kFollowees, user));
    return FollowWeight(random);
  });
  tweet_scale_ = ScaleFor(profile_.tweets_mean, kMostTweetsPerUser, [&](UserNumber user) {
    Random random(Mix(profile_.seed, kTweetCount, user));
    return TweetWeight(user, random);
  });
  // The mean of (x + shift)^exponent over 0 ≤ x ≤ all tweets.
  tweets_in_all_ = std::max(1.0, users() * profile_.tweets_mean);
  const auto integral = [](double x) {
    return Exp2((kFavoriteExponent + 1) * Log2(x + kFavoriteShift)) / (kFavoriteExponent + 1);
  };
  favorite_scale_ =
      profile_.favorites_mean * tweets_in_all_ / (integral(tweets_in_all_) - integral(0));
}

// Names of one partition get the sequences from 1 in the order of their n.
void World::NumberUsers() {
  std::vector<std::uint16_t> partitions(users());
  std::vector<std::uint32_t> starts(storage::kPartitionCount + 1);
  std::string name;
  for (std::uint32_t i = 0; i < users(); ++i) {
    name.assign("user").append(std::to_string(i + 1));
    partitions[i] = static_cast<std::uint16_t>(storage::PartitionOf(name));
    ++starts[partitions[i] + 1U];
  }
  const std::uint32_t fullest = *std::max_element(starts.begin(), starts.end());
  grid_ms_ = (fullest + kSequences - 1) / kSequences;
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];

  ids_.resize(users());
  names_.resize(users());
  std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
  for (std::uint32_t i = 0; i < users(); ++i) {
    const std::uint32_t partition = partitions[i];
    const UserNumber user = next[partition]++;
    ids_[user] = UserId::Make(partition, user - starts[partition] + 1);
    names_[user] = i + 1;
  }
}

// The scale with which the users' weights, cut off at the limit, have that mean.
template <class Weight>
double World::ScaleFor(double mean, std::uint32_t limit, Weight weight) const {
  // The first round ignores the part that the limit cuts off; most need only one more.
  constexpr int kMostRounds = 20;
  constexpr double kClose = 0.001;
  if (mean <= 0) return 0;
  double scale = 1;
  double most = INFINITY;
  for (int round = 0; round < kMostRounds; ++round) {
    double sum = 0;
    for (UserNumber user = 0; user < users(); ++user) sum += std::min(most, scale * weight(user));
    const double change = mean * users() / sum;
    if (round > 0 && std::abs(change - 1) < kClose) break;
    scale *= change;
    most = limit;
  }
  return scale;
}

double World::FollowWeight(Random& random) const { return Exp2(kLog2E * Normal(random)); }

double World::TweetWeight(UserNumber user, Random& random) const {
  const double popularity = Log2(PopularityOf(user) + kFollowShift) * kTweetPopularityExponent;
  return Exp2(popularity + kTweetDeviation * kLog2E * Normal(random));
}

std::string World::Username(UserNumber user) const { return fmt::format("user{}", names_[user]); }

// The n of the names in the order of their decimal digits: 1, 10, 100, 101, ..., 11, ...
std::vector<UserNumber> World::ByUsername() const {
  std::vector<UserNumber> by_n(users() + std::size_t{1});
  for (UserNumber user = 0; user < users(); ++user) by_n[names_[user]] = user;
  std::vector<UserNumber> ordered;
  ordered.reserve(users());
  for (std::uint64_t n = 1; ordered.size() < users();) {
    ordered.push_back(by_n[n]);
    if (n * 10 <= users()) {
      n *= 10;
      continue;
    }
    if (n == users()) n /= 10;
    for (++n; n % 10 == 0;) n /= 10;
  }
  return ordered;
}

UserId World::IdOf(UserNumber user) const { return ids_[user]; }

Timestamp World::CreatedAt(UserNumber user) const {
  return {kBegin.ms + ((names_[user] - 1) * creation_step_ >> kCreationStepBits)};
}

storage::User World::UserOf(UserNumber user) const {
  constexpr std::size_t kDescriptionLimit = 120;
  const std::uint64_t person = Mix(profile_.seed, kPerson, user);
  PersonName name = MakeName(person);
  storage::User record;
  record.id = ids_[user];
  record.username = Username(user);
  record.first_name = std::move(name.first);
  record.last_name = std::move(name.last);
  record.description = MakeText(Mix(person), kDescriptionLimit);
  record.created_at = CreatedAt(user);
  record.updated_at = record.created_at;
  return record;
}

// In the form that api/auth/token.h describes.
std::string World::TokenText(UserNumber user) const {
  using boost::endian::order;
  constexpr unsigned char kVersion = 1;
  unsigned char bytes[1 + 5 + 24];
  bytes[0] = kVersion;
  boost::endian::endian_store<std::uint64_t, 5, order::big>(bytes + 1, ids_[user].value);
  Random random(Mix(profile_.seed, kToken, user));
  for (std::size_t at = 6; at < sizeof(bytes); at += 8) {
    boost::endian::store_big_u64(bytes + at, random.Number());
  }
  return api::EncodeBase64Url({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

UserNumber World::ByPopularity(std::uint32_t rank) const { return popularity_(rank); }

std::uint32_t World::PopularityOf(UserNumber user) const { return popularity_.Inverse(user); }

bool World::FollowsCelebrity(UserNumber user) const {
  if (profile_.celebrity_share <= 0 || user == ByPopularity(0)) return false;
  Random random(Mix(profile_.seed, kCelebrity, user));
  return random.Unit() <= profile_.celebrity_share;
}

std::vector<UserNumber> World::FolloweesOf(UserNumber user) const {
  Random random(Mix(profile_.seed, kFollowees, user));
  const double mean = follow_scale_ * FollowWeight(random);
  std::size_t wanted = RoundAtRandom(mean, most_followees_, random);
  std::vector<UserNumber> followees;
  followees.reserve(wanted + 1);
  if (FollowsCelebrity(user)) {
    followees.push_back(ByPopularity(0));
    wanted = std::max<std::size_t>(wanted, 1);
  }
  const bool celebrity_is_set = profile_.celebrity_share > 0;
  DrawDistinct(wanted, users(), &followees, [&](std::vector<UserNumber>* drawn) {
    const double x = kFollowShift * Exp2(random.Unit() * follow_range_) - kFollowShift;
    const std::uint32_t rank = std::min(static_cast<std::uint32_t>(x), users() - 1);
    const UserNumber followee = ByPopularity(rank);
    if (followee != user && !(celebrity_is_set && rank == 0)) drawn->push_back(followee);
  });
  return followees;
}

namespace {

// A whole second behind `first` and before the world's end.
Timestamp SecondAfter(Timestamp first, std::uint64_t random) {
  constexpr std::uint64_t kSecondMs = 1000;
  const std::uint64_t from = first.ms / kSecondMs + 1;
  const std::uint64_t seconds = World::kEnd.ms / kSecondMs - from;
  return {(from + (seconds == 0 ? 0 : Reduce(random, seconds))) * kSecondMs};
}

}  // namespace

Timestamp World::FollowedAt(UserNumber follower, UserNumber followee) const {
  const std::uint64_t pair = std::uint64_t{follower} << 32 | followee;
  return SecondAfter(std::max(CreatedAt(follower), CreatedAt(followee)),
                     Mix(profile_.seed, kFollowTime, pair));
}

// Within a partition the sequence of a tweet's id is that of its author, cut to its bits. Authors
// with the same one take turns: each has every grid_ms_-th millisecond alone. An author's own times
// differ, because each tweet has its own part of the time since the registration.
std::vector<World::TweetSeed> World::TweetsOf(UserNumber user) const {
  Random count_random(Mix(profile_.seed, kTweetCount, user));
  const double mean = tweet_scale_ * TweetWeight(user, count_random);
  const std::uint32_t count = RoundAtRandom(mean, kMostTweetsPerUser, count_random);

  const std::uint32_t place = ids_[user].sequence() - 1;
  const std::uint64_t first_cell = (CreatedAt(user).ms - kBegin.ms) / grid_ms_ + 1;
  const std::uint64_t cells = (kEnd.ms - kBegin.ms - kLastTweetMs) / grid_ms_ - first_cell;

  Random random(Mix(profile_.seed, kTweets, user));
  std::vector<TweetSeed> tweets;
  tweets.reserve(count);
  for (std::uint64_t part = count; part-- > 0;) {
    const std::uint64_t low = cells * part / count;
    const std::uint64_t high = cells * (part + 1) / count;
    const std::uint64_t cell = first_cell + low + Reduce(random.Number(), high - low);
    const Timestamp at = {kBegin.ms + cell * grid_ms_ + place / kSequences};
    const TweetId id = TweetId::Make(at, ids_[user].partition(), place % kSequences);
    const std::uint64_t text_seed = random.Number();
    tweets.push_back({id, text_seed, FavoriteCount(random)});
  }
  return tweets;
}

std::string World::TextOf(std::uint64_t text_seed) {
  constexpr std::size_t kLimit = 140;
  return MakeText(text_seed, kLimit);
}

// The tweet takes a rank among all by lot; its favorites follow the power law of ranks.
std::uint32_t World::FavoriteCount(Random& random) const {
  const double rank = random.Unit() * tweets_in_all_;
  const double mean = favorite_scale_ * Exp2(kFavoriteExponent * Log2(rank + kFavoriteShift));
  return RoundAtRandom(mean, most_favorites_, random);
}

std::vector<UserNumber> World::FavoritersOf(const TweetSeed& tweet) const {
  Random random(Mix(profile_.seed, kFavoriters, tweet.id.value));
  const double least = std::sqrt(kActivityShift);
  const double range = std::sqrt(users() + kActivityShift) - least;
  std::vector<UserNumber> favoriters;
  favoriters.reserve(tweet.favorites);
  DrawDistinct(tweet.favorites, users(), &favoriters, [&](std::vector<UserNumber>* drawn) {
    const double root = least + random.Unit() * range;
    const auto rank = static_cast<std::uint32_t>(root * root - kActivityShift);
    drawn->push_back(activity_(std::min(rank, users() - 1)));
  });
  return favoriters;
}

Timestamp World::FavoritedAt(UserNumber user, const TweetSeed& tweet) const {
  return SecondAfter(std::max(CreatedAt(user), tweet.id.created_at()),
                     Mix(Mix(profile_.seed, kFavoriteTime, user), tweet.id.value));
}

}  // namespace warble::bench
