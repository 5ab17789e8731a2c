// The services of three shards answer as that of one node does, where a request has its home.
#include "tests/support/cluster.h"
#include "api/auth/token.h"
#include "api/service.h"
#include "storage/engine/clock.h"
#include "storage/model/sessions.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warble::api {
namespace {

using storage::ShardNumber;
using storage::UserId;
using tests::Cluster;

// A service, and a session there.
class Client {
 public:
  Client(tests::Node& node, sharding::Peers* peers)
      : node_(node), service_(node.engine(), node.committer(), OptionsWith(peers)) {}

  void SignIn(UserId user) {
    const Token token = MakeToken(user, node_.engine().secret());
    node_.Commit([&](storage::Transaction& transaction) {
      const storage::Timestamp now = transaction.Now();
      storage::AddSession(transaction, user, {token.hash, now, {now.ms + 1'000'000}});
      return true;
    });
    authorization_ = "Bearer " + token.text;
  }

  // Status and body.
  std::pair<int, std::string> Get(const std::string& target, bool signed_in) {
    const std::array fields = {Field{"Authorization", authorization_},
                               Field{"X-Request-Id", "the-same"}};
    RequestHead head;
    head.method = Method::kGet;
    head.method_text = "GET";
    head.target = target;
    head.fields = std::span(fields).subspan(signed_in ? 0 : 1);
    head.client_address = "127.0.0.1";
    const AdmissionPtr admission = tests::RunTask(tests::Wait(service_.Admit(head, tokens_)));
    const Response response = tests::RunTask(tests::Wait(service_.Handle(*admission, "")));
    return {response.status, std::string(response.content())};
  }

 private:
  static ServiceOptions OptionsWith(sharding::Peers* peers) {
    ServiceOptions options;
    options.rate_limit = 0;
    options.anonymous_reads = true;
    options.peers = peers;
    return options;
  }

  tests::Node& node_;
  Service service_;
  TokenReader tokens_;
  std::string authorization_;
};

// Some who follow and favorite each other across, of whom one has gone.
struct World {
  World() : whole(directory.path() / "whole") {
    for (int i = 0; i < 40; ++i) users.push_back(tests::AddUser(whole, fmt::format("user{}", i)));
    for (std::size_t i = 0; i < users.size(); ++i) {
      for (std::size_t j = 0; j < users.size(); ++j) {
        if (i != j && (i * j) % 3 != 1) tests::AddFollow(whole, users[i].id, users[j].id);
      }
      tweets.push_back(tests::AddTweet(whole, users[i].id, fmt::format("tweet {}", i)));
      for (std::size_t j = 0; j <= i; j += 2) {
        tests::AddFavorite(whole, users[i].id, tweets[j]);
      }
    }
    tests::RemoveUser(whole, users[7].id);
    tests::RunPurges(whole);
    tests::RemoveUser(whole, users[8].id);
  }
  tests::TemporaryDirectory directory{tests::QuickestPlace()};
  tests::Node whole;
  std::vector<storage::User> users;
  std::vector<storage::Tweet> tweets;
};

struct Services {
  explicit Services(World& world)
      : cluster(world.whole, world.directory.path()), one(world.whole, nullptr) {
    for (std::size_t i = 0; i < Cluster::kShards; ++i) {
      const auto shard = static_cast<ShardNumber>(i);
      each.push_back(std::make_unique<Client>(cluster.node(shard), &cluster.peers(shard)));
    }
  }
  Client& home(UserId user) {
    return *each[static_cast<std::size_t>(tests::ShardOf(user.partition()))];
  }
  Cluster cluster;
  Client one;
  std::vector<std::unique_ptr<Client>> each;
};

}  // namespace

TEST_CASE("services: those of three shards answer reads byte for byte as that of one node") {
  World world;
  Services services(world);
  for (std::size_t i = 0; i < world.users.size(); ++i) {
    const storage::User& user = world.users[i];
    const std::string path = "/api/users/" + user.username;
    for (const std::string& rest :
         {std::string(), std::string("/tweets"), std::string("/followers"),
          std::string("/followers?limit=5&page=3"), std::string("/followees?page=2&limit=7"),
          std::string("/favorites"), std::string("/activity?limit=3"),
          fmt::format("/tweets/{}", world.tweets[i].id.value),
          fmt::format("/tweets/{}/favorites", world.tweets[i].id.value)}) {
      CAPTURE(path + rest);
      const auto expected = services.one.Get(path + rest, false);
      CHECK(services.home(user.id).Get(path + rest, false) == expected);
      CHECK(expected.first == (i == 7 || i == 8 ? 404 : 200));
    }
    // The truth of an edge is the follower's.
    for (std::size_t j = 0; j < 10; ++j) {
      const std::string edge = fmt::format("/api/users/user{}/followers/{}", j, user.username);
      CAPTURE(edge);
      CHECK(services.home(user.id).Get(edge, false) == services.one.Get(edge, false));
    }
  }
}

TEST_CASE("services: a viewer's relation to what is listed costs no further request") {
  World world;
  Services services(world);
  const storage::User& user = world.users[2];
  services.one.SignIn(user.id);
  services.home(user.id).SignIn(user.id);
  const std::string path = "/api/users/" + user.username;
  for (const std::string rest :
       {"/followers?expand=viewer", "/followees?expand=viewer", "/favorites?expand=viewer",
        "/activity?expand=viewer", "/timeline?expand=viewer", "/timeline?limit=5&page=4",
        "/timeline?include_self=true&limit=100"}) {
    CAPTURE(rest);
    const auto expected = services.one.Get(path + rest, true);
    CHECK(expected.first == 200);
    CHECK(services.home(user.id).Get(path + rest, true) == expected);
    int asked = 0;
    for (std::size_t i = 0; i < Cluster::kShards; ++i) {
      const auto shard = static_cast<ShardNumber>(i);
      const bool deep = rest.find("page=4") != std::string::npos;
      const int questions = services.cluster.TakeAsked(shard);
      CHECK(questions <= (deep ? 2 : 1));
      CHECK((questions == 0 || shard != tests::ShardOf(user.id.partition())));
      asked += questions;
    }
    CHECK(asked > 0);
  }
}

TEST_CASE("services: while a shard is away what needs it is 503, and all else is answered") {
  World world;
  Services services(world);
  const storage::User& user = world.users[2];
  const auto home = tests::ShardOf(user.id.partition());
  services.cluster.Set(static_cast<ShardNumber>((static_cast<int>(home) + 1) % 3),
                       Cluster::Mood::kAway);
  Client& client = services.home(user.id);
  const std::string path = "/api/users/" + user.username;
  CHECK(client.Get(path, false).first == 200);
  CHECK(client.Get(path + "/tweets", false).first == 200);
  const auto [status, body] = client.Get(path + "/followers", false);
  CHECK(status == 503);
  CHECK(body.find("\"unavailable\"") != std::string::npos);
  // No list is read but on the shard of its user.
  for (const storage::User& other : world.users) {
    if (tests::ShardOf(other.id.partition()) == home) continue;
    CHECK(client.Get("/api/users/" + other.username + "/followers", false).first != 200);
  }
}

}  // namespace warble::api
