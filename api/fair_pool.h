// A pool of threads for slow work that many ask for, shared fairly: owners take turns.
//
// Each owner, a client's network say, has at most one piece of work under way and a queue of its
// own, so that one who asks for much waits for itself. All queues together are bounded. When they
// are full, the newest of the longest queue gives way to an owner who waits for less; so a newcomer
// is turned away only when nobody has two waiting (the idea is that of longest queue drop, Suter
// et al. 1998).
//
// Run() may be called from any loop. The destructor finishes what was accepted.
#pragma once

#include "api/worker_pool.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace warble::api {

class FairPool {
 public:
  /// `limit`: of all that waits, what is running not counted.
  FairPool(unsigned threads, std::size_t limit);
  ~FairPool();
  FairPool(const FairPool&) = delete;
  FairPool& operator=(const FairPool&) = delete;

  /// Runs work() on a pool thread, never beside other work of the same owner, and resumes on the
  /// caller's loop; false, without running it, when there is no room for it. `work` must not throw
  /// and is the caller's until then.
  template <class Work>
  Task<bool> Run(std::uint64_t owner, Work& work) {
    bool ran = false;
    co_await AwaitCallback([this, owner, &work, &ran](auto resume) {
      Submit(owner, std::make_unique<JobOf<Work, decltype(resume)>>(work, ran, std::move(resume)));
    });
    co_return ran;
  }

 private:
  class Job {
   public:
    virtual ~Job() = default;
    virtual void Run() noexcept = 0;
    virtual void Resume() = 0;
  };
  template <class Work, class Callback>
  class JobOf final : public Job {
   public:
    JobOf(Work& work, bool& ran, Callback&& resume)
        : work_(work), ran_(ran), resume_(std::move(resume)) {}
    void Run() noexcept override {
      work_();
      ran_ = true;
    }
    void Resume() override { resume_(); }

   private:
    Work& work_;
    bool& ran_;
    Callback resume_;
  };
  struct Owner {
    std::deque<std::unique_ptr<Job>> waiting;
    bool running = false;
  };
  using Owners = std::unordered_map<std::uint64_t, Owner>;

  void Submit(std::uint64_t owner, std::unique_ptr<Job> job);
  // Takes the newest of the longest queue, if that is longer than the one of `owner` would become.
  std::unique_ptr<Job> MakeRoomFor(std::uint64_t owner);
  void Loop();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Owners owners_;                    // who has something waiting or running
  std::deque<std::uint64_t> turns_;  // who has something waiting and nothing running, in turn
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: everything else is ready when they start
};

}  // namespace warble::api
