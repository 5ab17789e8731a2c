// TweetWriter: durable writes of tweets through a committer, many in flight from one thread.
//
// Each command that completes is submitted again by the thread that measures, as an event loop
// would send its client's next request. Not thread-safe.
#pragma once

#include "bench/figure.h"
#include "bench/world/random.h"
#include "bench/world/world.h"
#include "storage/committer.h"
#include "storage/engine/engine.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

class TweetWriter {
 public:
  /// Opens a new data directory there, with some of the world's users and none of their tweets.
  TweetWriter(const World& world, const std::filesystem::path& directory);

  /// Posts for that long. Throws std::runtime_error when a write is refused or fails.
  Figure Measure(std::chrono::steady_clock::duration duration);

 private:
  using Clock = std::chrono::steady_clock;

  struct Post final : storage::Command {
    void Evaluate(storage::Transaction& transaction) override;
    void Complete(Outcome outcome) noexcept override;

    TweetWriter* writer = nullptr;
    storage::UserId author;
    std::string_view content;
    Clock::time_point submitted;
  };

  void Submit(Post& post);
  std::vector<Post*> TakeFinished();  // waits for one at least

  std::vector<storage::UserId> authors_;
  std::vector<std::string> contents_;
  Random random_{1};
  std::array<Post, kWritesInFlight> posts_;

  std::mutex mutex_;  // of the three below
  std::condition_variable wake_;
  std::vector<Post*> finished_;
  bool failed_ = false;

  storage::Engine engine_;
  storage::Committer committer_;  // last: it calls back
};

}  // namespace warble::bench
