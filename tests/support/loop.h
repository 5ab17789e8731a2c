// Runs coroutines to their end on the test's own thread.
#pragma once

#include "api/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace warble::tests {

class Loop {
 public:
  api::Executor executor() { return io_.get_executor(); }

  /// What the task returns. Whatever else is started on this loop goes on meanwhile.
  template <class T>
  T Run(api::Task<T> task, std::chrono::seconds most = std::chrono::seconds{60}) {
    std::optional<T> result;
    std::exception_ptr thrown;
    bool ended = false;
    boost::asio::co_spawn(io_, Keep(std::move(task), result),
                          [&thrown, &ended](std::exception_ptr exception) {
                            thrown = std::move(exception);
                            ended = true;
                          });
    const auto until = std::chrono::steady_clock::now() + most;
    io_.restart();
    while (!ended) {
      if (io_.run_one_until(until) == 0) throw std::runtime_error("a coroutine did not end");
    }
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }

 private:
  template <class T>
  static api::Task<void> Keep(api::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }

  boost::asio::io_context io_{1};
};

}  // namespace warble::tests
