#include "server/send_round.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace warble::server {

void SendRound::SendOverdue() {
  // A coroutine that SendAll() resumed and that has another answer ready waits for the next round.
  if (waiting_.empty() || sending_) return;
  if (std::chrono::steady_clock::now() - first_came_ >= longest_wait_) SendAll();
}

void SendRound::Wait(Resume resume) {
  if (waiting_.empty()) {
    first_came_ = std::chrono::steady_clock::now();
    // Coroutines that are ready now run before the posted one.
    boost::asio::post(executor_, [this] { SendAll(); });
  }
  waiting_.push_back(std::move(resume));
}

void SendRound::SendAll() {
  sending_ = true;
  for (Resume& resume : std::exchange(waiting_, {})) std::move(resume)();
  sending_ = false;
}

}  // namespace warble::server
