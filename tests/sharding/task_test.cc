#include "sharding/task.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <memory>

namespace warble::sharding {
namespace {

using Number = std::unique_ptr<int>;  // cannot be copied

Task<Number> Later() {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, kAwait);
  co_return std::make_unique<int>(20);
}

Task<void> AddOne(Soon<Number> soon, int* sum) {
  Soon<int> next = Then(std::move(soon), [](Number&& number) { return *number + 1; });
  if (!next.ready()) co_await next.Wait();
  CHECK(next.ready());
  *sum = next.Take();
}

int SumOf(Soon<Number> soon) {
  boost::asio::io_context io;
  int sum = 0;
  boost::asio::co_spawn(io, AddOne(std::move(soon), &sum), boost::asio::detached);
  io.run();
  return sum;
}

TEST_CASE("soon: a value that is there is used at once") {
  Soon<int> next =
      Then(Soon<Number>(std::make_unique<int>(4)), [](Number&& number) { return *number + 1; });
  CHECK(next.ready());
  CHECK(next.Take() == 5);
  CHECK(SumOf(std::make_unique<int>(7)) == 8);
}

TEST_CASE("soon: a value that comes later is waited for, and then used in the same way") {
  Soon<int> next = Then(Soon<Number>(Later()), [](Number&& number) { return *number + 1; });
  CHECK_FALSE(next.ready());
  CHECK(SumOf(Later()) == 21);
}

}  // namespace
}  // namespace warble::sharding
