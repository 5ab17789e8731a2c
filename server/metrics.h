// What the server tells a Prometheus: requests, connections, the committer and the engine.
//
// Counting costs no lock: each event loop has its own counters, written by that loop alone, and
// adds them up only when somebody asks. Everything else is read from its owner at that time.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}  // namespace prometheus

namespace warble::storage {
class Committer;
class Engine;
}  // namespace warble::storage

namespace warble::server {

class LineWriter;

/// A count with one writer at a time, that others may read meanwhile.
class LoopCounter {
 public:
  void Add(std::uint64_t amount) { value_.store(value() + amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Upper bounds of the latency histogram, in nanoseconds; a bucket above them all follows.
inline constexpr std::array<std::uint64_t, 16> kLatencyBoundsNs = {
    100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
    10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

/// The statuses that are counted by themselves; any other counts as 0.
inline constexpr std::array<int, 26> kCountedStatuses = {
    0,   200, 201, 202, 204, 302, 303, 304, 308, 400, 401, 403, 404,
    405, 408, 409, 411, 413, 414, 415, 421, 422, 429, 431, 500, 503};

/// The counters of one event loop. All but Collect() on the loop's thread.
class LoopMetrics {
 public:
  struct Route {
    std::string_view pattern;
    std::array<LoopCounter, kCountedStatuses.size()> by_status;
    std::array<LoopCounter, kLatencyBoundsNs.size() + 1> by_latency;
    LoopCounter latency_sum_ns;
  };

  /// Counts an answer. `route` must have static storage: it is told by its address.
  void CountRequest(std::string_view route, int status, std::chrono::nanoseconds latency);

  LoopCounter connections_opened;
  LoopCounter connections_closed;
  LoopCounter connections_turned_away;

  /// Calls `visit` with each route. Thread-safe.
  template <class Visitor>
  void VisitRoutes(Visitor visit) const {
    const std::lock_guard lock(mutex_);
    for (const auto& route : routes_) visit(*route);
  }

 private:
  Route& Find(std::string_view route);

  std::vector<const char*> addresses_;  // of the patterns of routes_, for a quick search
  // Guards the vector against a reader while it grows; its thread reads it without.
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Route>> routes_;
};

class Metrics {
 public:
  /// All must outlive the metrics.
  Metrics(const storage::Engine& engine, const storage::Committer& committer,
          const LineWriter& log);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The counters of one more event loop; they live as long as the metrics. Thread-safe.
  LoopMetrics& AddLoop();

  /// Everything in the Prometheus text format. Thread-safe.
  std::string Render() const;

 private:
  void CollectRequests(std::vector<prometheus::MetricFamily>& families) const;
  void CollectConnections(std::vector<prometheus::MetricFamily>& families) const;
  void CollectCommitter(std::vector<prometheus::MetricFamily>& families) const;
  void CollectEngine(std::vector<prometheus::MetricFamily>& families) const;
  void CollectProcess(std::vector<prometheus::MetricFamily>& families) const;

  const storage::Engine& engine_;
  const storage::Committer& committer_;
  const LineWriter& log_;
  const double start_time_s_;  // since the Unix epoch

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<LoopMetrics>> loops_;
};

}  // namespace warble::server
