#include "api/fair_pool.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace warble::api {
namespace {

// Asks for work from one loop, which the test runs when all is asked for.
class Asker {
 public:
  explicit Asker(FairPool& pool) : pool_(pool) {}

  /// Appends `name` to done when it ran, to refused when there was no room.
  void Ask(
      std::uint64_t owner, char name, std::function<void()> work = [] {},
      FairPool::Subject subject = std::nullopt) {
    boost::asio::co_spawn(loop_, One(owner, subject, name, std::move(work)),
                          [](const std::exception_ptr& error) {
                            if (error) std::rethrow_exception(error);
                          });
    loop_.poll();  // it is asked for now
  }
  void Finish() {
    more_to_come_.reset();
    loop_.run();
  }

  std::string done;
  std::string refused;

 private:
  Task<void> One(std::uint64_t owner, FairPool::Subject subject, char name,
                 std::function<void()> work) {
    auto named = [&] {
      work();
      const std::lock_guard lock(mutex_);
      order_.append(1, name);
    };
    const bool ran = co_await pool_.Run(owner, subject, named);
    (ran ? done : refused).append(1, name);
  }

  FairPool& pool_;
  boost::asio::io_context loop_;
  // A loop that runs out of work stops for good.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> more_to_come_{
      loop_.get_executor()};
  std::mutex mutex_;
  std::string order_;

 public:
  /// What ran, in that order. Only after Finish().
  const std::string& order() const { return order_; }
};

// Work 'a' of owner 1, which keeps a pool's only thread until its end.
class Occupation {
 public:
  explicit Occupation(Asker& asker) {
    asker.Ask(1, 'a', [this] {
      running_.count_down();
      ended_.wait();
    });
    running_.wait();
  }
  void End() { ended_.count_down(); }

 private:
  std::latch running_{1};
  std::latch ended_{1};
};

TEST_CASE("fair pool: owners take turns, whoever asked for how much") {
  FairPool pool(1, 100);
  Asker asker(pool);
  Occupation occupation(asker);
  for (const char name : {'b', 'c', 'd'}) asker.Ask(1, name);
  asker.Ask(2, 'x');
  asker.Ask(3, 'y');
  asker.Ask(2, 'z');
  occupation.End();
  asker.Finish();
  CHECK(asker.order() == "abxyczd");
  CHECK(asker.refused.empty());
}

TEST_CASE("fair pool: when it is full the longest queue gives way, and nobody else") {
  FairPool pool(1, 4);
  Asker asker(pool);
  Occupation occupation(asker);
  for (const char name : {'b', 'c', 'd', 'e', 'f'}) asker.Ask(1, name);
  CHECK(asker.refused == "f");  // four wait, all its own
  asker.Ask(2, 'x');
  asker.Ask(3, 'y');
  CHECK(asker.refused == "fed");
  asker.Ask(3, 'z');  // it would have as many as the longest
  CHECK(asker.refused == "fedz");
  occupation.End();
  asker.Finish();
  CHECK(asker.order() == "abxyc");
}

TEST_CASE("fair pool: work about one subject never runs at once") {
  FairPool pool(4, 1000);
  Asker asker(pool);
  std::atomic<int> running{0};
  std::atomic<bool> overlapped{false};
  const auto work = [&] {
    if (running.fetch_add(1) != 0) overlapped = true;
    std::this_thread::yield();
    --running;
  };
  for (std::uint64_t i = 0; i < 200; ++i) asker.Ask(/*owner=*/i % 3, 'a', work, /*subject=*/7);
  asker.Finish();
  CHECK(asker.done.size() == 200);
  CHECK_FALSE(overlapped);
}

TEST_CASE("fair pool: what waits for its subject lets other work of its owner pass") {
  FairPool pool(2, 100);
  Asker asker(pool);
  std::latch passed(1);
  // The first would wait for ever if the third could not run beside it.
  asker.Ask(
      1, 'a', [&] { passed.wait(); }, /*subject=*/5);
  asker.Ask(
      1, 'b', [] {}, /*subject=*/5);
  asker.Ask(
      1, 'c', [&] { passed.count_down(); }, /*subject=*/6);
  asker.Finish();
  CHECK(asker.done.size() == 3);
  CHECK(asker.order().find('a') < asker.order().find('b'));
}

}  // namespace
}  // namespace warble::api
