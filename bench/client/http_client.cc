#include "bench/client/http_client.h"

#include "bench/client/reply_parser.h"
#include "storage/base/check.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace warble::bench {
namespace {

constexpr std::size_t kReceiveBytes = 16 * 1024;
constexpr auto kSweepInterval = std::chrono::milliseconds(10);
constexpr auto kWaitAfterRefusal = std::chrono::milliseconds(100);
// Few at a time: what is due to be sent must not wait behind many replies.
constexpr std::size_t kEventsAtOnce = 32;

std::system_error LastError(const char* what) { return {errno, std::generic_category(), what}; }

timespec TimespecOf(Clock::duration duration) {
  const auto ns = std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace

Endpoint ResolveEndpoint(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    throw std::runtime_error(fmt::format("{}: give HOST:PORT, e.g. 127.0.0.1:8080", text));
  }
  std::string host(text.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port(text.substr(colon + 1));
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    throw std::runtime_error(fmt::format("{}: {}", text, gai_strerror(error)));
  }
  Endpoint endpoint;
  endpoint.host = text;
  endpoint.address_size = found->ai_addrlen;
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
              reinterpret_cast<char*>(&endpoint.address));
  freeaddrinfo(found);
  return endpoint;
}

std::string_view NameOf(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      return "none";
    case Failure::kClosed:
      return "connection closed";
    case Failure::kTimeout:
      return "timeout";
    case Failure::kMalformed:
      return "malformed reply";
  }
  return "";
}

HttpClient::HttpClient(const Endpoint& endpoint, std::size_t connections, Clock::duration timeout,
                       Owner& owner)
    : endpoint_(endpoint), timeout_(timeout), owner_(owner), connections_(connections) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw LastError("epoll_create1");
  const Clock::time_point start = Clock::now();
  next_sweep_ = start + kSweepInterval;
  for (std::size_t number = 0; number < connections; ++number) Connect(number, start);
  while (free_.size() < connections && Clock::now() < start + timeout) {
    Poll(Clock::now() + kSweepInterval);
  }
  if (free_.size() < connections) {
    throw std::runtime_error(fmt::format("{}: only {} of {} connections could be opened",
                                         endpoint.host, free_.size(), connections));
  }
}

HttpClient::~HttpClient() {
  for (const Connection& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
  if (epoll_ >= 0) ::close(epoll_);
}

void HttpClient::Connect(std::size_t number, Clock::time_point now) {
  Connection& connection = connections_[number];
  connection.socket =
      ::socket(endpoint_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection.socket < 0) throw LastError("socket");
  const int on = 1;
  ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connection.state = State::kConnecting;
  connection.hung_up = false;
  connection.deadline = now + timeout_;
  connection.received.resize(kReceiveBytes);
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  interest.data.u64 = number;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &interest) != 0) {
    throw LastError("epoll_ctl");
  }
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint_.address);
  if (::connect(connection.socket, address, endpoint_.address_size) != 0 && errno != EINPROGRESS) {
    Close(number, kWaitAfterRefusal);
  }
}

std::size_t HttpClient::Send(std::string_view request, Clock::time_point now) {
  WARBLE_CHECK(!free_.empty());
  const std::size_t number = free_.front();
  free_.pop_front();
  ++busy_;
  Connection& connection = connections_[number];
  connection.state = State::kBusy;
  connection.deadline = now + timeout_;
  connection.received_size = 0;
  connection.reply_size = 0;
  const ssize_t sent = ::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL);
  const std::size_t done = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  // An error other than a full buffer shows again when the socket is read.
  if (done < request.size()) connection.unsent.assign(request.substr(done));
  return number;
}

void HttpClient::Poll(Clock::time_point until) {
  const Clock::time_point before = Clock::now();
  if (before >= next_sweep_) Sweep(before);
  std::array<epoll_event, kEventsAtOnce> events;
  const timespec wait = TimespecOf(std::min(until, next_sweep_) - before);
  const int count = ::epoll_pwait2(epoll_, events.data(), events.size(), &wait, nullptr);
  if (count < 0 && errno != EINTR) throw LastError("epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    OnEvent(event.data.u64, event.events);
  }
}

void HttpClient::OnEvent(std::size_t number, std::uint32_t events) {
  Connection& connection = connections_[number];
  if (connection.state == State::kConnecting) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
      Close(number, kWaitAfterRefusal);
    } else if ((events & EPOLLOUT) != 0) {
      Release(number);
    }
    return;
  }
  if (connection.state == State::kClosed) return;
  if ((events & EPOLLOUT) != 0 && !connection.unsent.empty()) Flush(number);
  // Said once only, perhaps together with the last bytes.
  if ((events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) connection.hung_up = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) Receive(number);
}

void HttpClient::Flush(std::size_t number) {
  Connection& connection = connections_[number];
  const ssize_t sent =
      ::send(connection.socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
  if (sent > 0) connection.unsent.erase(0, static_cast<std::size_t>(sent));
}

void HttpClient::Receive(std::size_t number) {
  Connection& connection = connections_[number];
  while (true) {
    if (connection.received_size == connection.received.size()) {
      connection.received.resize(connection.received.size() * 2);
    }
    const std::size_t room = connection.received.size() - connection.received_size;
    const ssize_t got =
        ::recv(connection.socket, connection.received.data() + connection.received_size, room, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return Fail(number, Failure::kClosed);
    connection.received_size += static_cast<std::size_t>(got);
    // Bytes that nobody asked for.
    if (connection.state != State::kBusy) return Fail(number, Failure::kMalformed);
    if (Parse(connection)) return Finish(number);
    // Less than was asked for: the socket is empty, and says so when more comes.
    if (static_cast<std::size_t>(got) < room && !connection.hung_up) return;
  }
}

bool HttpClient::Parse(Connection& connection) {
  const std::string_view received(connection.received.data(), connection.received_size);
  if (connection.reply_size == 0) {
    const std::optional<ReplyHead> head = ParseReplyHead(received);
    if (!head) return false;
    if (head->malformed) {
      connection.reply.failure = Failure::kMalformed;
      return true;
    }
    connection.reply = {.status = head->status, .bytes = head->size + head->body_size};
    connection.keep_alive = head->keep_alive;
    connection.reply_size = head->size + head->body_size;
    if (connection.received.size() < connection.reply_size) {
      connection.received.resize(connection.reply_size);
      return false;
    }
  }
  if (received.size() < connection.reply_size) return false;
  if (received.size() > connection.reply_size) connection.reply.failure = Failure::kMalformed;
  return true;
}

void HttpClient::Finish(std::size_t number) {
  Connection& connection = connections_[number];
  if (connection.reply.failure != Failure::kNone) {
    connection.reply.failure = Failure::kNone;
    return Fail(number, Failure::kMalformed);
  }
  const std::string_view received(connection.received.data(), connection.reply_size);
  const std::size_t head_size = received.find("\r\n\r\n") + 4;
  Reply reply = connection.reply;
  reply.head = received.substr(0, head_size);
  reply.body = received.substr(head_size);
  --busy_;
  if (connection.keep_alive && !connection.hung_up) {
    Release(number);
  } else {
    Close(number, Clock::duration::zero());
  }
  owner_.OnReply(number, reply);
}

void HttpClient::Fail(std::size_t number, Failure failure) {
  const bool was_busy = connections_[number].state == State::kBusy;
  if (connections_[number].state == State::kFree) std::erase(free_, number);
  if (was_busy) --busy_;
  Close(number, Clock::duration::zero());
  if (was_busy) owner_.OnReply(number, {.failure = failure});
}

void HttpClient::Close(std::size_t number, Clock::duration wait_before_opening) {
  Connection& connection = connections_[number];
  ::close(connection.socket);
  connection.socket = -1;
  connection.state = State::kClosed;
  connection.unsent.clear();
  connection.deadline = Clock::now() + wait_before_opening;
}

void HttpClient::Release(std::size_t number) {
  connections_[number].state = State::kFree;
  free_.push_back(number);
}

void HttpClient::Sweep(Clock::time_point now) {
  next_sweep_ = now + kSweepInterval;
  for (std::size_t number = 0; number < connections_.size(); ++number) {
    const Connection& connection = connections_[number];
    if (connection.state == State::kFree || now < connection.deadline) continue;
    if (connection.state == State::kClosed) {
      Connect(number, now);
    } else if (connection.state == State::kConnecting) {
      Close(number, kWaitAfterRefusal);
    } else {
      Fail(number, Failure::kTimeout);
    }
  }
}

}  // namespace warble::bench
