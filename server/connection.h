// One client connection: reads requests, has the service answer them, writes the answers.
//
// A connection is a coroutine on its event loop and is used on that loop's thread only. Pipelined
// requests are answered one after the other. It has one deadline, for what it is doing at the time;
// the loop's sweep, a few times a second, cancels what is overdue, so no operation needs a timer.
// While the service works on a request there is no deadline: nothing is cancelled under it.
#pragma once

#include "api/auth/token.h"
#include "api/http/message.h"
#include "api/service.h"
#include "api/task.h"
#include "server/http_head.h"
#include "server/send_round.h"
#include "server/web/site.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace warble::server {

class LoopMetrics;

inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 10;

inline constexpr std::chrono::seconds kHeadTimeout{5};  // from the head's first byte
inline constexpr std::chrono::seconds kBodyTimeout{10};
inline constexpr std::chrono::seconds kIdleTimeout{60};
inline constexpr std::chrono::seconds kStopTimeout{5};  // for what is half sent when a stop begins
inline constexpr std::chrono::seconds kWriteTimeout{30};
/// How long and how much is read and thrown away after the last answer. Closing with unread bytes
/// would reset the connection, and the client might lose the answer.
inline constexpr std::chrono::seconds kLingerTimeout{1};
inline constexpr std::size_t kLingerBytes = std::size_t{512} << 10;

/// A monotonic clock that costs a few nanoseconds and moves every few milliseconds.
struct CoarseClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CoarseClock>;
  static constexpr bool is_steady = true;
  static time_point now();
};

/// What the connections of one event loop share.
struct ConnectionContext {
  api::Service& service;
  web::Site& site;
  LoopMetrics& metrics;
  SendRound& sends;
  bool stopping = false;  ///< every answer is the last one of its connection
  CoarseClock::time_point reads_until = CoarseClock::time_point::max();  ///< of all connections
};

class Connection {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, api::Executor>;

  /// `context` must outlive the connection, and the connection its coroutine.
  Connection(Socket socket, std::string client_address, api::Surface surface,
             ConnectionContext& context);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves requests until the connection has ended. Run this or TurnAway(), once.
  api::Task<void> Run();
  /// Answers 503 without waiting for a request, and ends.
  api::Task<void> TurnAway();

  /// Cancels the pending operation if it is overdue.
  void Sweep(CoarseClock::time_point now);
  /// Ends an idle connection; another ends with its present answer, as the context is stopping.
  void BeginStop();
  /// Ends the connection at once; the coroutine ends as soon as the service, if it has the request,
  /// gives it back.
  void Cut();

 private:
  enum class Outcome {
    kComplete,
    kRefused,   // the head reader says why
    kTimedOut,  // the deadline passed
    kEnded,     // the client went away, or the connection is to end
  };

  api::Task<void> Serve();
  api::Task<bool> ServeRequest();  // whether the connection goes on
  api::Task<Outcome> ReadHead();
  api::Task<Outcome> ReceiveBody(std::size_t length);
  api::Task<Outcome> ReadBody(std::size_t length);
  api::Task<std::optional<web::Site::Answer>> AnswerPage(const api::RequestHead& head);
  api::Soon<std::optional<api::Response>> Answer(api::Admission& admission);
  api::Task<std::optional<api::Response>> AnswerWithBody(api::Admission& admission);
  api::Task<void> AnswerBadHead(api::Code code, std::string_view detail);
  api::Soon<bool> Send();
  api::Task<bool> SendRest(std::size_t sent);
  std::size_t SizeToSend() const { return out_.size() + out_behind_.size(); }
  std::array<boost::asio::const_buffer, 2> Unsent(std::size_t sent) const;
  api::Task<void> Linger();

  std::string_view received() const { return {buffer_.get() + begin_, end_ - begin_}; }
  bool HasReceived() const;
  void MakeRoom();
  void SetDeadline(std::chrono::nanoseconds timeout);
  void SetReadDeadline(std::chrono::nanoseconds timeout);  // no later than a stop allows
  void ClearDeadline();
  Outcome OutcomeOf(const boost::system::error_code& error) const;

  Socket socket_;
  const std::string client_address_;
  const api::Surface surface_;
  ConnectionContext& context_;

  CoarseClock::time_point deadline_ = CoarseClock::time_point::max();
  bool expired_ = false;  // the sweep cancelled because of deadline_
  bool idle_ = false;     // waits for the first byte of a request

  // The present request from begin_, and what was pipelined after it, until end_. Never grown, as
  // the head views it.
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  HeadReader reader_;
  api::TokenReader tokens_;
  std::string_view body_;
  std::string large_body_;  // of a body that the buffer has no room for
  std::string out_;
  std::string_view out_behind_;  // static bytes that are sent behind out_
};

}  // namespace warble::server
