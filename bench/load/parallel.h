// Parallel: pieces of work shared among threads.
#pragma once

#include <cstddef>
#include <functional>

namespace warble::bench {

/// Calls work(0) … work(count-1), each once, in ascending order of their beginnings, on up to
/// `threads` threads. After the first exception no further piece begins; it is thrown on when all
/// threads have ended.
void ParallelFor(unsigned threads, std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace warble::bench
