#include "server/http_server.h"

#include "api/service.h"
#include "server/event_loop.h"
#include "server/metrics.h"
#include "storage/base/startup_error.h"
#include "storage/engine/engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

namespace warble::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Throws boost::system::system_error.
tcp::endpoint Resolve(asio::io_context& io, const Address& address) {
  tcp::resolver resolver(io);
  return resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive)
      .begin()
      ->endpoint();
}

std::string Url(const tcp::endpoint& endpoint) {
  return "http://" + ToString({endpoint.address().to_string(), endpoint.port()});
}

/// Makes all of `loops` listen at one address and returns it with its real port.
tcp::endpoint OpenAll(const Address& address, api::Surface surface, ConnectionCount& connections,
                      const std::vector<EventLoop*>& loops) {
  try {
    asio::io_context io;
    tcp::endpoint endpoint = Resolve(io, address);
    // The first picks a port if none is given, and the others join it.
    EventLoop::Role role = EventLoop::Role::kFirst;
    for (EventLoop* const loop : loops) {
      endpoint = loop->Open(endpoint, role, surface, connections);
      role = EventLoop::Role::kJoins;
    }
    return endpoint;
  } catch (const boost::system::system_error& error) {
    throw storage::StartupError(
        fmt::format("cannot listen at {}: {}", ToString(address), error.code().message()));
  }
}

}  // namespace

HttpServer::HttpServer(const Options& options, api::Service& service, Metrics& metrics)
    : connections_(std::make_unique<ConnectionCount>()),
      admin_connections_(std::make_unique<ConnectionCount>()) {
  connections_->limit = options.connection_limit;
  admin_connections_->limit = options.admin_connection_limit;
  for (const auto& count : {connections_.get(), admin_connections_.get()}) {
    count->turned_away_limit = options.turned_away_limit;
  }
  std::vector<EventLoop*> all;
  for (unsigned i = 0; i < options.threads; ++i) {
    loops_.push_back(std::make_unique<EventLoop>(service, metrics.AddLoop()));
    all.push_back(loops_.back().get());
  }
  url_ = Url(OpenAll(options.listen, api::Surface::kPublic, *connections_, all));
  if (options.admin_listen) {
    admin_url_ = Url(
        OpenAll(*options.admin_listen, api::Surface::kAdmin, *admin_connections_, {all.front()}));
  }
}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Start() {
  const std::lock_guard lock(mutex_);
  for (const auto& loop : loops_) {
    threads_.emplace_back([this, &loop = *loop] { RunLoop(loop); });
    ++running_;
  }
}

void HttpServer::RunLoop(EventLoop& loop) {
  loop.Run();
  const std::lock_guard lock(mutex_);
  --running_;
  loop_ended_.notify_all();
}

void HttpServer::Stop(std::chrono::milliseconds timeout) {
  if (threads_.empty()) return;
  for (const auto& loop : loops_) loop->PostStop();
  {
    std::unique_lock lock(mutex_);
    if (!loop_ended_.wait_for(lock, timeout, [this] { return running_ == 0; })) {
      spdlog::warn("stopping: cutting the connections that have not ended in time");
      for (const auto& loop : loops_) loop->PostCut();
    }
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace warble::server
