// Runner: puts a load on a server and measures how it bears it.
//
// Open loop (`rate_per_s`): requests are due at times that nothing can move; each is sent on a free
// connection when it is due, or waits for one, and its latency counts from when it was due.
// Closed loop (no rate): every connection sends its next request when it has its answer, which
// finds the peak throughput and says little about latency.
//
// Every thread has its own connections, schedule and counts; they share only the world, the
// journal and a few counters for the progress line.
#pragma once

#include "bench/client/http_client.h"
#include "bench/client/journal.h"
#include "bench/client/machine.h"
#include "bench/client/measurements.h"
#include "bench/client/mix.h"
#include "bench/client/schedule.h"
#include "bench/world/world.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace warble::bench {

struct RunOptions {
  Endpoint endpoint;
  LoadMix mix;
  std::optional<double> rate_per_s;  ///< nothing: a closed loop
  Arrivals arrivals = Arrivals::kPoisson;
  Clock::duration warmup = std::chrono::seconds(2);     ///< loaded, but not counted
  Clock::duration duration = std::chrono::seconds(10);  ///< counted
  Clock::duration timeout = std::chrono::seconds(10);   ///< to be sent, and to be answered
  std::size_t connections = 64;
  std::size_t threads = 1;
  std::uint64_t seed = 1;
  std::optional<int> server_pid;
  /// Users by popularity from this rank on never act in the load (the oracle acts as them).
  std::optional<std::uint32_t> reserved_from_rank;
};

struct Progress {
  Clock::duration elapsed{};  ///< of warm-up and measured time together
  std::uint64_t completed = 0;
  std::uint64_t errors = 0;
  std::uint64_t waiting = 0;  ///< due, but without a free connection
};

struct RunResult {
  Measurements measurements;
  double seconds = 0;                     ///< the measured time
  std::vector<double> client_cpu_shares;  ///< a thread's part of one core, by thread
  std::optional<ProcessFigures> server_before;
  std::optional<ProcessFigures> server_after;

  double achieved_per_s() const;
  /// Nothing unless the server's process was known.
  std::optional<double> server_cpu_us_per_request() const;
  /// Why these are figures of the client rather than of the server, empty if they are not:
  /// a lag over kMaxLagP99Ms or a thread over kMaxCpuShare. Of an open loop only.
  std::vector<std::string> ClientFaults(const RunOptions& options) const;

  static constexpr double kMaxLagP99Ms = 1;
  static constexpr double kMaxCpuShare = 0.9;
};

/// Runs to the end; calls `progress` about once a second. `journal` may be null. Throws
/// std::runtime_error when the server cannot be reached or the mix does not fit the world.
RunResult RunLoad(const World& world, const RunOptions& options, Journal* journal,
                  const std::function<void(const Progress&)>& progress);

}  // namespace warble::bench
