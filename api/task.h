// The coroutine type of everything that may wait.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warble::api {

using Executor = boost::asio::io_context::executor_type;

/// A coroutine of one request, running on its connection's event loop.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

/// Completion token of these coroutines.
inline constexpr boost::asio::use_awaitable_t<Executor> kAwait{};

}  // namespace warble::api
