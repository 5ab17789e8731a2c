// A server of canned answers on a free port of 127.0.0.1, for tests of the load generator.
//
// One thread takes requests without bodies from all its connections in turn, so what holds one up
// holds up all.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace warble::tests {

inline constexpr const char* kGoodReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

class FakeServer {
 public:
  /// Called with the number of the request, from 0; what it returns is sent as it is. An empty one
  /// closes the connection, "silence" sends nothing, and after one that ends in "hang up" (which
  /// is not sent) it is closed.
  using Script = std::function<std::string(int)>;

  explicit FakeServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeServer() {
    stop_ = true;
    thread_.join();
    for (const auto& [socket, received] : connections_) ::close(socket);
    ::close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  const std::string& address() const { return address_; }
  int requests() const { return requests_; }

 private:
  void Serve() {
    while (!stop_) {
      std::vector<pollfd> waiting{{.fd = listener_, .events = POLLIN, .revents = 0}};
      for (const auto& [socket, received] : connections_) {
        waiting.push_back({.fd = socket, .events = POLLIN, .revents = 0});
      }
      if (::poll(waiting.data(), waiting.size(), 10) <= 0) continue;
      for (const pollfd& ready : waiting) {
        if (ready.revents == 0) continue;
        if (ready.fd == listener_) {
          connections_[::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)];
        } else {
          Receive(ready.fd);
        }
      }
    }
  }

  void Receive(int socket) {
    char buffer[4096];
    const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
    if (got <= 0) return Close(socket);
    std::string& received = connections_[socket];
    received.append(buffer, static_cast<std::size_t>(got));
    if (!received.ends_with("\r\n\r\n")) return;
    received.clear();
    const std::string reply = script_(requests_++);
    if (reply.empty()) return Close(socket);
    if (reply == "silence") return;
    const bool hang_up = reply.ends_with("hang up");
    ::send(socket, reply.data(), reply.size() - (hang_up ? 7 : 0), MSG_NOSIGNAL);
    if (hang_up) Close(socket);
  }

  void Close(int socket) {
    ::close(socket);
    connections_.erase(socket);
  }

  Script script_;
  int listener_ = -1;
  std::string address_;
  std::map<int, std::string> connections_;  // by socket: what came of the next request
  std::atomic<int> requests_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace warble::tests
