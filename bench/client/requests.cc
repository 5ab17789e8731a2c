#include "bench/client/requests.h"

#include "api/http/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <stdexcept>

namespace warble::bench {
namespace {

constexpr std::size_t kPeopleKept = std::size_t{1} << 15;
constexpr std::size_t kTweetsKept = 20;
constexpr int kMostDraws = 10'000;

bool NeedsTweet(Operation operation) {
  return operation == Operation::kTweet || operation == Operation::kFavoriters ||
         operation == Operation::kFavorite || operation == Operation::kUnfavorite;
}

/// Whether the page is the viewer's own.
bool IsOwn(Operation operation) {
  return operation == Operation::kTimeline || operation == Operation::kPostTweet ||
         operation == Operation::kSignIn;
}

}  // namespace

bool IsWrite(Operation operation) {
  switch (operation) {
    case Operation::kPostTweet:
    case Operation::kFollow:
    case Operation::kUnfollow:
    case Operation::kFavorite:
    case Operation::kUnfavorite:
      return true;
    default:
      return false;
  }
}

RequestMaker::Picker::Picker(const Distribution& distribution, std::uint32_t size)
    : distribution_(distribution), size_(size) {
  if (distribution.kind == Distribution::Kind::kZipf) zipf_.emplace(size, distribution.exponent);
}

std::uint32_t RequestMaker::Picker::operator()(Random& random) const {
  if (zipf_) return (*zipf_)(random);
  if (distribution_.kind == Distribution::Kind::kUniform) return random.Below(size_);
  return std::min(distribution_.rank, size_ - 1);
}

RequestMaker::RequestMaker(const World& world, const LoadMix& mix, Options options)
    : world_(world),
      options_(std::move(options)),
      actors_(options_.reserved_from_rank.value_or(world.users())),
      random_(options_.seed),
      users_(mix.users, world.users()),
      viewers_(mix.viewers, actors_),
      tweets_(mix.tweets, kTweetsKept),
      people_(kPeopleKept) {
  for (const Distribution& distribution : {mix.users, mix.viewers}) {
    if (distribution.kind == Distribution::Kind::kOne && distribution.rank >= world.users()) {
      throw std::runtime_error(fmt::format("{}: a world of {} users has no rank {}", mix.name,
                                           world.users(), distribution.rank));
    }
  }
  std::partial_sum(mix.weights.begin(), mix.weights.end(), cumulated_.begin());
}

RequestMaker::Person& RequestMaker::PersonOf(UserNumber number) {
  Person& person = people_[number % kPeopleKept];
  if (person.number != number) {
    person.number = number;
    person.name = world_.Username(number);
    person.token = world_.TokenText(number);
    person.has_tweets = false;
    person.tweets.clear();
  }
  return person;
}

const std::vector<storage::TweetId>& RequestMaker::TweetsOf(UserNumber number) {
  Person& person = PersonOf(number);
  if (!person.has_tweets) {
    const std::vector<World::TweetSeed> all = world_.TweetsOf(number);
    for (std::size_t i = 0; i < std::min(all.size(), kTweetsKept); ++i) {
      person.tweets.push_back(all[i].id);
    }
    person.has_tweets = true;
  }
  return person.tweets;
}

Operation RequestMaker::DrawOperation() {
  const double at = random_.Unit() * cumulated_.back();
  const auto place = std::lower_bound(cumulated_.begin(), cumulated_.end(), at);
  return static_cast<Operation>(place - cumulated_.begin());
}

void RequestMaker::DrawTweet() {
  const std::vector<storage::TweetId>* tweets = &TweetsOf(request_.user);
  for (int draws = 0; tweets->empty(); ++draws) {
    if (draws == kMostDraws) throw std::runtime_error("none of the users asked for has tweets");
    request_.user = DrawUser();
    tweets = &TweetsOf(request_.user);
  }
  request_.tweet = (*tweets)[tweets_(random_) % tweets->size()];
}

void RequestMaker::WriteHead(std::string_view method, std::string_view page) {
  // One after the other: looking the second person up may put it in the first one's place.
  fmt::format_to(std::back_inserter(request_.bytes), "{} /api/users/{}{} HTTP/1.1\r\nHost: {}\r\n",
                 method, PersonOf(request_.user).name, page, options_.host);
  fmt::format_to(std::back_inserter(request_.bytes), "Authorization: Bearer {}\r\n",
                 PersonOf(request_.viewer).token);
}

void RequestMaker::WriteRead(std::string_view page) {
  WriteHead("GET", page);
  request_.bytes += "\r\n";
}

void RequestMaker::WriteEdge(std::string_view method, std::string_view page) {
  WriteHead(method, page);
  request_.bytes += "Content-Length: 0\r\n\r\n";
}

void RequestMaker::WriteBody(const std::string& body) {
  fmt::format_to(std::back_inserter(request_.bytes),
                 "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(),
                 body);
}

void RequestMaker::WriteTweet() {
  WriteHead("POST", "/tweets");
  api::JsonWriter json;
  json.BeginObject().Member("content", World::TextOf(request_.text_seed)).EndObject();
  WriteBody(json.Take());
}

void RequestMaker::WriteSignIn() {
  fmt::format_to(std::back_inserter(request_.bytes), "POST /api/sessions HTTP/1.1\r\nHost: {}\r\n",
                 options_.host);
  api::JsonWriter json;
  json.BeginObject().Member("username", PersonOf(request_.viewer).name);
  WriteBody(json.Member("password", World::kPassword).EndObject().Take());
}

void RequestMaker::Write() {
  const std::uint64_t tweet = request_.tweet.value;
  switch (request_.operation) {
    case Operation::kTimeline:
      return WriteRead("/timeline");
    case Operation::kProfile:
      return WriteRead("");
    case Operation::kUserTweets:
      return WriteRead("/tweets");
    case Operation::kTweet:
      return WriteRead(fmt::format("/tweets/{}", tweet));
    case Operation::kFollowers:
      return WriteRead("/followers");
    case Operation::kFollowees:
      return WriteRead("/followees");
    case Operation::kFavoriters:
      return WriteRead(fmt::format("/tweets/{}/favorites", tweet));
    case Operation::kFavorites:
      return WriteRead("/favorites");
    case Operation::kActivity:
      return WriteRead("/activity");
    case Operation::kPostTweet:
      request_.text_seed = random_.Number();
      return WriteTweet();
    case Operation::kFollow:
      return WriteEdge("POST", "/followers");
    case Operation::kUnfollow:
      return WriteEdge("DELETE", "/followers/" + PersonOf(request_.viewer).name);
    case Operation::kFavorite:
      return WriteEdge("POST", fmt::format("/tweets/{}/favorites", tweet));
    case Operation::kUnfavorite:
      return WriteEdge(
          "DELETE", fmt::format("/tweets/{}/favorites/{}", tweet, PersonOf(request_.viewer).name));
    case Operation::kSignIn:
      return WriteSignIn();
  }
}

const Request& RequestMaker::Next() {
  request_.operation = DrawOperation();
  request_.bytes.clear();
  request_.viewer = world_.ByPopularity(viewers_(random_));
  request_.user = IsOwn(request_.operation) ? request_.viewer : DrawUser();
  if (NeedsTweet(request_.operation)) DrawTweet();
  const bool is_follow =
      request_.operation == Operation::kFollow || request_.operation == Operation::kUnfollow;
  while (is_follow && request_.viewer == request_.user) {
    request_.viewer = world_.ByPopularity(random_.Below(actors_));
  }
  Write();
  return request_;
}

}  // namespace warble::bench
