#include "bench/client/measurements.h"

#include <algorithm>
#include <numeric>

namespace warble::bench {

std::uint64_t OperationFigures::errors() const {
  std::uint64_t answered = 0;
  for (const auto& [status, count] : statuses) {
    if (status >= 400) answered += count;
  }
  return std::accumulate(failures.begin(), failures.end(), answered + never_sent);
}

void OperationFigures::Merge(const OperationFigures& other) {
  latency_ns.Merge(other.latency_ns);
  sent += other.sent;
  succeeded += other.succeeded;
  bytes += other.bytes;
  never_sent += other.never_sent;
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  for (const auto& [problem, count] : other.problems) problems[problem] += count;
  for (std::size_t i = 0; i < kFailureCount; ++i) failures[i] += other.failures[i];
}

void Measurements::Merge(const Measurements& other) {
  for (std::size_t i = 0; i < kOperationCount; ++i) operations[i].Merge(other.operations[i]);
  seconds.resize(std::max(seconds.size(), other.seconds.size()));
  for (std::size_t i = 0; i < other.seconds.size(); ++i) {
    seconds[i].latency_ns.Merge(other.seconds[i].latency_ns);
    seconds[i].intended += other.seconds[i].intended;
    seconds[i].completed += other.seconds[i].completed;
    seconds[i].errors += other.seconds[i].errors;
  }
  lag_ns.Merge(other.lag_ns);
  completed_in_time += other.completed_in_time;
  intended += other.intended;
}

OperationFigures Measurements::Total() const {
  OperationFigures total;
  for (const OperationFigures& figures : operations) total.Merge(figures);
  return total;
}

}  // namespace warble::bench
