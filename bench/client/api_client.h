// ApiClient: one request after the other, for checks; reads what the API answers.
//
// Reads are repeated while the server says that it is too busy; writes are sent once. Not
// thread-safe.
#pragma once

#include "bench/client/http_client.h"
#include "bench/world/world.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

struct Answer {
  Failure failure = Failure::kNone;
  int status = 0;
  std::string location{};
  std::string body{};

  bool ok() const { return failure == Failure::kNone && status >= 200 && status < 300; }
  /// For people: "503", "timeout".
  std::string Describe() const;
};

/// What the checks need of an item of any list.
struct Item {
  std::uint64_t id = 0;  ///< of the tweet, or of the user in a list of users
  std::string username;  ///< of the user, or of the tweet's author
  std::string time;      ///< by which the list is ordered: as text, which sorts as times do
  friend bool operator==(const Item&, const Item&) = default;
};

struct Page {
  std::vector<Item> items;
  std::optional<std::string> next_cursor;
};

struct TweetAnswer {
  std::string author;
  std::string content;
  std::uint64_t favorites = 0;
  bool favorited = false;  ///< by the viewer
};

class ApiClient : private HttpClient::Owner {
 public:
  /// Throws std::runtime_error when the server cannot be reached.
  ApiClient(const Endpoint& endpoint, const World& world, Clock::duration timeout);

  /// `target` is what follows /api, e.g. "/users/user7/tweets".
  Answer Get(UserNumber viewer, std::string_view target);
  Answer Write(std::string_view method, UserNumber viewer, std::string_view target,
               std::string_view body = "");

  /// One page of a list, of up to 100 items; the target has no query. Nothing on any other
  /// answer than a list; then last() says what came.
  std::optional<Page> GetPage(UserNumber viewer, const std::string& target,
                              const std::optional<std::string>& cursor = std::nullopt);
  std::optional<storage::UserCounters> GetCounters(UserNumber viewer, UserNumber user);
  std::optional<TweetAnswer> GetTweet(UserNumber viewer, UserNumber author, storage::TweetId id);

  const Answer& last() const { return last_; }
  const World& world() const { return world_; }
  /// "/users/<name>" and what follows.
  std::string TargetOf(UserNumber user, std::string_view rest = "") const;

 private:
  Answer Exchange(const std::string& request);
  void OnReply(std::size_t connection, const Reply& reply) override;

  Endpoint endpoint_;
  const World& world_;
  bool answered_ = false;
  Answer last_;
  HttpClient client_;  // last: it calls back
};

}  // namespace warble::bench
