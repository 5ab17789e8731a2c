// Runs a coroutine to its end, on an event loop of its own.
#pragma once

#include "sharding/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace warble::tests {

template <class T>
T RunTask(sharding::Task<T> task) {
  boost::asio::io_context io;
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result.emplace(std::move(value));
  });
  io.run();
  return std::move(*result);
}

/// What mostly is there at once, as a coroutine.
template <class T>
sharding::Task<T> Wait(sharding::Soon<T> soon) {
  if (!soon.ready()) co_await soon.Wait();
  co_return soon.Take();
}

}  // namespace warble::tests
