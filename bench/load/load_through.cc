#include "bench/load/load_through.h"

#include "api/http/json_writer.h"
#include "bench/client/reply_parser.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::bench {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kConnections = 64;
// A sign-up behind 63 others waits for their password hashes too.
constexpr auto kTimeout = std::chrono::seconds(30);
// How long no connection can be opened before the server is given up.
constexpr auto kTimeToComeBack = std::chrono::seconds(5);
// Of a larger world a sample is checked: as many of the most popular and as many of the others.
constexpr UserNumber kAllChecked = 1000;
constexpr UserNumber kSampled = 100;

/// What the world wants to be there, in the order in which it is made.
struct Plan {
  struct Tweet {
    UserNumber author;
    storage::TweetId in_world;
    std::uint64_t text_seed;
    std::uint64_t id = 0;  // the server's; 0 while it is not there
  };
  struct Edge {
    storage::Timestamp at;
    UserNumber actor;
    std::uint32_t target;  // a user, or a tweet's place in `tweets`
  };
  explicit Plan(const World& world);

  std::vector<Tweet> tweets;                    // by author, oldest first
  std::vector<std::size_t> first_tweet;         // by author; one more at the end
  std::vector<Edge> follows;                    // oldest first
  std::vector<Edge> favorites;                  // oldest first
  std::vector<storage::UserCounters> counters;  // by user
};

Plan::Plan(const World& world) : first_tweet{0}, counters(world.users()) {
  for (UserNumber user = 0; user < world.users(); ++user) {
    for (const UserNumber followee : world.FolloweesOf(user)) {
      follows.push_back({world.FollowedAt(user, followee), user, followee});
      ++counters[user].followees;
      ++counters[followee].followers;
    }
    std::vector<World::TweetSeed> seeds = world.TweetsOf(user);
    std::reverse(seeds.begin(), seeds.end());
    for (const World::TweetSeed& seed : seeds) {
      for (const UserNumber favoriter : world.FavoritersOf(seed)) {
        favorites.push_back({world.FavoritedAt(favoriter, seed), favoriter,
                             static_cast<std::uint32_t>(tweets.size())});
        ++counters[favoriter].favorites;
      }
      tweets.push_back({.author = user, .in_world = seed.id, .text_seed = seed.text_seed});
    }
    counters[user].tweets = seeds.size();
    first_tweet.push_back(tweets.size());
  }
  const auto is_older = [](const Edge& a, const Edge& b) { return a.at < b.at; };
  std::stable_sort(follows.begin(), follows.end(), is_older);
  std::stable_sort(favorites.begin(), favorites.end(), is_older);
}

enum class Verdict { kDone, kMore, kRefused };

/// A number of items that are each brought about by one request or several, one after the other.
struct Step {
  std::string_view name;
  std::size_t items;
  /// What to send next for an item; the same again until it was answered.
  std::function<std::string(std::size_t)> request;
  /// Takes an answer; kMore: ask for the next request.
  std::function<Verdict(std::size_t, const Reply&)> answer;
  /// False: this item waits, and all behind it.
  std::function<bool(std::size_t)> may_begin = [](std::size_t) { return true; };
};

std::string DescribeRefusal(std::string_view request, const Reply& reply) {
  const std::string_view line = request.substr(0, request.find(" HTTP/1.1"));
  dom::parser parser;
  dom::element problem;
  const bool is_json =
      parser.parse(reply.body.data(), reply.body.size()).get(problem) == simdjson::SUCCESS;
  const auto text_at = [&](std::string_view name) {
    std::string_view text;
    const bool is_there = is_json && problem[name].get(text) == simdjson::SUCCESS;
    return is_there ? text : std::string_view();
  };
  return fmt::format("{} was refused: {} {} {}", line, reply.status, text_at("code"),
                     text_at("detail"));
}

/// Carries steps out, with at most kConnections items under way at a time.
class Pump : private HttpClient::Owner {
 public:
  explicit Pump(const ThroughOptions& options)
      : options_(options), client_(options.endpoint, kConnections, kTimeout, *this) {}

  void Run(const Step& step) {
    step_ = &step;
    done_ = 0;
    Report();
    Clock::time_point give_up = Clock::now() + kTimeToComeBack;
    for (std::size_t begun = 0; done_ < step.items;) {
      const Clock::time_point now = Clock::now();
      if (client_.HasFree() || client_.busy() > 0) give_up = now + kTimeToComeBack;
      if (now > give_up) throw Gone("no connection");
      while (client_.HasFree() && !waiting_.empty() && waiting_.begin()->first <= now) {
        Send(waiting_.extract(waiting_.begin()).mapped(), now);
      }
      while (client_.HasFree() && client_.busy() + waiting_.size() < kConnections &&
             begun < step.items && step.may_begin(begun)) {
        Send(begun++, now);
      }
      client_.Poll(waiting_.empty() ? now + std::chrono::seconds(1) : waiting_.begin()->first);
    }
  }

 private:
  void Send(std::size_t item, Clock::time_point now) {
    items_[client_.Send(step_->request(item), now)] = item;
  }

  void OnReply(std::size_t connection, const Reply& reply) override {
    const std::size_t item = items_[connection];
    if (reply.failure != Failure::kNone) throw Gone(NameOf(reply.failure));
    if (reply.status == 429) {
      waiting_.emplace(Clock::now() + RetryAfter(reply), item);
      return;
    }
    switch (Judge(item, reply)) {
      case Verdict::kDone:
        ++done_;
        return Report();
      case Verdict::kMore:
        waiting_.emplace(Clock::now(), item);
        return;
      case Verdict::kRefused:
        throw LoadError(fmt::format("{}: {}", options_.endpoint.host,
                                    DescribeRefusal(step_->request(item), reply)));
    }
  }

  Verdict Judge(std::size_t item, const Reply& reply) const {
    try {
      return step_->answer(item, reply);
    } catch (const simdjson::simdjson_error&) {
      throw LoadError(
          fmt::format("{}: its answers are not those of a Warble server", options_.endpoint.host));
    }
  }

  LoadError Gone(std::string_view how) const {
    return LoadError(
        fmt::format("{}: {} while it was to take the {}; see that it runs, and give "
                    "the same command again to go on",
                    options_.endpoint.host, how, step_->name));
  }

  static std::chrono::seconds RetryAfter(const Reply& reply) {
    const std::string_view digits = FieldOf(reply.head, "retry-after").value_or("");
    unsigned seconds = 1;
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    return std::chrono::seconds(seconds);
  }

  void Report() const {
    if (!options_.progress) return;
    options_.progress(
        {.stage = step_->name, .rows = done_, .skipped = 0, .expected = step_->items});
  }

  const ThroughOptions& options_;
  const Step* step_ = nullptr;
  std::size_t done_ = 0;
  std::array<std::size_t, kConnections> items_{};          // by connection
  std::multimap<Clock::time_point, std::size_t> waiting_;  // items by when they are due
  HttpClient client_;                                      // last: it calls back
};

class ThroughLoader {
 public:
  ThroughLoader(const World& world, const ThroughOptions& options)
      : world_(world),
        host_(options.endpoint.host),
        plan_(world),
        people_(world.users()),
        pump_(options) {}

  ThroughReport Run() {
    const Clock::time_point start = Clock::now();
    SignIn();
    ListTweets();
    PostTweets();
    AddEdges("follows", plan_.follows, report_.follows,
             [this](const Plan::Edge& edge) { return TargetOf(edge.target, "/followers"); });
    AddEdges("favorites", plan_.favorites, report_.favorites, [this](const Plan::Edge& edge) {
      const Plan::Tweet& tweet = plan_.tweets[edge.target];
      return TargetOf(tweet.author, fmt::format("/tweets/{}/favorites", tweet.id));
    });
    CheckCounters();
    report_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return report_;
  }

 private:
  struct Person {
    std::string token;
    bool is_registered = false;
    bool has_tweets = false;  // on the server, before this load posts any
    bool is_posting = false;  // so that nothing overtakes a user's own tweet
  };
  struct Listing {
    UserNumber author;
    std::optional<std::string> cursor;
    std::vector<std::pair<std::uint64_t, std::string>> tweets;  // ids and texts, newest first
  };

  void SignIn();
  std::string SignInRequest(UserNumber user) const;
  Verdict TakeSignIn(UserNumber user, const Reply& reply);
  void ListTweets();
  Verdict TakePage(Listing& listing, const Reply& reply);
  void TakeTweets(const Listing& listing);
  void PostTweets();
  template <class Target>
  void AddEdges(std::string_view name, const std::vector<Plan::Edge>& edges,
                ThroughReport::Count& count, Target target);
  void CheckCounters();
  void CheckUser(UserNumber user, const Reply& reply);

  std::string TargetOf(UserNumber user, std::string_view rest = "") const {
    return fmt::format("/users/{}{}", world_.Username(user), rest);
  }
  /// Without a session if there is no viewer.
  std::string RequestOf(std::string_view method, std::string_view target,
                        std::optional<UserNumber> viewer, std::string_view body = "") const;
  dom::element Parse(const Reply& reply) {
    return parser_.parse(reply.body.data(), reply.body.size());
  }

  const World& world_;
  const std::string host_;
  Plan plan_;
  std::vector<Person> people_;  // by number
  ThroughReport report_;
  dom::parser parser_;
  Pump pump_;
};

std::string ThroughLoader::RequestOf(std::string_view method, std::string_view target,
                                     std::optional<UserNumber> viewer,
                                     std::string_view body) const {
  std::string text = fmt::format("{} /api{} HTTP/1.1\r\nHost: {}\r\n", method, target, host_);
  if (viewer) text += fmt::format("Authorization: Bearer {}\r\n", people_[*viewer].token);
  if (!body.empty()) text += "Content-Type: application/json\r\n";
  return text + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

std::uint64_t IdAt(dom::element object) {
  const std::string_view digits = object["id"];
  std::uint64_t id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return id;
}

void ThroughLoader::SignIn() {
  report_.users.wanted = world_.users();
  pump_.Run({.name = "users",
             .items = world_.users(),
             .request = [this](std::size_t i) { return SignInRequest(static_cast<UserNumber>(i)); },
             .answer =
                 [this](std::size_t i, const Reply& reply) {
                   return TakeSignIn(static_cast<UserNumber>(i), reply);
                 }});
}

std::string ThroughLoader::SignInRequest(UserNumber user) const {
  const storage::User record = world_.UserOf(user);
  const bool is_registered = people_[user].is_registered;
  api::JsonWriter json;
  json.BeginObject().Member("username", record.username).Member("password", World::kPassword);
  if (!is_registered) {
    json.Member("first_name", record.first_name)
        .Member("last_name", record.last_name)
        .Member("description", record.description);
  }
  return RequestOf("POST", is_registered ? "/sessions" : "/users", std::nullopt,
                   json.EndObject().Take());
}

Verdict ThroughLoader::TakeSignIn(UserNumber user, const Reply& reply) {
  Person& person = people_[user];
  if (!person.is_registered) {
    if (reply.status != 201 && reply.status != 409) return Verdict::kRefused;
    if (reply.status == 201) ++report_.users.made;
    person.is_registered = true;
    return Verdict::kMore;
  }
  if (reply.status == 401) {
    throw LoadError(
        fmt::format("{}: {} has another password than this world's; give a server "
                    "that is empty, or half filled with this world",
                    host_, world_.Username(user)));
  }
  if (reply.status != 201) return Verdict::kRefused;
  const dom::element session = Parse(reply);
  person.token = std::string_view(session["token"]);
  person.has_tweets = std::uint64_t(session["user"]["tweets_count"]) > 0;
  return Verdict::kDone;
}

void ThroughLoader::ListTweets() {
  std::vector<Listing> listings;
  for (UserNumber user = 0; user < world_.users(); ++user) {
    if (people_[user].has_tweets) listings.push_back({.author = user, .cursor = {}, .tweets = {}});
  }
  pump_.Run(
      {.name = "tweets that are there",
       .items = listings.size(),
       .request =
           [&](std::size_t i) {
             const Listing& listing = listings[i];
             const std::string target = TargetOf(listing.author, "/tweets?limit=100");
             return RequestOf("GET",
                              listing.cursor ? target + "&cursor=" + *listing.cursor : target,
                              listing.author);
           },
       .answer = [&](std::size_t i, const Reply& reply) { return TakePage(listings[i], reply); }});
}

Verdict ThroughLoader::TakePage(Listing& listing, const Reply& reply) {
  if (reply.status != 200) return Verdict::kRefused;
  const dom::element page = Parse(reply);
  for (const dom::element tweet : dom::array(page["items"])) {
    listing.tweets.emplace_back(IdAt(tweet), std::string_view(tweet["content"]));
  }
  const dom::element next = page["next_cursor"];
  if (!next.is_null()) {
    listing.cursor = std::string_view(next);
    return Verdict::kMore;
  }
  TakeTweets(listing);
  listing.tweets = {};
  return Verdict::kDone;
}

// They were posted oldest first, so the oldest that are there are the oldest of the world.
void ThroughLoader::TakeTweets(const Listing& listing) {
  const std::size_t first = plan_.first_tweet[listing.author];
  const std::size_t count = listing.tweets.size();
  bool are_ours = count <= plan_.first_tweet[listing.author + std::size_t{1}] - first;
  for (std::size_t i = 0; are_ours && i < count; ++i) {
    const auto& [id, content] = listing.tweets[count - 1 - i];
    Plan::Tweet& tweet = plan_.tweets[first + i];
    tweet.id = id;
    are_ours = content == World::TextOf(tweet.text_seed);
  }
  if (are_ours) return;
  throw LoadError(
      fmt::format("{}: {} has tweets that are not of this world; give a server that is "
                  "empty, or half filled with this world",
                  host_, world_.Username(listing.author)));
}

void ThroughLoader::PostTweets() {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < plan_.tweets.size(); ++i) {
    if (plan_.tweets[i].id == 0) missing.push_back(i);
  }
  std::sort(missing.begin(), missing.end(), [this](std::size_t a, std::size_t b) {
    return plan_.tweets[a].in_world < plan_.tweets[b].in_world;
  });
  report_.tweets.wanted = plan_.tweets.size();
  pump_.Run(
      {.name = "tweets",
       .items = missing.size(),
       .request =
           [&](std::size_t i) {
             const Plan::Tweet& tweet = plan_.tweets[missing[i]];
             people_[tweet.author].is_posting = true;
             api::JsonWriter json;
             json.BeginObject().Member("content", World::TextOf(tweet.text_seed)).EndObject();
             return RequestOf("POST", TargetOf(tweet.author, "/tweets"), tweet.author, json.Take());
           },
       .answer =
           [&](std::size_t i, const Reply& reply) {
             if (reply.status != 201) return Verdict::kRefused;
             Plan::Tweet& tweet = plan_.tweets[missing[i]];
             tweet.id = IdAt(Parse(reply));
             people_[tweet.author].is_posting = false;
             ++report_.tweets.made;
             return Verdict::kDone;
           },
       .may_begin =
           [&](std::size_t i) { return !people_[plan_.tweets[missing[i]].author].is_posting; }});
}

template <class Target>
void ThroughLoader::AddEdges(std::string_view name, const std::vector<Plan::Edge>& edges,
                             ThroughReport::Count& count, Target target) {
  count.wanted = edges.size();
  pump_.Run({.name = name,
             .items = edges.size(),
             .request =
                 [&](std::size_t i) { return RequestOf("POST", target(edges[i]), edges[i].actor); },
             .answer =
                 [&](std::size_t, const Reply& reply) {
                   if (reply.status != 201 && reply.status != 200) return Verdict::kRefused;
                   if (reply.status == 201) ++count.made;
                   return Verdict::kDone;
                 }});
}

void ThroughLoader::CheckCounters() {
  std::vector<UserNumber> sample(world_.users());
  std::iota(sample.begin(), sample.end(), UserNumber{0});
  if (world_.users() > kAllChecked) {
    sample.clear();
    for (UserNumber i = 0; i < kSampled; ++i) {
      sample.push_back(world_.ByPopularity(i));
      sample.push_back(
          static_cast<UserNumber>(std::uint64_t{i} * (world_.users() - 1) / (kSampled - 1)));
    }
  }
  pump_.Run(
      {.name = "counters, checked",
       .items = sample.size(),
       .request = [&](std::size_t i) { return RequestOf("GET", TargetOf(sample[i]), sample[i]); },
       .answer =
           [&](std::size_t i, const Reply& reply) {
             if (reply.status != 200) return Verdict::kRefused;
             CheckUser(sample[i], reply);
             return Verdict::kDone;
           }});
  report_.checked = sample.size();
}

void ThroughLoader::CheckUser(UserNumber user, const Reply& reply) {
  const dom::element profile = Parse(reply);
  const storage::UserCounters& wanted = plan_.counters[user];
  const std::pair<std::string_view, std::uint64_t> counts[] = {
      {"tweets_count", wanted.tweets},
      {"followers_count", wanted.followers},
      {"followees_count", wanted.followees},
      {"favorites_count", wanted.favorites}};
  for (const auto& [name, count] : counts) {
    const std::uint64_t found = profile[name];
    if (found == count) continue;
    throw LoadError(
        fmt::format("{}: {} of {} is {}, and {} in this world; give a server that is "
                    "empty, or half filled with this world",
                    host_, name, world_.Username(user), found, count));
  }
}

}  // namespace

ThroughReport LoadThrough(const World& world, const ThroughOptions& options) {
  return ThroughLoader(world, options).Run();
}

}  // namespace warble::bench
