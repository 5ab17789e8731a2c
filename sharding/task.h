// Everything that may wait: the coroutine type, and values that mostly come without waiting.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace warble::sharding {

using Executor = boost::asio::io_context::executor_type;

/// A coroutine of one request, running on its connection's event loop.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

/// Completion token of these coroutines.
inline constexpr boost::asio::deferred_t kAwait{};

/// Starts `initiate(resume)` and suspends until resume() was called, from any thread, once. The
/// event loop of the waiting coroutine is kept alive meanwhile.
template <class Initiate>
auto AwaitCallback(Initiate initiate) {
  return boost::asio::async_initiate<const boost::asio::deferred_t, void()>(
      [](auto handler, Initiate start) {
        auto executor = boost::asio::get_associated_executor(handler);
        start([handler = std::move(handler),
               guard = boost::asio::make_work_guard(executor)]() mutable {
          auto target = guard.get_executor();
          boost::asio::post(target, std::move(handler));
          guard.reset();
        });
      },
      kAwait, std::move(initiate));
}

/// A value that is there, or the coroutine that will bring it. So work that does not wait is a
/// plain function and costs no coroutine:
///
///     Soon<Answer> answer = Ask();
///     if (!answer.ready()) co_await answer.Wait();
///     Use(answer.Take());
template <class T>
class Soon {
 public:
  // Implicit, so that a function returns the one or the other.
  Soon(T&& value) : value_(std::move(value)) {}     // NOLINT(google-explicit-constructor)
  Soon(Task<T>&& task) : task_(std::move(task)) {}  // NOLINT(google-explicit-constructor)

  bool ready() const { return value_.has_value(); }
  /// Makes it ready; only if it is not, and once. The value must not move meanwhile.
  Task<void> Wait() { value_.emplace(co_await std::move(task_)); }
  const T& value() const { return *value_; }  ///< only when ready, before Take()
  /// The value, to be moved from; only when ready, and once.
  T&& Take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  Task<T> task_;
};

template <class T, class Function>
Task<std::invoke_result_t<Function&, T>> ThenLater(Soon<T> soon, Function function) {
  co_await soon.Wait();
  co_return function(soon.Take());
}

/// function(value), at once or when the value has come.
template <class T, class Function>
Soon<std::invoke_result_t<Function&, T>> Then(Soon<T> soon, Function function) {
  if (soon.ready()) return function(soon.Take());
  return ThenLater(std::move(soon), std::move(function));
}

}  // namespace warble::sharding
