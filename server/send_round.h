// The answers of one round of an event loop, sent together.
//
// To send is also to wake the peer. On the same machine (a proxy, a router, a client on the next
// core) waking is an interrupt for another core. It costs more than the sending itself, and each
// answer costs one if the peer falls asleep between two answers. Answers that leave right behind
// each other wake the peer once. So an answer waits until all requests that have come are answered,
// half a millisecond at most; the answer to a lone request leaves at once. (Seastar's output
// streams batch their flushes for the same reason.)
//
// Used on its loop's thread only.
#pragma once

#include "api/task.h"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace warble::server {

class SendRound {
 public:
  /// `longest_wait`: after it the next answer that is ready has all before it sent, although more
  /// requests wait.
  explicit SendRound(api::Executor executor,
                     std::chrono::microseconds longest_wait = std::chrono::microseconds(500))
      : executor_(std::move(executor)), longest_wait_(longest_wait) {}

  /// To be awaited by a coroutine of the loop before it sends. It goes on in the order of coming.
  /// The call first lets the waiting coroutines send, if the first of them has waited long enough.
  auto Turn() {
    SendOverdue();
    return boost::asio::async_initiate<const boost::asio::deferred_t, void()>(
        [this](auto resume) { Wait(std::move(resume)); }, api::kAwait);
  }

 private:
  using Resume = boost::asio::any_completion_handler<void()>;
  void SendOverdue();
  void Wait(Resume resume);
  void SendAll();

  const api::Executor executor_;
  const std::chrono::microseconds longest_wait_;
  std::vector<Resume> waiting_;
  std::chrono::steady_clock::time_point first_came_{};  // of the waiting ones
  bool sending_ = false;
};

}  // namespace warble::server
