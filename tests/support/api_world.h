// A node's API without a server: requests go in as heads and bodies, answers come out.
#pragma once

#include "api/auth/token.h"
#include "api/service.h"
#include "api/task.h"
#include "storage/model/sessions.h"
#include "tests/support/node.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <simdjson.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::tests {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  api::Method method = api::Method::kGet;
  std::string target{};
  std::string token{};  ///< sent as Bearer; empty: none
  std::string body{};   ///< application/json, unless `fields` have a Content-Type; empty: none
  Fields fields{};
  api::Surface surface = api::Surface::kPublic;
};

struct Reply {
  api::Response response;
  std::string route;     ///< its pattern
  bool refused = false;  ///< when the head was seen
  bool at_once = true;   ///< without waiting for anything

  int status() const { return response.status; }
  std::string body() const { return std::string(response.content()); }
  /// The value of a field, or nothing.
  std::optional<std::string> Field(std::string_view name) const {
    const std::string lines = "\r\n" + response.headers;
    const std::string before = "\r\n" + std::string(name) + ": ";
    const std::size_t at = lines.find(before);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t from = at + before.size();
    return lines.substr(from, lines.find("\r\n", from) - from);
  }
  /// What stands at a JSON pointer in the body: a text as it is, anything else as JSON; "" if there
  /// is nothing.
  std::string At(std::string_view pointer) const {
    simdjson::dom::parser parser;
    simdjson::dom::element found;
    if (parser.parse(body()).at_pointer(pointer).get(found)) return {};
    std::string_view text;
    if (!found.get(text)) return std::string(text);
    return simdjson::minify(found);
  }
  std::string code() const { return At("/code"); }
};

/// A user and one session of theirs.
struct Member {
  storage::User user;
  std::string token;
  std::string path() const { return "/api/users/" + user.username; }
};

inline api::ServiceOptions Unlimited() {
  api::ServiceOptions options;
  options.disk_threads = 1;
  options.rate_limit = 0;
  return options;
}

/// A service over a node in a temporary directory. The answers come on an event loop that runs for
/// as long as requests are under way.
class ApiWorld {
 public:
  explicit ApiWorld(api::ServiceOptions options = Unlimited(),
                    storage::Clock::Source clock = storage::Clock::ReadSystem,
                    rocksdb::Env* env = nullptr)
      : options_(std::move(options)), clock_(std::move(clock)), env_(env) {
    Restart();
  }

  Node& node() { return *node_; }
  api::Service& service() { return *service_; }

  /// Closes the node and opens it again: nothing of it is in memory.
  void Restart() {
    service_.reset();
    node_.reset();
    node_.emplace(directory_.path() / "data", clock_, env_);
    service_.emplace(node_->engine(), node_->committer(), options_);
  }

  /// Registers a user, whose password is nobody's to know.
  Member Join(std::string_view username) {
    const storage::User user = AddUser(*node_, username);
    return {user, SignIn(user)};
  }
  /// A new session of a user.
  std::string SignIn(const storage::User& user) {
    const api::Token token = api::MakeToken(user.id, node_->engine().secret());
    node_->Commit([&](storage::Transaction& transaction) {
      constexpr std::uint64_t kHourMs = 3'600'000;
      const storage::Timestamp now = transaction.Now();
      storage::AddSession(transaction, user.id, {token.hash, now, {now.ms + kHourMs}});
      return true;
    });
    return token.text;
  }

  Reply Send(const Request& request) { return std::move(SendTogether({request}).front()); }
  Reply Get(std::string target, std::string_view token = {}, Fields fields = {}) {
    return Send(
        {.target = std::move(target), .token = std::string(token), .fields = std::move(fields)});
  }
  Reply Post(std::string target, std::string_view token, std::string body = {},
             Fields fields = {}) {
    return Send({.method = api::Method::kPost,
                 .target = std::move(target),
                 .token = std::string(token),
                 .body = std::move(body),
                 .fields = std::move(fields)});
  }
  Reply Patch(std::string target, std::string_view token, std::string body, Fields fields = {}) {
    return Send({.method = api::Method::kPatch,
                 .target = std::move(target),
                 .token = std::string(token),
                 .body = std::move(body),
                 .fields = std::move(fields)});
  }
  Reply Delete(std::string target, std::string_view token, std::string body = {},
               Fields fields = {}) {
    return Send({.method = api::Method::kDelete,
                 .target = std::move(target),
                 .token = std::string(token),
                 .body = std::move(body),
                 .fields = std::move(fields)});
  }

  /// All are admitted and handled before the first of them waits for the committer or a pool.
  std::vector<Reply> SendTogether(const std::vector<Request>& requests) {
    boost::asio::io_context loop;
    std::vector<Reply> replies(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      boost::asio::co_spawn(loop, Serve(*service_, requests[i], replies[i]), boost::asio::detached);
    }
    loop.run();
    return replies;
  }

 private:
  static std::string_view MethodText(api::Method method) {
    switch (method) {
      case api::Method::kGet:
        return "GET";
      case api::Method::kHead:
        return "HEAD";
      case api::Method::kPost:
        return "POST";
      case api::Method::kPut:
        return "PUT";
      case api::Method::kPatch:
        return "PATCH";
      case api::Method::kDelete:
        return "DELETE";
      case api::Method::kOptions:
        return "OPTIONS";
      case api::Method::kOther:
        break;
    }
    return "BREW";
  }

  // As a connection does it.
  static api::Task<void> Serve(api::Service& service, const Request& request, Reply& reply) {
    Fields sent = request.fields;
    if (!request.token.empty()) sent.emplace_back("Authorization", "Bearer " + request.token);
    bool has_type = false;
    for (const auto& field : request.fields) has_type = has_type || field.first == "Content-Type";
    if (!request.body.empty() && !has_type) sent.emplace_back("Content-Type", "application/json");
    std::vector<api::Field> fields;
    for (const auto& [name, value] : sent) fields.push_back({name, value});
    const api::RequestHead head{.method = request.method,
                                .method_text = MethodText(request.method),
                                .target = request.target,
                                .fields = fields,
                                .client_address = "192.0.2.1",
                                .surface = request.surface,
                                .has_body = !request.body.empty()};
    api::TokenReader tokens;
    api::Soon<api::AdmissionPtr> admitted = service.Admit(head, tokens);
    if (!admitted.ready()) {
      reply.at_once = false;
      co_await admitted.Wait();
    }
    const api::AdmissionPtr admission = admitted.Take();
    reply.refused = api::Service::Refused(*admission);
    reply.route = api::Service::RouteOf(*admission);
    api::Soon<api::Response> response = service.Handle(*admission, request.body);
    if (!response.ready()) {
      reply.at_once = false;
      co_await response.Wait();
    }
    reply.response = response.Take();
  }

  TemporaryDirectory directory_;
  const api::ServiceOptions options_;
  const storage::Clock::Source clock_;
  rocksdb::Env* const env_;
  std::optional<Node> node_;
  std::optional<api::Service> service_;
};

}  // namespace warble::tests
