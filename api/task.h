// The coroutine type of everything that may wait.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace warble::api {

using Executor = boost::asio::io_context::executor_type;

/// A coroutine of one request, running on its connection's event loop.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

}  // namespace warble::api
