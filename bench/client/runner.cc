#include "bench/client/runner.h"

#include "bench/client/client_thread.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <thread>

namespace warble::bench {
namespace {

constexpr auto kTimeToStart = std::chrono::milliseconds(50);
constexpr auto kProgressInterval = std::chrono::seconds(1);

using Clients = std::vector<std::unique_ptr<ClientThread>>;

Progress ProgressOf(const Clients& clients, Clock::duration elapsed) {
  Progress progress;
  progress.elapsed = elapsed;
  for (const auto& client : clients) {
    progress.completed += client->counters().completed.load(std::memory_order_relaxed);
    progress.errors += client->counters().errors.load(std::memory_order_relaxed);
    progress.waiting += client->counters().waiting.load(std::memory_order_relaxed);
  }
  return progress;
}

std::optional<ProcessFigures> ServerFigures(const RunOptions& options) {
  if (!options.server_pid) return std::nullopt;
  return FiguresOf(*options.server_pid);
}

/// Sleeps until `until`, waking up for the progress line.
void Wait(const Clients& clients, const RunTimes& times, Clock::time_point until,
          const std::function<void(const Progress&)>& progress) {
  for (Clock::time_point now = Clock::now(); now < until; now = Clock::now()) {
    std::this_thread::sleep_until(std::min(until, now + kProgressInterval));
    progress(ProgressOf(clients, Clock::now() - times.start));
  }
}

}  // namespace

double RunResult::achieved_per_s() const {
  return static_cast<double>(measurements.completed_in_time) / seconds;
}

std::optional<double> RunResult::server_cpu_us_per_request() const {
  if (!server_before || !server_after || measurements.completed_in_time == 0) return std::nullopt;
  return (server_after->cpu_s - server_before->cpu_s) * 1e6 /
         static_cast<double>(measurements.completed_in_time);
}

std::vector<std::string> RunResult::ClientFaults(const RunOptions& options) const {
  std::vector<std::string> faults;
  if (!options.rate_per_s) return faults;
  const double lag_ms = static_cast<double>(measurements.lag_ns.Percentile(99)) / 1e6;
  if (lag_ms > kMaxLagP99Ms) {
    faults.push_back(
        fmt::format("it noticed due requests {:.2f} ms late (99th percentile; at most "
                    "{} ms)",
                    lag_ms, kMaxLagP99Ms));
  }
  for (std::size_t i = 0; i < client_cpu_shares.size(); ++i) {
    if (client_cpu_shares[i] <= kMaxCpuShare) continue;
    faults.push_back(fmt::format("its thread {} used {:.0f} % of a core (at most {:.0f} %)", i,
                                 client_cpu_shares[i] * 100, kMaxCpuShare * 100));
  }
  return faults;
}

RunResult RunLoad(const World& world, const RunOptions& options, Journal* journal,
                  const std::function<void(const Progress&)>& progress) {
  Clients clients;
  for (std::size_t i = 0; i < options.threads; ++i) {
    clients.push_back(std::make_unique<ClientThread>(world, options, i, journal));
  }
  RunTimes times;
  times.start = Clock::now() + kTimeToStart;
  times.measured_from = times.start + options.warmup;
  times.end = times.measured_from + options.duration;
  std::vector<std::exception_ptr> errors(options.threads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < options.threads; ++i) {
    threads.emplace_back([&clients, &errors, &times, i] {
      try {
        clients[i]->Run(times);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
  }
  RunResult result;
  Wait(clients, times, times.measured_from, progress);
  result.server_before = ServerFigures(options);
  Wait(clients, times, times.end, progress);
  result.server_after = ServerFigures(options);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  result.seconds = std::chrono::duration<double>(options.duration).count();
  for (const auto& client : clients) {
    result.measurements.Merge(client->measurements());
    result.client_cpu_shares.push_back(client->cpu_share());
  }
  return result;
}

}  // namespace warble::bench
