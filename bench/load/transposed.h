// Transposed: edges that come ordered by their sources, gathered by their targets.
//
// One array for all edges of a range of targets (compressed sparse rows), so it takes little more
// than sizeof(Edge) an edge. The numbers of edges must be known beforehand.
#pragma once

#include "bench/world/world.h"
#include "storage/base/check.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace warble::bench {

/// A count for each user that several threads may raise at once.
using Counts = std::vector<std::atomic<std::uint32_t>>;

template <class Edge>
class Transposed {
 public:
  /// For the targets first … last-1, of which each will get as many edges as `counts` says.
  Transposed(const Counts& counts, UserNumber first, UserNumber last)
      : first_(first), ends_(last - first) {
    std::uint64_t sum = 0;
    for (UserNumber target = first; target < last; ++target) {
      ends_[target - first] = sum;  // rises to the end as edges come
      sum += counts[target];
    }
    edges_.resize(sum);
  }

  bool Holds(UserNumber target) const { return target - first_ < ends_.size(); }

  /// Thread-safe. `target` is within the range.
  void Add(UserNumber target, Edge edge) {
    const std::uint64_t at = ends_[target - first_].fetch_add(1, std::memory_order_relaxed);
    WARBLE_CHECK(at < edges_.size());
    edges_[at] = edge;
  }

  /// All edges of a target, in no order; when every edge was added.
  std::span<const Edge> Of(UserNumber target) const {
    const std::size_t row = target - first_;
    const std::uint64_t begin = row == 0 ? 0 : ends_[row - 1].load();
    return std::span(edges_).subspan(begin, ends_[row] - begin);
  }

 private:
  UserNumber first_;
  std::vector<std::atomic<std::uint64_t>> ends_;
  std::vector<Edge> edges_;
};

}  // namespace warble::bench
