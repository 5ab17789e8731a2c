// A pool of threads for slow work that many ask for, shared fairly: owners take turns.
//
// Each owner, a client's network say, has a queue of its own, so that one who asks for much waits
// for itself. All queues together are bounded. When they are full, the newest of the longest queue
// gives way to an owner who waits for less; so a newcomer is turned away only when nobody has two
// waiting (the idea is that of longest queue drop, Suter et al. 1998). Work of which each piece
// rests on the outcome of the one before names what it is about, and is done one after the other.
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

  /// `limit`: of all that waits, what is running not counted.
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
  // Takes what may run now, of whoever's turn comes first; null if there is nothing.
  std::unique_ptr<Job> TakeNext();
  void Loop();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unordered_map<std::uint64_t, Queue> queues_;  // by owner, of those who wait
  std::deque<std::uint64_t> turns_;                  // the same owners, in turn
  std::size_t waiting_ = 0;                          // in all queues
  std::vector<std::uint64_t> running_;               // subjects, one a thread at most
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: everything else is ready when they start
};

}  // namespace warble::api
