#include "bench/load/load_passes.h"

#include "api/auth/token.h"
#include "bench/load/parallel.h"
#include "storage/base/check.h"
#include "storage/engine/engine.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace warble::bench {

using storage::BulkFile;
using storage::EdgePosition;
using storage::Family;
using storage::Timestamp;
using storage::UserId;

namespace {

// A file of edges has some 64 MB then, as RocksDB's own have; small worlds have smaller files, so
// that there is work for several threads.
constexpr std::uint64_t kMostRowsPerFile = 8'000'000;
constexpr std::uint64_t kFilesOfSmallWorld = 8;
// Generating that many edges takes about as long as writing one.
constexpr std::uint64_t kEdgesPerRow = 8;
constexpr UserNumber kUsersPerPiece = 1024;
constexpr Timestamp kSessionsEnd = {2'208'988'800'000};  // 2040-01-01

// The families that the first pass writes, a file each for every range of authors.
constexpr std::array<Family, 6> kByAuthor = {Family::kUsers,           Family::kSessions,
                                             Family::kFollowsOut,      Family::kTweets,
                                             Family::kFavoritedTweets, Family::kFavoritesIn};

std::uint64_t ExpectedRows(const Profile& profile, const LoadOptions& options) {
  const double tweets = profile.users * profile.tweets_mean;
  const double follows = profile.users * profile.follows_mean;
  const double favorites = tweets * profile.favorites_mean;
  // Those of users, usernames, user_counters and sessions; those of tweets, of which about half
  // are favorited; and those of edges.
  const double rows = 4.0 * profile.users + 1.5 * tweets + 2 * (follows + favorites);
  const double repetitions =
      1 + follows * sizeof(UserNumber) / static_cast<double>(options.memory_bytes);
  return static_cast<std::uint64_t>(rows + (repetitions * follows + favorites) / kEdgesPerRow);
}

}  // namespace

LoadMeter::LoadMeter(std::function<void(const LoadProgress&)> report, std::uint64_t expected)
    : report_(std::move(report)) {
  progress_.expected = expected;
}

void LoadMeter::Begin(std::string_view stage) {
  const std::lock_guard lock(mutex_);
  progress_.stage = stage;
  if (report_) report_(progress_);
}

void LoadMeter::Add(std::uint64_t rows, std::uint64_t skipped) {
  const std::lock_guard lock(mutex_);
  progress_.rows += rows + skipped;
  progress_.skipped += skipped;
  progress_.expected = std::max(progress_.expected, progress_.rows);
  if (report_) report_(progress_);
}

struct LoadPasses::AuthorFiles {
  AuthorFiles(const storage::Engine& engine, const LoadFolder& folder, std::size_t index) {
    for (std::size_t i = 0; i < kByAuthor.size(); ++i) {
      files[i] =
          std::make_unique<BulkFile>(engine, kByAuthor[i], folder.FileOf(kByAuthor[i], index));
    }
  }
  void Add(Family family, std::string_view key, std::string_view value) {
    const auto at = std::find(kByAuthor.begin(), kByAuthor.end(), family) - kByAuthor.begin();
    files[static_cast<std::size_t>(at)]->Add(key, value);
  }
  std::array<std::unique_ptr<BulkFile>, kByAuthor.size()> files;
  std::vector<EdgePosition> favoriters;
};

LoadPasses::LoadPasses(const World& world, const storage::Engine& engine, const LoadFolder& folder,
                       const LoadOptions& options)
    : world_(world),
      engine_(engine),
      folder_(folder),
      options_(options),
      meter_(options.progress, ExpectedRows(world.profile(), options)),
      followers_(world.users()),
      favorites_given_(world.users()),
      followees_(world.users()),
      tweets_(world.users()),
      last_tweets_(world.users()) {}

void LoadPasses::Run() {
  const std::vector<Range> authors = RangesOfAuthors();
  meter_.Begin("users, tweets, followees");
  ParallelFor(options_.threads, authors.size(),
              [&](std::size_t index) { TakeAuthors(index, authors[index]); });
  meter_.Begin("followers");
  WriteFollowers();
  meter_.Begin("favorites");
  WriteFavorites();
  meter_.Begin("names and counters");
  ParallelFor(options_.threads, authors.size() + 1, [&](std::size_t piece) {
    if (piece == 0) {
      WriteNames();
    } else {
      WriteCounters(piece - 1, authors[piece - 1]);
    }
  });
}

std::vector<LoadPasses::Range> LoadPasses::RangesOfAuthors() const {
  const Profile& profile = world_.profile();
  const double rows_per_user = std::max({1.0, profile.follows_mean, profile.tweets_mean,
                                         profile.tweets_mean * profile.favorites_mean});
  const auto users_per_file = static_cast<UserNumber>(
      std::clamp(kMostRowsPerFile / rows_per_user, 1.0,
                 std::max(1.0, static_cast<double>(profile.users) / kFilesOfSmallWorld)));
  std::vector<Range> ranges;
  for (UserNumber first = 0; first < profile.users;) {
    const UserNumber last = first + std::min(users_per_file, profile.users - first);
    ranges.push_back({first, last, 0});
    first = last;
  }
  return ranges;
}

std::vector<LoadPasses::Range> LoadPasses::RangesOf(const Counts& counts) const {
  std::uint64_t sum = 0;
  for (const auto& count : counts) sum += count;
  const std::uint64_t rows_per_file =
      std::clamp<std::uint64_t>(sum / kFilesOfSmallWorld, 1, kMostRowsPerFile);
  std::vector<Range> ranges = {{0, 0, 0}};
  for (UserNumber user = 0; user < world_.users(); ++user) {
    if (ranges.back().rows >= rows_per_file) ranges.push_back({user, user, 0});
    ranges.back().last = user + 1;
    ranges.back().rows += counts[user];
  }
  return ranges;
}

bool LoadPasses::HasAuthorFiles(std::size_t index) const {
  return std::all_of(kByAuthor.begin(), kByAuthor.end(),
                     [&](Family family) { return folder_.HasFile(family, index); });
}

void LoadPasses::TakeAuthors(std::size_t index, const Range& range) {
  if (HasAuthorFiles(index)) {
    for (UserNumber user = range.first; user < range.last; ++user) {
      meter_.Add(0, TakeAuthor(user, nullptr));
    }
    return;
  }
  AuthorFiles files(engine_, folder_, index);
  for (UserNumber user = range.first; user < range.last; ++user) {
    meter_.Add(TakeAuthor(user, &files));
  }
  for (const auto& file : files.files) file->Finish();
}

std::uint64_t LoadPasses::TakeAuthor(UserNumber user, AuthorFiles* files) {
  if (files != nullptr) WriteUser(user, *files);

  const std::vector<UserNumber> followees = world_.FolloweesOf(user);
  for (const UserNumber followee : followees) {
    followers_[followee].fetch_add(1, std::memory_order_relaxed);
    if (files == nullptr) continue;
    files->Add(Family::kFollowsOut, storage::FollowOutKey(world_.IdOf(user), world_.IdOf(followee)),
               storage::EncodeTimestamp(world_.FollowedAt(user, followee)));
  }
  followees_[user] = static_cast<std::uint32_t>(followees.size());

  const std::vector<World::TweetSeed> tweets = world_.TweetsOf(user);
  std::uint64_t favorites = 0;
  for (const World::TweetSeed& tweet : tweets) {
    const std::vector<UserNumber> favoriters = world_.FavoritersOf(tweet);
    for (const UserNumber favoriter : favoriters) {
      favorites_given_[favoriter].fetch_add(1, std::memory_order_relaxed);
    }
    favorites += favoriters.size();
    if (files != nullptr) WriteTweet(user, tweet, favoriters, *files);
  }
  tweets_[user] = static_cast<std::uint32_t>(tweets.size());
  if (!tweets.empty()) last_tweets_[user] = tweets.front().id;
  return 2 + followees.size() + tweets.size() + favorites;
}

void LoadPasses::WriteUser(UserNumber user, AuthorFiles& files) const {
  storage::User record = world_.UserOf(user);
  record.password_hash = folder_.password_hash();
  const storage::Key key = storage::UserKey(record.id);
  files.Add(Family::kUsers, key, storage::EncodeUser(record));

  const auto token = api::ParseToken(world_.TokenText(user), engine_.secret());
  WARBLE_CHECK(token && token->user == record.id);
  files.Add(Family::kSessions, key,
            storage::EncodeSessions({{token->hash, record.created_at, kSessionsEnd}}));
}

void LoadPasses::WriteTweet(UserNumber author, const World::TweetSeed& tweet,
                            std::span<const UserNumber> favoriters, AuthorFiles& files) const {
  const UserId author_id = world_.IdOf(author);
  const storage::Key key = storage::TweetKey(author_id, tweet.id);
  const std::string text = World::TextOf(tweet.text_seed);
  files.Add(Family::kTweets, key,
            favoriters.empty() ? storage::EncodeNewTweet(text)
                               : storage::EncodeTweet(text, favoriters.size()));
  if (favoriters.empty()) return;
  files.Add(Family::kFavoritedTweets, key, {});

  files.favoriters.clear();
  for (const UserNumber favoriter : favoriters) {
    files.favoriters.push_back({world_.FavoritedAt(favoriter, tweet), world_.IdOf(favoriter)});
  }
  std::sort(files.favoriters.begin(), files.favoriters.end(), std::greater<>());
  for (const EdgePosition& favoriter : files.favoriters) {
    files.Add(Family::kFavoritesIn, storage::FavoriteInKey(author_id, tweet.id, favoriter), {});
  }
}

// gather(user, &edges) adds the edges that start at a user and end within the range of `edges`, and
// gives how many it has made; write(target, its edges, &file) writes one target's rows.
template <class Edge, class Gather, class Write>
void LoadPasses::WriteTransposed(Family family, const Counts& counts, Gather gather, Write write) {
  const std::vector<Range> files = RangesOf(counts);
  for (std::size_t next = 0; next < files.size();) {
    if (folder_.HasFile(family, next)) {
      meter_.Add(0, files[next++].rows);
      continue;
    }
    std::size_t end = next;
    std::uint64_t rows = 0;
    do {
      rows += files[end++].rows;
    } while (end < files.size() &&
             (rows + files[end].rows) * sizeof(Edge) <= options_.memory_bytes);

    Transposed<Edge> edges(counts, files[next].first, files[end - 1].last);
    const std::size_t pieces = (world_.users() + kUsersPerPiece - 1) / kUsersPerPiece;
    ParallelFor(options_.threads, pieces, [&](std::size_t piece) {
      const auto first = static_cast<UserNumber>(piece * kUsersPerPiece);
      const UserNumber last = first + std::min(kUsersPerPiece, world_.users() - first);
      std::uint64_t made = 0;
      for (UserNumber user = first; user < last; ++user) made += gather(user, &edges);
      meter_.Add(made / kEdgesPerRow);
    });
    ParallelFor(options_.threads, end - next, [&](std::size_t piece) {
      const std::size_t index = next + piece;
      if (folder_.HasFile(family, index)) {
        meter_.Add(0, files[index].rows);
        return;
      }
      BulkFile file(engine_, family, folder_.FileOf(family, index));
      for (UserNumber target = files[index].first; target < files[index].last; ++target) {
        write(target, edges.Of(target), &file);
        meter_.Add(edges.Of(target).size());
      }
      file.Finish();
    });
    next = end;
  }
}

void LoadPasses::WriteFollowers() {
  WriteTransposed<UserNumber>(
      Family::kFollowsIn, followers_,
      [&](UserNumber user, Transposed<UserNumber>* edges) {
        const std::vector<UserNumber> followees = world_.FolloweesOf(user);
        for (const UserNumber followee : followees) {
          if (edges->Holds(followee)) edges->Add(followee, user);
        }
        return followees.size();
      },
      [&](UserNumber followee, std::span<const UserNumber> edges, BulkFile* file) {
        std::vector<EdgePosition> followers;
        followers.reserve(edges.size());
        for (const UserNumber follower : edges) {
          followers.push_back({world_.FollowedAt(follower, followee), world_.IdOf(follower)});
        }
        std::sort(followers.begin(), followers.end(), std::greater<>());
        for (const EdgePosition& follower : followers) {
          file->Add(storage::FollowInKey(world_.IdOf(followee), follower), {});
        }
      });
}

void LoadPasses::WriteFavorites() {
  WriteTransposed<FavoriteEdge>(
      Family::kFavoritesOut, favorites_given_,
      [&](UserNumber author, Transposed<FavoriteEdge>* edges) {
        std::size_t made = 0;
        for (const World::TweetSeed& tweet : world_.TweetsOf(author)) {
          const std::vector<UserNumber> favoriters = world_.FavoritersOf(tweet);
          for (const UserNumber favoriter : favoriters) {
            if (edges->Holds(favoriter)) edges->Add(favoriter, {tweet.id, author});
          }
          made += favoriters.size();
        }
        return made;
      },
      [&](UserNumber user, std::span<const FavoriteEdge> edges, BulkFile* file) {
        std::vector<FavoriteEdge> favorites(edges.begin(), edges.end());
        std::sort(favorites.begin(), favorites.end(),
                  [](const FavoriteEdge& a, const FavoriteEdge& b) { return a.tweet > b.tweet; });
        for (const FavoriteEdge& favorite : favorites) {
          const Timestamp at = world_.FavoritedAt(user, {favorite.tweet, 0, 0});
          file->Add(storage::FavoriteOutKey(world_.IdOf(user), favorite.tweet),
                    storage::EncodeFavoriteOut({world_.IdOf(favorite.author), at}));
        }
      });
}

void LoadPasses::WriteNames() {
  if (folder_.HasFile(Family::kUsernames, 0)) {
    meter_.Add(0, world_.users());
    return;
  }
  BulkFile file(engine_, Family::kUsernames, folder_.FileOf(Family::kUsernames, 0));
  for (const UserNumber user : world_.ByUsername()) {
    file.Add(storage::UsernameKey(world_.Username(user)), storage::EncodeUserId(world_.IdOf(user)));
    meter_.Add(1);
  }
  file.Finish();
}

void LoadPasses::WriteCounters(std::size_t index, const Range& range) {
  const std::uint64_t rows = range.last - range.first;
  if (folder_.HasFile(Family::kUserCounters, index)) {
    meter_.Add(0, rows);
    return;
  }
  BulkFile file(engine_, Family::kUserCounters, folder_.FileOf(Family::kUserCounters, index));
  for (UserNumber user = range.first; user < range.last; ++user) {
    storage::UserCounters counters;
    counters.tweets = tweets_[user];
    counters.followers = followers_[user];
    counters.followees = followees_[user];
    counters.favorites = favorites_given_[user];
    counters.last_tweet = last_tweets_[user];
    if (counters == storage::UserCounters{}) continue;  // as if they were never counted
    file.Add(storage::UserKey(world_.IdOf(user)), storage::EncodeUserCounters(counters));
  }
  file.Finish();
  meter_.Add(rows);
}

}  // namespace warble::bench
