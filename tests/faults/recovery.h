// Recovery: whether a directory that a fault left behind holds what it must.
#pragma once

#include "tests/faults/disk_model.h"
#include "tests/faults/script.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace warble::tests {

/// No step was acknowledged yet, not even the opening.
inline constexpr int kNothingAcknowledged = -1;

struct Recovered {
  /// Steps after which an undisturbed run holds just this; several where steps change nothing.
  std::vector<int> steps;
  /// What else is wrong: it does not open, does not verify, does not go on.
  std::string fault;
};

/// Opens a directory with the ordinary file system and compares, verifies and writes.
Recovered Recover(const std::filesystem::path& directory, const std::vector<Content>& states);

/// What is wrong if `acknowledged` was the last step reported before the fault: the directory must
/// hold the state after it, or after it and the one batch that was under way. Empty: all is well.
std::string Judge(const Recovered& recovered, int acknowledged, const std::vector<Content>& states);

/// Recovers images on threads of its own, each different one once.
class ImageChecker {
 public:
  explicit ImageChecker(const std::vector<Content>& states);
  ~ImageChecker();
  ImageChecker(const ImageChecker&) = delete;
  ImageChecker& operator=(const ImageChecker&) = delete;

  /// `label` tells how to make the image again. Never waits: a recovering database may need the
  /// very thread that calls this.
  void Add(Image image, int acknowledged, const std::string& label);
  /// Waits until only a few images are queued.
  void WaitForRoom();
  /// Waits for all and returns what was wrong, at most a few lines.
  std::vector<std::string> Finish();
  std::size_t images() const { return checks_.size(); }
  std::size_t cuts() const { return cuts_; }

 private:
  static constexpr std::size_t kThreads = 6;  // opening a database is mostly waiting
  static constexpr std::size_t kQueueLimit = 64;

  struct Claim {
    int acknowledged;
    std::string label;
  };
  struct Check {
    Image image;  // empty once taken
    std::vector<Claim> claims;
    Recovered result;
  };

  void Work();

  const std::vector<Content>& states_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Check> checks_;  // by digest; a node never moves
  std::deque<Check*> queue_;
  std::size_t cuts_ = 0;
  bool finishing_ = false;
  std::vector<std::thread> threads_;
};

/// Calls work(0), work(1) … work(count - 1) on several threads.
void ForEachInParallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace warble::tests
