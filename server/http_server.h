// The threads that serve: one event loop each, all listening at the same public address.
//
// Every loop has its own acceptor (SO_REUSEPORT), so no connection ever changes threads. The admin
// address belongs to the first loop. Not thread-safe, except that Stop() may follow Start() on
// another thread.
#pragma once

#include "server/config.h"
#include "server/descriptor_plan.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace warble::api {
class Service;
}  // namespace warble::api

namespace warble::server {

class EventLoop;
class Metrics;
struct ConnectionCount;

class HttpServer {
 public:
  struct Options {
    Address listen;
    std::optional<Address> admin_listen;
    unsigned threads = 1;
    /// Over all loops. A connection beyond it is answered with 503, of which a loop has only so
    /// many at a time: one more is closed without an answer.
    std::size_t connection_limit = kMaxConnections;
    std::size_t turned_away_limit = 256;
    /// The same of the admin address. It has its own, so that clients never fill it.
    std::size_t admin_connection_limit = 32;
  };
  static constexpr std::chrono::seconds kStopTimeout{10};

  /// Binds the addresses; from here on the kernel lets clients connect and wait. Throws
  /// storage::StartupError. Both references must outlive the server.
  HttpServer(const Options& options, api::Service& service, Metrics& metrics);
  /// Stops, if that was not done.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "http://HOST:PORT" with the real port.
  const std::string& url() const { return url_; }
  /// The same of the admin address, empty without one.
  const std::string& admin_url() const { return admin_url_; }

  /// Starts the threads.
  void Start();
  /// Accepts no more, lets the requests in flight finish, and joins the threads. After `timeout` it
  /// cuts the connections that are left. Even then it waits for the requests that the service has,
  /// because the service would answer a connection that is gone.
  void Stop(std::chrono::milliseconds timeout = kStopTimeout);

 private:
  void RunLoop(EventLoop& loop);

  std::string url_;
  std::string admin_url_;
  std::unique_ptr<ConnectionCount> connections_;
  std::unique_ptr<ConnectionCount> admin_connections_;
  std::vector<std::unique_ptr<EventLoop>> loops_;

  std::mutex mutex_;
  std::condition_variable loop_ended_;
  std::size_t running_ = 0;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace warble::server
