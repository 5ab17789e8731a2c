// A client of etcd's v3 JSON gateway: reads, transactions that compare before they write, watches.
//
// An operation asks one endpoint after the other, a second each at most, until one answers or its
// deadline is over; it makes a connection for each try, as there are few. Answers are bounded, and
// any that is malformed, or of another cluster of etcd than the first answer's, is none. Reads are
// linearizable, and a fact all the same only in what they show (sharding/agreement.h).
//
// All runs on one event loop and its thread. To stop, stop the loop, and destroy it before the
// client: what waits is destroyed with it.
#pragma once

#include "api/task.h"
#include "server/config.h"
#include "server/etcd_messages.h"
#include "sharding/agreement.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warble::server {

/// Twice as much as the rows of the largest cluster take.
inline constexpr std::size_t kMostEtcdBytes = std::size_t{8} << 20;

/// No answer came in time; what was seen instead, for a person.
struct EtcdFailure {
  std::string why;
};

/// "http://HOST:PORT,…": at least one; nothing if it is something else.
std::optional<std::vector<Address>> ParseEtcdEndpoints(std::string_view text);

/// One stream of changes. It ends when its member has lost its leader; one whose member does not
/// run ends only by Cancel(), so whoever watches polls beside it.
class EtcdWatch {
 public:
  /// `cluster`: that whose answers are taken; nothing: of the first that answers.
  EtcdWatch(api::Executor executor, Address endpoint, std::string prefix, sharding::Revision from,
            std::optional<EtcdCluster> cluster);
  EtcdWatch(const EtcdWatch&) = delete;
  EtcdWatch& operator=(const EtcdWatch&) = delete;

  /// The next changes, or that the watch has ended: not to be called again then. The first call
  /// opens the watch and returns without changes once etcd watches.
  api::Task<EtcdWatched> Next();
  /// Ends it, and a Next() that waits.
  void Cancel();

 private:
  using Stream = boost::beast::basic_stream<boost::asio::ip::tcp, api::Executor,
                                            boost::beast::unlimited_rate_policy>;

  // Each returns why it failed, or nothing.
  api::Task<std::optional<std::string>> Open();
  api::Task<std::optional<std::string>> ReadSome();

  bool IsWhole() const;  // whether a message has been received
  EtcdWatched TakeMessage();

  const Address endpoint_;
  const std::string prefix_;
  const sharding::Revision from_;
  std::optional<EtcdCluster> cluster_;
  Stream stream_;
  bool open_ = false;
  bool canceled_ = false;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
  std::string received_;  // from the beginning of a message on
};

class EtcdClient {
 public:
  struct Options {
    /// At least one. A name is looked up for each try, however long that takes.
    std::vector<Address> endpoints;
    std::string prefix;  ///< of all keys; ends in '/'
    std::chrono::milliseconds try_timeout{1000};
  };
  using Deadline = std::chrono::steady_clock::time_point;
  template <class T>
  using Answered = std::variant<T, EtcdFailure>;

  EtcdClient(api::Executor executor, Options options);

  /// All rows below the prefix, at one revision.
  api::Task<Answered<EtcdRows>> ReadAll(Deadline deadline);
  /// The row of a key, or none.
  api::Task<Answered<EtcdRows>> ReadOne(std::string key, Deadline deadline);

  /// Applied, refused, or by the deadline unknown. A try without an answer is resolved by sending
  /// the same transaction again; see Judge() for what that can tell.
  api::Task<sharding::TransactionAnswer> Commit(sharding::AgreedTransaction transaction,
                                                Deadline deadline);

  /// The changes from `from` on, at the endpoint that answered last.
  std::unique_ptr<EtcdWatch> Watch(sharding::Revision from) const;

  /// Which cluster of etcd answers; nothing before the first answer.
  std::optional<EtcdCluster> cluster() const { return cluster_; }

 private:
  using Reply = std::variant<std::string, EtcdFailure>;
  class Tries;

  api::Task<Reply> Post(Address endpoint, std::string target, std::string body, Deadline until);
  api::Task<Answered<EtcdRows>> Read(std::string body, Deadline deadline);
  bool IsOurs(EtcdCluster cluster);

  api::Executor executor_;
  const Options options_;
  std::optional<EtcdCluster> cluster_;
  std::size_t current_ = 0;  // the endpoint that is asked first
};

}  // namespace warble::server
