// HttpClient: many HTTP/1.1 connections to one server on one epoll loop.
//
// One request at a time on a connection, which is kept alive. A connection that ends is opened
// again by itself, so the number of connections holds while the server answers. Connections are
// used in turn, for a server that gives each to one of its threads. What the server sends is read
// strictly: a status line of HTTP/1.1, one Content-Length (none only with 204 and 304), no
// Transfer-Encoding; anything else is Failure::kMalformed and ends the connection.
//
// Invariant: every Send() is followed by exactly one OnReply(), if Poll() is called long enough.
// Not thread-safe: a client belongs to one thread.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

using Clock = std::chrono::steady_clock;

struct Endpoint {
  std::string host;  ///< as it goes into the Host field
  sockaddr_storage address{};
  socklen_t address_size = 0;
};
/// HOST:PORT or http://HOST:PORT; a name is looked up. Throws std::runtime_error.
Endpoint ResolveEndpoint(std::string_view text);

enum class Failure : std::uint8_t { kNone, kClosed, kTimeout, kMalformed };
inline constexpr std::size_t kFailureCount = 4;
std::string_view NameOf(Failure failure);

struct Reply {
  Failure failure = Failure::kNone;
  int status = 0;           ///< 100 … 599; 0 with a failure
  std::string_view head{};  ///< status line and field lines
  std::string_view body{};
  std::size_t bytes = 0;  ///< of head and body together
};

class HttpClient {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The reply's views hold until the connection is used again. May call Send().
    virtual void OnReply(std::size_t connection, const Reply& reply) = 0;
  };

  /// Opens the connections; throws std::runtime_error unless all stand within the timeout.
  HttpClient(const Endpoint& endpoint, std::size_t connections, Clock::duration timeout,
             Owner& owner);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool HasFree() const { return !free_.empty(); }
  std::size_t busy() const { return busy_; }

  /// Sends a whole request on a free connection (there must be one) and returns its number. The
  /// reply, or a failure after the timeout, comes from a later Poll().
  std::size_t Send(std::string_view request, Clock::time_point now);

  /// Waits for the network, at most until `until`, and calls back for what came.
  void Poll(Clock::time_point until);

 private:
  enum class State { kClosed, kConnecting, kFree, kBusy };
  struct Connection {
    int socket = -1;
    State state = State::kClosed;
    Clock::time_point deadline;  // of the request, of connecting, or of the wait before it
    std::string unsent;
    std::vector<char> received;
    std::size_t received_size = 0;
    std::size_t reply_size = 0;  // 0 while the head is not whole
    Reply reply;
    bool keep_alive = true;
    bool hung_up = false;  // the server sends nothing after what is still to be read
  };

  void Connect(std::size_t number, Clock::time_point now);
  void OnEvent(std::size_t number, std::uint32_t events);
  void Flush(std::size_t number);
  void Receive(std::size_t number);
  /// Whether the reply is whole; a malformed one says so in its failure.
  bool Parse(Connection& connection);
  void Finish(std::size_t number);
  void Fail(std::size_t number, Failure failure);
  void Close(std::size_t number, Clock::duration wait_before_opening);
  void Release(std::size_t number);
  void Sweep(Clock::time_point now);

  Endpoint endpoint_;
  Clock::duration timeout_;
  Owner& owner_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::deque<std::size_t> free_;  // exactly those in State::kFree, the longest unused first
  std::size_t busy_ = 0;
  Clock::time_point next_sweep_;
};

}  // namespace warble::bench
