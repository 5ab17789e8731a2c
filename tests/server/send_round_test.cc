// SendRound: who sends when.
#include "server/send_round.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace warble::server {
namespace {

namespace asio = boost::asio;
using std::chrono::microseconds;

constexpr microseconds kTooLong = SendRound::kLongestWait + microseconds(50);

// A loop whose requests note in `log` when they are answered (a, b, ...) and sent (A, B, ...).
struct Loop {
  asio::io_context io{1};
  SendRound sends{io.get_executor()};
  std::string log;

  api::Task<void> Serve(char name, microseconds work, int requests) {
    for (; requests > 0; --requests) {
      std::this_thread::sleep_for(work);
      log += name;
      sends.SendOverdue();
      co_await sends.Turn();
      log += static_cast<char>(name - 'a' + 'A');
    }
  }
  // A connection with so many requests in a row. What is posted before the loop runs is ready at
  // once, as are requests that came together.
  void Add(char name, microseconds work = {}, int requests = 1) {
    asio::post(io, [this, name, work, requests] {
      asio::co_spawn(io, Serve(name, work, requests), asio::detached);
    });
  }
};

}  // namespace

TEST_CASE("send round: answers of one round are sent behind the last of them, in order") {
  Loop loop;
  for (const char name : {'a', 'b', 'c'}) loop.Add(name);
  loop.io.run();
  CHECK(loop.log == "abcABC");
}

TEST_CASE("send round: a request that comes alone is answered without waiting") {
  Loop loop;
  loop.Add('a');
  loop.io.run();
  loop.io.restart();
  loop.Add('b');
  loop.io.run();
  CHECK(loop.log == "aAbB");
}

TEST_CASE("send round: who has waited long enough is sent before the round is over") {
  Loop loop;
  for (const char name : {'a', 'b', 'c'}) loop.Add(name, kTooLong);
  loop.io.run();
  CHECK(loop.log == "abAcBC");
}

TEST_CASE("send round: whoever has sent and has the next answer ready waits once more") {
  Loop loop;
  loop.Add('a', kTooLong, 4);
  loop.Add('b', kTooLong, 2);
  loop.Add('c', kTooLong);
  loop.io.run();
  // b has a sent, who has the next answer ready. c has both sent, and so b's next answer finds a's
  // third overdue; but no round begins within a round: c is sent before a's fourth.
  CHECK(loop.log == "abAacAaBbAaBCA");
}

}  // namespace warble::server
