#include "server/connection.h"

#include "server/metrics.h"
#include "server/response_writer.h"

#include <spdlog/spdlog.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <time.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <tuple>
#include <utility>

namespace warble::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

using api::kAwait;

/// Room for a head of any length, and for the common body beside it.
constexpr std::size_t kBufferBytes = std::size_t{16} << 10;
static_assert(kBufferBytes > kMaxHeadBytes);

/// Of a string that grew, a connection keeps this much between requests.
constexpr std::size_t kKeptCapacity = std::size_t{16} << 10;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kMalformedRoute = "malformed";

void Shrink(std::string& text) {
  if (text.capacity() > kKeptCapacity) text = std::string();
}

api::Response Closing(api::Response response) {
  response.close = true;
  return response;
}

}  // namespace

CoarseClock::time_point CoarseClock::now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Connection::Connection(Socket socket, std::string client_address, api::Surface surface,
                       ConnectionContext& context)
    : socket_(std::move(socket)),
      client_address_(std::move(client_address)),
      surface_(surface),
      context_(context),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes)) {}

void Connection::SetDeadline(std::chrono::nanoseconds timeout) {
  deadline_ = CoarseClock::now() + timeout;
  expired_ = false;
}

void Connection::SetReadDeadline(std::chrono::nanoseconds timeout) {
  SetDeadline(timeout);
  deadline_ = std::min(deadline_, context_.reads_until);
}

void Connection::ClearDeadline() {
  deadline_ = CoarseClock::time_point::max();
  expired_ = false;
}

void Connection::Sweep(CoarseClock::time_point now) {
  if (now < deadline_) return;
  expired_ = true;
  error_code ignored;  // of a socket that was cut
  socket_.cancel(ignored);
}

void Connection::BeginStop() {
  if (!idle_) {
    // A client that still sends a request or reads an answer has this long to finish.
    const bool on_the_socket = deadline_ != CoarseClock::time_point::max();
    if (on_the_socket) deadline_ = std::min(deadline_, context_.reads_until);
    return;
  }
  error_code ignored;  // of a socket that was cut
  socket_.cancel(ignored);
}

void Connection::Cut() {
  error_code ignored;  // whatever it says, the socket is closed
  socket_.close(ignored);
}

Connection::Outcome Connection::OutcomeOf(const error_code& error) const {
  if (!error) return Outcome::kComplete;
  return expired_ && error == asio::error::operation_aborted ? Outcome::kTimedOut : Outcome::kEnded;
}

api::Task<void> Connection::Run() {
  try {
    error_code error;
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
    if (!error) socket_.non_blocking(true, error);
    if (!error) co_await Serve();
  } catch (const std::exception& error) {
    spdlog::error("a connection from {} ended by an error of ours: {}", client_address_,
                  error.what());
  }
  Cut();
}

api::Task<void> Connection::TurnAway() {
  try {
    error_code error;
    socket_.non_blocking(true, error);
    if (!error) {
      const api::Response response = context_.service.RefuseHead(
          api::Code::kOverloaded, "The server has as many connections as it can serve.", {});
      out_behind_ = WriteResponse(response, {.close = true}, out_);
      api::Soon<bool> sent = Send();
      if (!sent.ready()) co_await sent.Wait();
      if (sent.Take()) co_await Linger();
    }
  } catch (const std::exception& error) {
    spdlog::error("a connection from {} ended by an error of ours: {}", client_address_,
                  error.what());
  }
  Cut();
}

api::Task<void> Connection::Serve() {
  // GCC 12 crashes a coroutine whose loop condition awaits.
  bool goes_on = true;
  while (goes_on) goes_on = co_await ServeRequest();
  co_await Linger();
}

api::Task<bool> Connection::ServeRequest() {
  const Outcome outcome = co_await ReadHead();
  if (outcome == Outcome::kRefused) {
    co_await AnswerBadHead(reader_.refusal().code, reader_.refusal().detail);
  } else if (outcome == Outcome::kTimedOut && begin_ < end_) {
    co_await AnswerBadHead(api::Code::kRequestTimeout, "The request head did not come in time.");
  }
  if (outcome != Outcome::kComplete) co_return false;
  ClearDeadline();
  const auto started = std::chrono::steady_clock::now();
  begin_ += reader_.size();
  api::RequestHead head = reader_.head();
  head.client_address = client_address_;
  head.surface = surface_;

  std::optional<api::Response> response;
  std::string_view route;
  if (web::Site::Owns(head)) {
    std::optional<web::Site::Answer> page = co_await AnswerPage(head);
    if (!page) co_return false;
    response = std::move(page->response);
    route = page->route;
  } else {
    api::Soon<api::AdmissionPtr> admitted = context_.service.Admit(head, tokens_);
    if (!admitted.ready()) co_await admitted.Wait();
    const api::AdmissionPtr admission = admitted.Take();
    api::Soon<std::optional<api::Response>> answer = Answer(*admission);
    if (!answer.ready()) co_await answer.Wait();
    response = answer.Take();
    route = api::Service::RouteOf(*admission);
  }
  if (!response) co_return false;
  const bool keep_alive = reader_.framing().keep_alive && !response->close && !context_.stopping;
  const ResponseForm form{.head_only = head.method == api::Method::kHead,
                          .close = !keep_alive,
                          .say_keep_alive = reader_.framing().minor_version == 0};
  out_behind_ = WriteResponse(*response, form, out_);
  co_await context_.sends.Turn();
  api::Soon<bool> sent = Send();
  if (!sent.ready()) co_await sent.Wait();
  context_.metrics.CountRequest(route, response->status,
                                std::chrono::steady_clock::now() - started);
  Shrink(large_body_);
  co_return sent.Take() && keep_alive;
}

api::Task<Connection::Outcome> Connection::ReadHead() {
  reader_.Reset();
  bool begun = false;
  for (;;) {
    if (begin_ == end_) {
      begin_ = end_ = 0;
      if (context_.stopping && !HasReceived()) co_return Outcome::kEnded;
      SetReadDeadline(kIdleTimeout);
      idle_ = !context_.stopping;
    } else {
      const HeadReader::Progress progress = reader_.Read(received());
      if (progress == HeadReader::Progress::kComplete) co_return Outcome::kComplete;
      if (progress == HeadReader::Progress::kRefused) co_return Outcome::kRefused;
      MakeRoom();
      if (!begun) SetReadDeadline(kHeadTimeout);
      begun = true;
    }
    const auto [error, count] = co_await socket_.async_read_some(
        asio::buffer(buffer_.get() + end_, kBufferBytes - end_), asio::as_tuple(kAwait));
    end_ += count;
    idle_ = false;
    // A stop ends a wait for the next request, but not for one that has already come.
    const bool stopped = error == asio::error::operation_aborted && context_.stopping && !expired_;
    if (stopped && HasReceived()) continue;
    if (error) co_return OutcomeOf(error);
  }
}

/// Whether the kernel holds bytes of this connection that were not read yet.
bool Connection::HasReceived() const {
  error_code error;
  return socket_.available(error) > 0 && !error;
}

/// Moves the bytes of an unfinished head to the front, so that there is room for the rest.
void Connection::MakeRoom() {
  if (begin_ == 0) return;
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

/// The answer to a well-formed head, its body read as far as the answer needs it; nothing when the
/// client went away.
api::Soon<std::optional<api::Response>> Connection::Answer(api::Admission& admission) {
  if (reader_.framing().content_length > 0) return AnswerWithBody(admission);
  return Then(context_.service.Handle(admission, {}),
              [](api::Response&& response) { return std::optional(std::move(response)); });
}

api::Task<std::optional<api::Response>> Connection::AnswerWithBody(api::Admission& admission) {
  api::Service& service = context_.service;
  const std::uint64_t length = reader_.framing().content_length;
  const bool refused = api::Service::Refused(admission);
  if (length > kMaxBodyBytes && !refused) {
    co_return Closing(
        service.Refuse(admission, api::Code::kBodyTooLarge, "The body is longer than 64 KiB."));
  }
  const bool client_waits = reader_.framing().expect_continue && begin_ == end_;
  // An unwanted body is not awaited if it is too long, or if the client may not send it.
  bool closing = refused && (length > kMaxBodyBytes || client_waits);
  body_ = {};
  if (!closing) {
    const Outcome outcome = co_await ReceiveBody(static_cast<std::size_t>(length));
    if (outcome == Outcome::kTimedOut && !refused) {
      co_return Closing(
          service.Refuse(admission, api::Code::kRequestTimeout, "The body did not come in time."));
    }
    if (outcome != Outcome::kComplete && outcome != Outcome::kTimedOut) co_return std::nullopt;
    closing = outcome == Outcome::kTimedOut;
  }
  api::Soon<api::Response> response = service.Handle(admission, body_);
  if (!response.ready()) co_await response.Wait();
  co_return closing ? Closing(response.Take()) : response.Take();
}

/// The answer to a page's head, its body read; nothing when the client went away.
api::Task<std::optional<web::Site::Answer>> Connection::AnswerPage(const api::RequestHead& head) {
  const std::uint64_t length = reader_.framing().content_length;
  body_ = {};
  const bool client_waits = reader_.framing().expect_continue && begin_ == end_;
  // What nobody wants is not awaited when it is too long, or from a client that may not send it.
  if (length > 0 && (length > kMaxBodyBytes || client_waits) && !web::Site::WantsBody(head)) {
    web::Site::Answer answer = co_await context_.site.Respond(head, tokens_, {});
    answer.response.close = true;
    co_return std::move(answer);
  }
  if (length > kMaxBodyBytes) {
    co_return context_.site.Refuse(head, tokens_, api::Code::kBodyTooLarge,
                                   "The body is longer than 64 KiB.");
  }
  if (length > 0) {
    const Outcome outcome = co_await ReceiveBody(static_cast<std::size_t>(length));
    if (outcome == Outcome::kTimedOut) {
      co_return context_.site.Refuse(head, tokens_, api::Code::kRequestTimeout,
                                     "The body did not come in time.");
    }
    if (outcome != Outcome::kComplete) co_return std::nullopt;
  }
  co_return co_await context_.site.Respond(head, tokens_, body_);
}

/// Reads a body; a client that waits for it is told first that it may send it.
api::Task<Connection::Outcome> Connection::ReceiveBody(std::size_t length) {
  if (reader_.framing().expect_continue && begin_ == end_) {
    out_ = kContinue;
    out_behind_ = {};
    api::Soon<bool> sent = Send();
    if (!sent.ready()) co_await sent.Wait();
    if (!sent.Take()) co_return Outcome::kEnded;
  }
  const Outcome outcome = co_await ReadBody(length);
  ClearDeadline();
  co_return outcome;
}

api::Task<Connection::Outcome> Connection::ReadBody(std::size_t length) {
  SetReadDeadline(kBodyTimeout);
  // Nothing in the buffer may move: the head views it.
  char* into = buffer_.get() + begin_;
  std::size_t have = std::min(length, end_ - begin_);
  const bool fits = length <= kBufferBytes - begin_;
  if (!fits) {
    large_body_.resize(length);
    std::memcpy(large_body_.data(), into, have);
    into = large_body_.data();
  }
  while (have < length) {
    // Reads bytes of this body alone: the next request stays in the socket.
    const auto [error, count] = co_await socket_.async_read_some(
        asio::buffer(into + have, length - have), asio::as_tuple(kAwait));
    if (error) co_return OutcomeOf(error);
    have += count;
    if (fits) end_ += count;
  }
  begin_ = fits ? begin_ + length : end_;
  body_ = {into, length};
  co_return Outcome::kComplete;
}

api::Task<void> Connection::AnswerBadHead(api::Code code, std::string_view detail) {
  const api::Response response =
      context_.service.RefuseHead(code, std::string(detail), reader_.RequestId(received()));
  const ResponseForm form{.head_only = reader_.IsHeadMethod(received()), .close = true};
  out_behind_ = WriteResponse(response, form, out_);
  api::Soon<bool> sent = Send();
  if (!sent.ready()) co_await sent.Wait();
  context_.metrics.CountRequest(kMalformedRoute, response.status, std::chrono::nanoseconds(0));
}

/// Sends out_ and out_behind_; whether that succeeded.
api::Soon<bool> Connection::Send() {
  // Most answers fit the socket's buffer at once, without a turn of the event loop.
  error_code error;
  const std::size_t sent = out_behind_.empty() ? socket_.write_some(asio::buffer(out_), error)
                                               : socket_.write_some(Unsent(0), error);
  if (sent < SizeToSend() && (!error || error == asio::error::would_block)) return SendRest(sent);
  bool whole = sent == SizeToSend();
  Shrink(out_);
  return whole;
}

/// What is to be sent, without its first `sent` bytes.
std::array<asio::const_buffer, 2> Connection::Unsent(std::size_t sent) const {
  const std::size_t sent_behind = sent - std::min(sent, out_.size());
  return {asio::buffer(out_) + sent, asio::buffer(out_behind_) + sent_behind};
}

api::Task<bool> Connection::SendRest(std::size_t sent) {
  SetDeadline(kWriteTimeout);
  const auto [error, count] =
      co_await asio::async_write(socket_, Unsent(sent), asio::as_tuple(kAwait));
  ClearDeadline();
  const bool whole = sent + count == SizeToSend();
  Shrink(out_);
  co_return whole;
}

/// Says that nothing more will come, and lets the client read what came.
api::Task<void> Connection::Linger() {
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  SetDeadline(kLingerTimeout);
  for (std::size_t drained = 0; !error && drained < kLingerBytes;) {
    std::size_t count = 0;
    std::tie(error, count) = co_await socket_.async_read_some(
        asio::buffer(buffer_.get(), kBufferBytes), asio::as_tuple(kAwait));
    drained += count;
  }
}

}  // namespace warble::server
