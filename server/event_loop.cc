#include "server/event_loop.h"

#include "server/metrics.h"

#include <spdlog/spdlog.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

namespace warble::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using api::kAwait;

constexpr std::chrono::milliseconds kSweepInterval{250};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::seconds kAcceptLogInterval{1};
/// Of one turn of the loop: newcomers need not wait while there are many requests to answer, nor
/// these while there are many newcomers.
constexpr std::size_t kAcceptsATurn = 64;
/// As many as the kernel keeps waiting.
constexpr std::size_t kBacklog = tcp::acceptor::max_listen_connections;

/// Lets the acceptors of all loops share one port; the kernel spreads the connections.
void SharePort(int socket) {
  const int on = 1;
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    throw boost::system::system_error(error_code(errno, boost::system::system_category()));
  }
}

std::string AddressText(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

EventLoop::EventLoop(api::Service& service, LoopMetrics& metrics)
    : work_(io_.get_executor()),
      sends_(io_.get_executor()),
      site_(service),
      context_{service, site_, metrics, sends_},
      sweep_timer_(io_.get_executor()) {}

EventLoop::~EventLoop() = default;

// With SO_REUSEPORT a socket may listen beside others that have it too, those of another server of
// the same user included. So the first socket listens without it: the kernel refuses one of two
// servers, whatever their timing. Only then does it let the other loops join.
tcp::endpoint EventLoop::Open(tcp::endpoint endpoint, Role role, api::Surface surface,
                              ConnectionCount& connections) {
  Acceptor acceptor(io_.get_executor(), endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (role == Role::kJoins) SharePort(acceptor.native_handle());
  acceptor.bind(endpoint);
  acceptor.listen(kBacklog);
  if (role == Role::kFirst) SharePort(acceptor.native_handle());
  acceptor.non_blocking(true);
  const tcp::endpoint bound = acceptor.local_endpoint();
  listening_.push_back({std::move(acceptor), surface, connections});
  return bound;
}

void EventLoop::Run() {
  for (Listening& listening : listening_) {
    asio::co_spawn(io_, Accept(listening), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  Sweep();
  io_.run();
}

void EventLoop::PostStop() {
  asio::post(io_, [this] {
    context_.stopping = true;
    context_.reads_until = CoarseClock::now() + kStopTimeout;
    for (Listening& listening : listening_) {
      // Clients whose connection the kernel has completed may have sent their request already:
      // closing the acceptor would reset them.
      static_cast<void>(AcceptWaiting(listening, kBacklog));
      error_code ignored;  // whatever it says, the acceptor is closed
      listening.acceptor.close(ignored);
    }
    for (Connection& connection : connections_) connection.BeginStop();
    FinishIfEmpty();
  });
}

void EventLoop::PostCut() {
  asio::post(io_, [this] {
    for (Connection& connection : connections_) connection.Cut();
    for (Connection& connection : turned_away_) connection.Cut();
  });
}

/// Accepts at most `most` of the clients that wait already. would_block: none is left.
error_code EventLoop::AcceptWaiting(Listening& listening, std::size_t most) {
  error_code error;
  for (std::size_t i = 0; i < most && !error; ++i) {
    Connection::Socket socket(io_.get_executor());
    tcp::endpoint peer;
    listening.acceptor.accept(socket, peer, error);
    if (!error) Start(std::move(socket), peer, listening);
  }
  return error;
}

api::Task<void> EventLoop::Accept(Listening& listening) {
  auto logged = std::chrono::steady_clock::time_point::min();
  Timer pause(io_.get_executor());
  while (!context_.stopping) {
    Connection::Socket socket(io_.get_executor());
    tcp::endpoint peer;
    auto [error] = co_await listening.acceptor.async_accept(socket, peer, asio::as_tuple(kAwait));
    if (!error) {
      Start(std::move(socket), peer, listening);
      error = AcceptWaiting(listening, kAcceptsATurn - 1);
    }
    if (context_.stopping) break;
    if (!error || error == asio::error::would_block || error == asio::error::connection_aborted) {
      continue;
    }
    // Most likely there are no file descriptors left: wait until some connection ends.
    const auto now = std::chrono::steady_clock::now();
    if (logged == std::chrono::steady_clock::time_point::min() ||
        now - logged >= kAcceptLogInterval) {
      spdlog::error("cannot accept connections: {}", error.message());
      logged = now;
    }
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(asio::as_tuple(kAwait));
  }
}

void EventLoop::Start(Connection::Socket socket, const tcp::endpoint& peer,
                      const Listening& listening) {
  ConnectionCount& connections = listening.connections;
  const bool full = connections.open.load(std::memory_order_relaxed) >= connections.limit;
  if (full) context_.metrics.connections_turned_away.Add(1);
  if (full && turned_away_.size() >= connections.turned_away_limit) return;
  if (!full) {
    context_.metrics.connections_opened.Add(1);
    connections.open.fetch_add(1, std::memory_order_relaxed);
  }
  std::list<Connection>& group = full ? turned_away_ : connections_;
  group.emplace_back(std::move(socket), AddressText(peer.address()), listening.surface, context_);
  const auto connection = std::prev(group.end());
  asio::co_spawn(io_, full ? connection->TurnAway() : connection->Run(),
                 [this, &group, connection, &connections](std::exception_ptr error) {
                   End(group, connection, connections);
                   if (error) std::rethrow_exception(error);
                 });
}

void EventLoop::End(std::list<Connection>& group, std::list<Connection>::iterator connection,
                    ConnectionCount& connections) {
  if (&group == &connections_) {
    context_.metrics.connections_closed.Add(1);
    connections.open.fetch_sub(1, std::memory_order_relaxed);
  }
  group.erase(connection);
  FinishIfEmpty();
}

bool EventLoop::Finished() const {
  return context_.stopping && connections_.empty() && turned_away_.empty();
}

void EventLoop::FinishIfEmpty() {
  if (!Finished()) return;
  sweep_timer_.cancel();
  work_.reset();
}

void EventLoop::Sweep() {
  const auto now = CoarseClock::now();
  for (Connection& connection : connections_) connection.Sweep(now);
  for (Connection& connection : turned_away_) connection.Sweep(now);
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](const error_code& error) {
    // A sweep that was already due when the timer was cancelled comes without an error.
    if (!error && !Finished()) Sweep();
  });
}

}  // namespace warble::server
