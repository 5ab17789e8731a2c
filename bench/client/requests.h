// RequestMaker: draws from a mix over a world, and writes the requests down as HTTP.
//
// A load generator must not wait for it. So it keeps names, tokens and tweets of the users asked
// for lately (a direct-mapped table, bounded), and a popular user costs a copy. The same seed gives
// the same requests. Not thread-safe: one a thread.
#pragma once

#include "bench/client/mix.h"
#include "bench/world/random.h"
#include "bench/world/world.h"
#include "bench/world/zipf.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

struct Request {
  Operation operation = Operation::kProfile;
  std::string bytes;            ///< head and body, as sent
  UserNumber viewer = 0;        ///< whose session it carries
  UserNumber user = 0;          ///< whose page it asks for or changes
  storage::TweetId tweet;       ///< of tweet, favoriters, favorite and unfavorite
  std::uint64_t text_seed = 0;  ///< of post_tweet: its content is World::TextOf(text_seed)
};

bool IsWrite(Operation operation);

class RequestMaker {
 public:
  struct Options {
    std::string host;  ///< the Host field
    std::uint64_t seed = 1;
    /// Users by popularity from this rank on are never viewers: they are left to the oracle.
    std::optional<std::uint32_t> reserved_from_rank;
  };

  /// Throws std::runtime_error if the mix asks for something that the world lacks.
  RequestMaker(const World& world, const LoadMix& mix, Options options);

  /// The next request; holds until the next call.
  const Request& Next();

 private:
  struct Person {
    std::optional<UserNumber> number;
    std::string name;
    std::string token;
    bool has_tweets = false;               // whether `tweets` was filled in
    std::vector<storage::TweetId> tweets;  // the newest kTweetsKept
  };
  /// A distribution over the numbers below a size.
  class Picker {
   public:
    Picker(const Distribution& distribution, std::uint32_t size);
    std::uint32_t operator()(Random& random) const;

   private:
    Distribution distribution_;
    std::uint32_t size_;
    std::optional<Zipf> zipf_;
  };

  Person& PersonOf(UserNumber number);
  const std::vector<storage::TweetId>& TweetsOf(UserNumber number);
  UserNumber DrawUser() { return world_.ByPopularity(users_(random_)); }
  Operation DrawOperation();
  void DrawTweet();
  void Write();
  void WriteRead(std::string_view page);
  void WriteEdge(std::string_view method, std::string_view page);
  void WriteTweet();
  void WriteSignIn();
  void WriteHead(std::string_view method, std::string_view page);
  void WriteBody(const std::string& body);

  const World& world_;
  Options options_;
  std::uint32_t actors_;  // the viewers are the users by popularity below this rank
  Random random_;
  Picker users_;
  Picker viewers_;
  Picker tweets_;
  std::array<double, kOperationCount> cumulated_{};
  std::vector<Person> people_;
  Request request_;
};

}  // namespace warble::bench
