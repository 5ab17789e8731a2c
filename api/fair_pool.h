// A pool of threads for slow work, shared fairly: owners take turns.
//
// Each owner, for instance a client's network, has a queue of its own, so that a busy owner delays
// only itself. All queues together are bounded. When they are full, the newest piece of the longest
// queue gives way to an owner with a shorter queue. So the pool turns a new owner away only when no
// owner has two pieces waiting (the idea is that of longest queue drop, Suter et al. 1998). Pieces
// of work that rest on each other's outcomes name the same subject, and the pool does them one
// after the other.
//
// Run() may be called from any loop. The destructor finishes what was accepted.
#pragma once

#include "api/task.h"

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
  using Subject = std::optional<std::uint64_t>;  ///< none: may run beside anything

  /// `limit`: of all waiting work; running work does not count.
  FairPool(unsigned threads, std::size_t limit);
  ~FairPool();
  FairPool(const FairPool&) = delete;
  FairPool& operator=(const FairPool&) = delete;

  /// Runs work() on a pool thread, never beside other work about the same `subject`, and resumes on
  /// the caller's loop; false, without running it, when there is no room for it. `work` must not
  /// throw and is the caller's until then.
  template <class Work>
  Task<bool> Run(std::uint64_t owner, Subject subject, Work& work) {
    bool ran = false;
    co_await AwaitCallback([this, owner, subject, &work, &ran](auto resume) {
      Submit(owner, std::make_unique<JobOf<Work, decltype(resume)>>(subject, work, ran,
                                                                    std::move(resume)));
    });
    co_return ran;
  }

 private:
  class Job {
   public:
    explicit Job(Subject about) : subject(about) {}
    virtual ~Job() = default;
    virtual void Run() noexcept = 0;
    virtual void Resume() = 0;

    const Subject subject;
  };
  template <class Work, class Callback>
  class JobOf final : public Job {
   public:
    JobOf(Subject about, Work& work, bool& ran, Callback&& resume)
        : Job(about), work_(work), ran_(ran), resume_(std::move(resume)) {}
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
  using Queue = std::deque<std::unique_ptr<Job>>;

  void Submit(std::uint64_t owner, std::unique_ptr<Job> job);
  // Takes the newest of the longest queue, if that is longer than the one of `owner` would become.
  std::unique_ptr<Job> MakeRoomFor(std::uint64_t owner);
  // Takes work that may run now, from the owner whose turn comes first; null if there is none.
  std::unique_ptr<Job> TakeNext();
  void Loop();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unordered_map<std::uint64_t, Queue> queues_;  // by owner; none is empty
  std::deque<std::uint64_t> turns_;                  // the same owners, in turn
  std::size_t waiting_ = 0;                          // in all queues
  std::vector<std::uint64_t> running_;               // subjects, one a thread at most
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: everything else is ready when they start
};

}  // namespace warble::api
