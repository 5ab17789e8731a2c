// Everything that may wait: the coroutine type, and what is mostly there without waiting.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace warble::api {

using Executor = boost::asio::io_context::executor_type;

/// A coroutine of one request, running on its connection's event loop.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

/// Completion token of these coroutines.
inline constexpr boost::asio::deferred_t kAwait{};

/// A value that is there, or the coroutine that will bring it. So what need not wait is a plain
/// function, and costs no coroutine:
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

}  // namespace warble::api
