#include "bench/world/csv_world.h"

#include "api/http/json_writer.h"
#include "api/http/time_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {
namespace {

using storage::Timestamp;

// 16 bytes for each row of the largest table; medium has 16 million rows in all.
constexpr double kMostRows = 200e6;
constexpr std::size_t kTimelineLength = 20;
constexpr std::uint32_t kPopularUsers = 10;

/// A prime that has no divisor in common with the number of users, of which there are fewer than
/// the product of the two.
std::uint64_t MultiplierFor(std::uint32_t users) {
  constexpr std::uint64_t kFirst = 7919;
  constexpr std::uint64_t kSecond = 7927;
  return users % kFirst != 0 ? kFirst : kSecond;
}

class CsvFile {
 public:
  CsvFile(const std::filesystem::path& path, std::string_view columns)
      : path_(path), file_(path, std::ios::binary | std::ios::trunc) {
    rows_.append(columns).push_back('\n');
  }

  CsvFile& Number(std::uint64_t number) {
    rows_.append(fmt::format_int(number).c_str());
    return Next();
  }
  CsvFile& Time(Timestamp at) {
    api::AppendTime(rows_, at);
    return Next();
  }
  CsvFile& Text(std::string_view text) {
    rows_.push_back('"');
    for (const char c : text) {
      if (c == '"') rows_.push_back('"');
      rows_.push_back(c);
    }
    rows_.push_back('"');
    return Next();
  }
  void EndRow() {
    constexpr std::size_t kFlushBytes = std::size_t{1} << 20;
    rows_.back() = '\n';  // in place of the last comma
    if (rows_.size() >= kFlushBytes) Flush();
  }
  void Close() {
    Flush();
    file_.close();
    if (!file_) throw std::runtime_error(path_.string() + ": cannot be written");
  }

 private:
  CsvFile& Next() {
    rows_.push_back(',');
    return *this;
  }
  void Flush() {
    file_.write(rows_.data(), static_cast<std::streamsize>(rows_.size()));
    rows_.clear();
  }

  std::filesystem::path path_;
  std::ofstream file_;
  std::string rows_;
};

class CsvWorld {
 public:
  CsvWorld(const World& world, const std::filesystem::path& directory);

  CsvCounts Write();

 private:
  struct Tweet {
    World::TweetSeed seed;
    UserNumber author;
    std::uint32_t id;
  };
  struct Edge {
    Timestamp at;
    std::uint32_t from;
    std::uint32_t to;
    friend auto operator<=>(const Edge&, const Edge&) = default;
  };

  std::uint32_t IdOf(UserNumber user) const {
    return static_cast<std::uint32_t>(1 + world_.PopularityOf(user) * multiplier_ % world_.users());
  }
  void NumberTweets();
  void WriteFollows();
  void WriteTweets();
  void WriteFavorites();
  void WriteUsers();
  void WriteTimelines();
  void WriteMeta();
  void WriteEdges(const char* file, std::string_view columns, std::vector<Edge>* edges);
  std::vector<std::uint32_t> TimelineOf(UserNumber user) const;

  const World& world_;
  std::filesystem::path directory_;
  std::uint64_t multiplier_;
  CsvCounts counts_;

  std::vector<UserNumber> by_id_;       // of id i + 1
  std::vector<Tweet> tweets_;           // by author, and each author's newest first
  std::vector<std::size_t> begins_;     // of an author's tweets, and the end of the last one's
  std::vector<std::uint32_t> by_time_;  // places in tweets_
  std::vector<std::uint32_t> followers_;
  std::vector<std::uint32_t> followees_;
  std::vector<std::uint32_t> favorites_;
};

CsvWorld::CsvWorld(const World& world, const std::filesystem::path& directory)
    : world_(world),
      directory_(directory),
      multiplier_(MultiplierFor(world.users())),
      by_id_(world.users()),
      followers_(world.users()),
      followees_(world.users()),
      favorites_(world.users()) {
  for (UserNumber user = 0; user < world.users(); ++user) by_id_[IdOf(user) - 1] = user;
}

void CsvWorld::NumberTweets() {
  for (UserNumber user = 0; user < world_.users(); ++user) {
    begins_.push_back(tweets_.size());
    for (const World::TweetSeed& seed : world_.TweetsOf(user)) tweets_.push_back({seed, user, 0});
  }
  begins_.push_back(tweets_.size());
  by_time_.resize(tweets_.size());
  std::iota(by_time_.begin(), by_time_.end(), 0U);
  std::sort(by_time_.begin(), by_time_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return tweets_[a].seed.id < tweets_[b].seed.id;
  });
  std::uint32_t next = world_.users() + 1;
  for (const std::uint32_t place : by_time_) {
    Tweet& tweet = tweets_[place];
    tweet.id = place == begins_[tweet.author] ? IdOf(tweet.author) : next++;
  }
  counts_.tweets = tweets_.size();
}

void CsvWorld::WriteEdges(const char* file, std::string_view columns, std::vector<Edge>* edges) {
  std::sort(edges->begin(), edges->end());
  CsvFile csv(directory_ / file, columns);
  for (const Edge& edge : *edges) csv.Number(edge.from).Number(edge.to).Time(edge.at).EndRow();
  csv.Close();
}

void CsvWorld::WriteFollows() {
  std::vector<Edge> edges;
  for (UserNumber user = 0; user < world_.users(); ++user) {
    const std::vector<UserNumber> followees = world_.FolloweesOf(user);
    followees_[user] = static_cast<std::uint32_t>(followees.size());
    for (const UserNumber followee : followees) {
      ++followers_[followee];
      edges.push_back({world_.FollowedAt(user, followee), IdOf(user), IdOf(followee)});
    }
  }
  counts_.follows = edges.size();
  WriteEdges("follows.csv", "follower_id,followee_id,followed_at", &edges);
}

void CsvWorld::WriteTweets() {
  CsvFile csv(directory_ / "tweets.csv", "id,author_id,content,created_at,favorites_count");
  for (const std::uint32_t place : by_time_) {
    const Tweet& tweet = tweets_[place];
    csv.Number(tweet.id).Number(IdOf(tweet.author)).Text(World::TextOf(tweet.seed.text_seed));
    csv.Time(tweet.seed.id.created_at()).Number(tweet.seed.favorites).EndRow();
  }
  csv.Close();
}

void CsvWorld::WriteFavorites() {
  std::vector<Edge> edges;
  for (const Tweet& tweet : tweets_) {
    for (const UserNumber user : world_.FavoritersOf(tweet.seed)) {
      ++favorites_[user];
      edges.push_back({world_.FavoritedAt(user, tweet.seed), IdOf(user), tweet.id});
    }
  }
  counts_.favorites = edges.size();
  WriteEdges("favorites.csv", "user_id,tweet_id,favorited_at", &edges);
}

void CsvWorld::WriteUsers() {
  CsvFile csv(directory_ / "users.csv",
              "id,username,first_name,last_name,description,created_at,tweets_count,"
              "followers_count,followees_count,favorites_count");
  for (const UserNumber number : by_id_) {
    const storage::User user = world_.UserOf(number);
    csv.Number(IdOf(number)).Text(user.username).Text(user.first_name).Text(user.last_name);
    csv.Text(user.description).Time(user.created_at).Number(begins_[number + 1] - begins_[number]);
    csv.Number(followers_[number]).Number(followees_[number]).Number(favorites_[number]).EndRow();
  }
  csv.Close();
  counts_.users = world_.users();
}

// A heap holds the newest so far, with the oldest of them on top; an author's tweets come newest
// first, so the first that is too old is the last to look at.
std::vector<std::uint32_t> CsvWorld::TimelineOf(UserNumber user) const {
  std::vector<std::pair<storage::TweetId, std::uint32_t>> newest;
  for (const UserNumber followee : world_.FolloweesOf(user)) {
    for (std::size_t place = begins_[followee]; place < begins_[followee + 1]; ++place) {
      const Tweet& tweet = tweets_[place];
      if (newest.size() == kTimelineLength) {
        if (tweet.seed.id < newest.front().first) break;
        std::pop_heap(newest.begin(), newest.end(), std::greater<>());
        newest.pop_back();
      }
      newest.emplace_back(tweet.seed.id, tweet.id);
      std::push_heap(newest.begin(), newest.end(), std::greater<>());
    }
  }
  std::sort_heap(newest.begin(), newest.end(), std::greater<>());
  std::vector<std::uint32_t> ids;
  for (const auto& [time, id] : newest) ids.push_back(id);
  return ids;
}

void CsvWorld::WriteTimelines() {
  CsvFile csv(directory_ / "timelines.csv", "user_id,tweet_ids");
  for (const UserNumber user : by_id_) {
    csv.Number(IdOf(user)).Text(fmt::format("{}", fmt::join(TimelineOf(user), " "))).EndRow();
  }
  csv.Close();
}

void CsvWorld::WriteMeta() {
  std::uint64_t silent = 0;
  api::JsonWriter json;
  json.BeginObject().Member("users", counts_.users).Member("tweets", counts_.tweets);
  json.Member("follows", counts_.follows).Member("favorites", counts_.favorites);
  json.Member("multiplier", multiplier_).Name("popular").BeginArray();
  std::uint32_t listed = 0;
  for (std::uint32_t rank = 0; rank < world_.users(); ++rank) {
    const UserNumber user = world_.ByPopularity(rank);
    if (begins_[user] == begins_[user + 1]) {
      ++silent;
    } else if (listed++ < kPopularUsers) {
      json.BeginObject().Member("username", world_.Username(user));
      json.Member("token", world_.TokenText(user));
      json.MemberId("newest_tweet", tweets_[begins_[user]].seed.id.value).EndObject();
    }
  }
  json.EndArray().Member("users_without_tweets", silent).EndObject();
  std::ofstream file(directory_ / "meta.json", std::ios::binary | std::ios::trunc);
  file << json.Take() << '\n';
  if (!file.flush()) throw std::runtime_error("meta.json: cannot be written");
}

CsvCounts CsvWorld::Write() {
  std::filesystem::create_directories(directory_);
  NumberTweets();
  WriteFollows();
  WriteTweets();
  WriteFavorites();
  WriteUsers();
  WriteTimelines();
  WriteMeta();
  return counts_;
}

}  // namespace

CsvCounts WriteCsv(const World& world, const std::filesystem::path& directory) {
  const Profile& profile = world.profile();
  const double rows = profile.users * (1 + profile.follows_mean +
                                       profile.tweets_mean * (1 + profile.favorites_mean));
  if (rows > kMostRows) {
    throw std::invalid_argument(fmt::format(
        "a world of {:.0f} million rows is not sorted in memory; tables are written of at most "
        "{:.0f} million: take medium, or fewer --users",
        rows / 1e6, kMostRows / 1e6));
  }
  return CsvWorld(world, directory).Write();
}

}  // namespace warble::bench
