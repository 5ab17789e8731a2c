#include "server/etcd_client.h"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <utility>

namespace warble::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using sharding::AgreedTransaction;
using sharding::TransactionAnswer;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kWatchOpenTimeout{2};
constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{500};
// What is read at a time. Also the most that a header, or a trailer, may take.
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

using Request = http::request<http::string_body>;

Request MakeRequest(const Address& endpoint, std::string_view target, std::string body) {
  Request request(http::verb::post, {target.data(), target.size()}, 11);
  request.set(http::field::host, ToString(endpoint));
  request.set(http::field::content_type, "application/json");
  // Of use to a watch, which is silent for ever otherwise once its member has lost the leader.
  request.set("Grpc-Metadata-hasleader", "true");
  request.keep_alive(false);
  request.body() = std::move(body);
  request.prepare_payload();
  return request;
}

/// Sends a request on a new connection, by the deadline that the stream has. Returns why not.
template <class Stream>
api::Task<std::optional<std::string>> ConnectAndSend(Stream& stream, Address endpoint,
                                                     Request request) {
  beast::error_code parse_error;
  const auto address = asio::ip::make_address(endpoint.host, parse_error);
  tcp::endpoint to(address, endpoint.port);
  if (parse_error) {
    asio::ip::basic_resolver<tcp, api::Executor> resolver(stream.get_executor());
    const auto [error, found] = co_await resolver.async_resolve(
        endpoint.host, std::to_string(endpoint.port), asio::as_tuple(api::kAwait));
    if (error) co_return fmt::format("cannot look up: {}", error.message());
    to = found.begin()->endpoint();
  }
  const auto [connect_error] = co_await stream.async_connect(to, asio::as_tuple(api::kAwait));
  if (connect_error) co_return fmt::format("cannot connect: {}", connect_error.message());
  const auto [error, sent] =
      co_await http::async_write(stream, request, asio::as_tuple(api::kAwait));
  if (error) co_return fmt::format("cannot send: {}", error.message());
  co_return std::nullopt;
}

std::string StatusText(unsigned status, std::string_view body) {
  return fmt::format("status {}: {}", status, EtcdErrorText(body));
}

}  // namespace

std::optional<std::vector<Address>> ParseEtcdEndpoints(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  std::vector<Address> endpoints;
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    if (!one.starts_with(kScheme)) return std::nullopt;
    one.remove_prefix(kScheme.size());
    if (one.ends_with('/')) one.remove_suffix(1);
    auto address = ParseAddress(one);
    if (!address || address->port == 0) return std::nullopt;
    endpoints.push_back(std::move(*address));
    if (comma == std::string_view::npos) return endpoints;
    text.remove_prefix(comma + 1);
  }
}

// ---- EtcdWatch ----

EtcdWatch::EtcdWatch(api::Executor executor, Address endpoint, std::string prefix,
                     sharding::Revision from, std::optional<EtcdCluster> cluster)
    : endpoint_(std::move(endpoint)),
      prefix_(std::move(prefix)),
      from_(from),
      cluster_(cluster),
      stream_(executor),
      buffer_(kBufferBytes) {
  parser_.body_limit(kMostEtcdBytes);
}

void EtcdWatch::Cancel() {
  canceled_ = true;
  stream_.close();
}

api::Task<EtcdWatched> EtcdWatch::Next() {
  std::optional<std::string> failure;
  if (!canceled_ && !std::exchange(open_, true)) failure = co_await Open();
  while (!failure && !canceled_ && !IsWhole()) failure = co_await ReadSome();
  if (canceled_) failure = "canceled";
  EtcdWatched watched;
  if (failure) {
    watched.ended = std::move(failure);
  } else {
    watched = TakeMessage();
  }
  if (watched.ended) stream_.close();
  co_return watched;
}

bool EtcdWatch::IsWhole() const {
  // The last one, an error, comes without a line feed.
  return received_.find('\n') != std::string::npos || (parser_.is_done() && !received_.empty());
}

EtcdWatched EtcdWatch::TakeMessage() {
  stream_.expires_never();
  const std::size_t end = std::min(received_.find('\n'), received_.size() - 1);
  auto watched = ParseEtcdWatched(prefix_, std::string_view(received_).substr(0, end + 1));
  received_.erase(0, end + 1);
  if (!watched) return {.ended = "a malformed message"};
  if (watched->ended) return std::move(*watched);
  if (!cluster_) cluster_ = watched->cluster;
  if (watched->cluster != *cluster_) return {.ended = "another cluster of etcd"};
  return std::move(*watched);
}

api::Task<std::optional<std::string>> EtcdWatch::Open() {
  stream_.expires_after(kWatchOpenTimeout);  // until the first message
  Request request = MakeRequest(endpoint_, "/v3/watch", EtcdWatchFrom(prefix_, from_));
  auto failure = co_await ConnectAndSend(stream_, endpoint_, std::move(request));
  if (failure) co_return failure;
  const auto [error, count] =
      co_await http::async_read_header(stream_, buffer_, parser_, asio::as_tuple(api::kAwait));
  if (error) co_return error.message();
  if (parser_.get().result() != http::status::ok) {
    co_return fmt::format("status {}", parser_.get().result_int());
  }
  // A length that the head named has been judged, before room for it is made; now the stream goes
  // on without an end: see ReadSome().
  parser_.body_limit(boost::none);
  co_return std::nullopt;
}

api::Task<std::optional<std::string>> EtcdWatch::ReadSome() {
  if (parser_.is_done()) co_return "the stream ended";
  const auto [error, count] =
      co_await http::async_read_some(stream_, buffer_, parser_, asio::as_tuple(api::kAwait));
  std::string& body = parser_.get().body();
  received_ += body;
  body.clear();
  if (error) co_return error.message();
  if (received_.size() > kMostEtcdBytes) co_return "a message without an end";
  co_return std::nullopt;
}

// ---- EtcdClient ----

/// The tries of one operation: which endpoint is next, and when no other is to be made.
class EtcdClient::Tries {
 public:
  Tries(EtcdClient& client, Deadline deadline)
      : client_(client), deadline_(deadline), timer_(client.executor_) {}

  api::Task<Reply> Post(std::string target, std::string body) {
    asked_ = client_.current_;
    const Deadline until = std::min(deadline_, Clock::now() + client_.options_.try_timeout);
    co_return co_await client_.Post(client_.options_.endpoints[asked_], std::move(target),
                                    std::move(body), until);
  }

  /// After a try that failed: whether there is time for another, which then is due.
  api::Task<bool> GoOn() {
    const std::size_t count = client_.options_.endpoints.size();
    if (client_.current_ == asked_) client_.current_ = (asked_ + 1) % count;
    if (++failed_ % count == 0) {
      if (Clock::now() + pause_ >= deadline_) co_return false;
      timer_.expires_after(pause_);
      co_await timer_.async_wait(asio::as_tuple(api::kAwait));
      pause_ = std::min(2 * pause_, kLongestPause);
    }
    co_return Clock::now() < deadline_;
  }

 private:
  EtcdClient& client_;
  const Deadline deadline_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, api::Executor> timer_;
  std::size_t asked_ = 0;
  std::size_t failed_ = 0;
  std::chrono::milliseconds pause_ = kFirstPause;
};

EtcdClient::EtcdClient(api::Executor executor, Options options)
    : executor_(executor), options_(std::move(options)) {}

api::Task<EtcdClient::Answered<EtcdRows>> EtcdClient::ReadAll(Deadline deadline) {
  co_return co_await Read(EtcdReadAll(options_.prefix), deadline);
}

api::Task<EtcdClient::Answered<EtcdRows>> EtcdClient::ReadOne(std::string key, Deadline deadline) {
  co_return co_await Read(EtcdReadOne(options_.prefix, key), deadline);
}

api::Task<EtcdClient::Answered<EtcdRows>> EtcdClient::Read(std::string body, Deadline deadline) {
  Tries tries(*this, deadline);
  EtcdFailure failure;
  bool goes_on = true;
  while (goes_on) {
    Reply reply = co_await tries.Post("/v3/kv/range", body);
    if (auto* text = std::get_if<std::string>(&reply)) {
      auto rows = ParseEtcdRows(options_.prefix, *text);
      if (rows && IsOurs(rows->cluster)) co_return std::move(*rows);
      failure.why = rows ? "another cluster of etcd" : "a malformed answer";
    } else {
      failure = std::get<EtcdFailure>(std::move(reply));
    }
    goes_on = co_await tries.GoOn();
  }
  co_return failure;
}

api::Task<TransactionAnswer> EtcdClient::Commit(AgreedTransaction transaction, Deadline deadline) {
  const std::string body = EtcdTransaction(options_.prefix, transaction);
  Tries tries(*this, deadline);
  TransactionAnswer unknown;
  bool goes_on = true;
  while (goes_on) {
    Reply reply = co_await tries.Post("/v3/kv/txn", body);
    if (auto* text = std::get_if<std::string>(&reply)) {
      auto outcome = ParseEtcdOutcome(options_.prefix, transaction, *text);
      if (outcome && IsOurs(outcome->cluster)) {
        co_return sharding::Judge(transaction, std::move(outcome->answer));
      }
      unknown.why = outcome ? "another cluster of etcd" : "a malformed answer";
    } else {
      unknown.why = std::get<EtcdFailure>(std::move(reply)).why;
    }
    goes_on = co_await tries.GoOn();
  }
  co_return unknown;
}

std::unique_ptr<EtcdWatch> EtcdClient::Watch(sharding::Revision from) const {
  return std::make_unique<EtcdWatch>(executor_, options_.endpoints[current_], options_.prefix, from,
                                     cluster_);
}

api::Task<EtcdClient::Reply> EtcdClient::Post(Address endpoint, std::string target,
                                              std::string body, Deadline until) {
  beast::basic_stream<tcp, api::Executor> stream(executor_);
  stream.expires_at(until);
  const auto failed = [&endpoint](std::string_view why) {
    return EtcdFailure{fmt::format("{}: {}", ToString(endpoint), why)};
  };
  Request request = MakeRequest(endpoint, target, std::move(body));
  const auto failure = co_await ConnectAndSend(stream, endpoint, std::move(request));
  if (failure) co_return failed(*failure);
  beast::flat_buffer buffer(kBufferBytes);
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostEtcdBytes);
  const auto [error, count] =
      co_await http::async_read(stream, buffer, parser, asio::as_tuple(api::kAwait));
  if (error) co_return failed(error.message());
  const auto& answer = parser.get();
  if (answer.result() != http::status::ok) {
    co_return failed(StatusText(answer.result_int(), answer.body()));
  }
  co_return std::move(parser.release().body());
}

bool EtcdClient::IsOurs(EtcdCluster cluster) {
  if (!cluster_) cluster_ = cluster;
  return *cluster_ == cluster;
}

}  // namespace warble::server
