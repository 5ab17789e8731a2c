// One thread's share of the server: an io_context, its acceptors and its connections.
//
// Nothing is shared between loops but counts of connections. Open() before Run(); Run() on the
// loop's own thread; PostStop() and PostCut() from any thread; no other member while it runs.
#pragma once

#include "api/http/message.h"
#include "api/service.h"
#include "api/task.h"
#include "server/connection.h"
#include "server/send_round.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>

namespace warble::server {

/// The connections to one address, over all loops that listen there.
struct ConnectionCount {
  std::atomic<std::size_t> open{0};
  std::size_t limit = 0;
  /// Of one loop at a time; beyond it connections are closed without an answer.
  std::size_t turned_away_limit = 0;
};

class EventLoop {
 public:
  /// Everything must outlive the loop.
  EventLoop(api::Service& service, LoopMetrics& metrics);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// How a loop opens an address: the first loop takes it alone, and then the others join it.
  enum class Role { kFirst, kJoins };

  /// Listens at `endpoint` and returns it with its real port. Connections are accepted once the
  /// loop runs. `connections` must outlive the loop. Throws boost::system::system_error: as
  /// kFirst, whenever any other socket listens there.
  boost::asio::ip::tcp::endpoint Open(boost::asio::ip::tcp::endpoint endpoint, Role role,
                                      api::Surface surface, ConnectionCount& connections);

  /// Returns when, after PostStop(), the last connection has ended.
  void Run();

  /// Accepts no more; idle connections end now, the others with their present answer.
  void PostStop();
  /// Ends every connection as soon as the service lets go of it.
  void PostCut();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, api::Executor>;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        api::Executor>;
  struct Listening {
    Acceptor acceptor;
    api::Surface surface;
    ConnectionCount& connections;
  };

  api::Task<void> Accept(Listening& listening);
  boost::system::error_code AcceptWaiting(Listening& listening, std::size_t most);
  void Start(Connection::Socket socket, const boost::asio::ip::tcp::endpoint& peer,
             const Listening& listening);
  void End(std::list<Connection>& group, std::list<Connection>::iterator connection,
           ConnectionCount& connections);
  void Sweep();
  bool Finished() const;
  void FinishIfEmpty();

  boost::asio::io_context io_{1};  // one thread runs it; to leave its sockets unlocked hung stops
  boost::asio::executor_work_guard<api::Executor> work_;
  SendRound sends_;
  web::Site site_;
  ConnectionContext context_;
  Timer sweep_timer_;
  std::list<Listening> listening_;
  // Each owns its connection until its coroutine has ended, and io_ runs until all have.
  std::list<Connection> connections_;
  std::list<Connection> turned_away_;
};

}  // namespace warble::server
