#include "api/fair_pool.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <latch>
#include <string>

namespace warble::api {
namespace {

// Asks for work from one loop, which the test runs when all is asked for.
class Asker {
 public:
  explicit Asker(FairPool& pool) : pool_(pool) {}

  /// Appends `name` to done when it ran, to refused when there was no room.
  void Ask(
      std::uint64_t owner, char name, std::function<void()> work = [] {}) {
    boost::asio::co_spawn(loop_, One(owner, name, std::move(work)), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    loop_.poll();  // it is asked for now
  }
  void Finish() { loop_.run(); }

  std::string done;
  std::string refused;

 private:
  Task<void> One(std::uint64_t owner, char name, std::function<void()> work) {
    auto named = [&] {
      work();
      order_.append(1, name);
    };
    const bool ran = co_await pool_.Run(owner, named);
    (ran ? done : refused).append(1, name);
  }

  FairPool& pool_;
  boost::asio::io_context loop_;
  std::string order_;  // the pool's one thread

 public:
  const std::string& order() const { return order_; }
};

TEST_CASE("fair pool: owners take turns, whoever asked for how much") {
  FairPool pool(1, 100);
  Asker asker(pool);
  std::latch all_asked(1);
  asker.Ask(1, 'a', [&] { all_asked.wait(); });
  for (const char name : {'b', 'c', 'd'}) asker.Ask(1, name);
  asker.Ask(2, 'x');
  asker.Ask(3, 'y');
  asker.Ask(2, 'z');
  all_asked.count_down();
  asker.Finish();
  CHECK(asker.order() == "axybzcd");
  CHECK(asker.refused.empty());
}

TEST_CASE("fair pool: when it is full the longest queue gives way, and nobody else") {
  FairPool pool(1, 4);
  Asker asker(pool);
  std::latch running(1);
  std::latch all_asked(1);
  asker.Ask(1, 'a', [&] {
    running.count_down();
    all_asked.wait();
  });
  running.wait();
  for (const char name : {'b', 'c', 'd', 'e', 'f'}) asker.Ask(1, name);
  CHECK(asker.refused == "f");  // four wait, all its own
  asker.Ask(2, 'x');
  asker.Ask(3, 'y');
  CHECK(asker.refused == "fed");
  asker.Ask(3, 'z');  // it would have as many as the longest
  CHECK(asker.refused == "fedz");
  all_asked.count_down();
  asker.Finish();
  CHECK(asker.order() == "axybc");
}

TEST_CASE("fair pool: work of one owner never runs at once") {
  FairPool pool(4, 1000);
  Asker asker(pool);
  std::atomic<int> running{0};
  std::atomic<bool> overlapped{false};
  for (int i = 0; i < 200; ++i) {
    asker.Ask(7, 'a', [&] {
      if (running.fetch_add(1) != 0) overlapped = true;
      std::this_thread::yield();
      --running;
    });
  }
  asker.Finish();
  CHECK(asker.done.size() == 200);
  CHECK_FALSE(overlapped);
}

}  // namespace
}  // namespace warble::api
