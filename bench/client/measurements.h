// What a load generator counts: each thread into its own, merged at the end.
//
// Latencies are nanoseconds from the moment a request was to be sent, not from when it could be
// (G. Tene, "How NOT to Measure Latency"): a stall of the server is felt by every request that fell
// into it. Answers below 400 and requests given up (with the time until then) go into the
// latencies; an error is counted apart, for a quick refusal is no good answer. Not thread-safe.
#pragma once

#include "bench/client/histogram.h"
#include "bench/client/http_client.h"
#include "bench/client/mix.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace warble::bench {

struct OperationFigures {
  Histogram latency_ns;
  std::uint64_t sent = 0;
  std::uint64_t succeeded = 0;  ///< answered with a status below 400
  std::uint64_t bytes = 0;      ///< received, heads included
  std::map<int, std::uint64_t> statuses;
  std::array<std::uint64_t, kFailureCount> failures{};  ///< by Failure; kNone stays 0
  /// Requests whose turn to be sent never came before the timeout.
  std::uint64_t never_sent = 0;
  /// "status code" of problem answers, e.g. "429 rate_limited".
  std::map<std::string, std::uint64_t> problems;

  std::uint64_t errors() const;
  void Merge(const OperationFigures& other);
};

/// One second of the measured time.
struct SecondFigures {
  Histogram latency_ns{6};      ///< by the second in which the request was to be sent
  std::uint64_t intended = 0;   ///< requests due in it
  std::uint64_t completed = 0;  ///< good answers that came in it
  std::uint64_t errors = 0;     ///< other ends that came in it
};

struct Measurements {
  std::vector<OperationFigures> operations{kOperationCount};
  std::vector<SecondFigures> seconds;
  /// How late the client itself noticed that a request was due: its own fault, not the server's.
  Histogram lag_ns;
  /// Good answers that came within the measured time, whenever they were asked for.
  std::uint64_t completed_in_time = 0;
  std::uint64_t intended = 0;

  void Merge(const Measurements& other);
  /// Over all operations.
  OperationFigures Total() const;
};

}  // namespace warble::bench
