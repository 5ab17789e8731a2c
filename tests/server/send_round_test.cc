// SendRound: which coroutine sends when.
#include "server/send_round.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <string>

namespace warble::server {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::hours kPatient{1};           // no answer is ever overdue
constexpr std::chrono::microseconds kImpatient{0};  // everybody is at once

// A loop whose requests note in `log` when they are answered (a, b, ...) and sent (A, B, ...).
struct Loop {
  explicit Loop(std::chrono::microseconds longest_wait) : sends(io.get_executor(), longest_wait) {}

  asio::io_context io{1};
  SendRound sends;
  std::string log;

  api::Task<void> Serve(char name, int requests) {
    for (; requests > 0; --requests) {
      log += name;
      co_await sends.Turn();
      log += static_cast<char>(name - 'a' + 'A');
    }
  }
  // A connection with so many requests in a row. What is posted before the loop runs is ready at
  // once, as are requests that came together.
  void Add(char name, int requests = 1) {
    asio::post(
        io, [this, name, requests] { asio::co_spawn(io, Serve(name, requests), asio::detached); });
  }
};

}  // namespace

TEST_CASE("send round: answers of one round are sent behind the last of them, in order") {
  Loop loop(kPatient);
  for (const char name : {'a', 'b', 'c'}) loop.Add(name);
  loop.io.run();
  CHECK(loop.log == "abcABC");
}

TEST_CASE("send round: a request that comes alone is answered without waiting") {
  Loop loop(kPatient);
  loop.Add('a');
  loop.io.run();
  loop.io.restart();
  loop.Add('b');
  loop.io.run();
  CHECK(loop.log == "aAbB");
}

TEST_CASE("send round: who has waited long enough is sent before the round is over") {
  Loop loop(kImpatient);
  for (const char name : {'a', 'b', 'c'}) loop.Add(name);
  loop.io.run();
  CHECK(loop.log == "abAcBC");
}

TEST_CASE("send round: whoever has sent and has the next answer ready waits once more") {
  Loop loop(kImpatient);
  loop.Add('a', 4);
  loop.Add('b', 2);
  loop.Add('c');
  loop.io.run();
  // b's answer makes a send, and a has its next answer ready. c's makes both send, so b's next
  // answer finds a's third overdue. But no round begins within a round: c is sent before a's
  // fourth.
  CHECK(loop.log == "abAacAaBbAaBCA");
}

}  // namespace warble::server
