#include "bench/report/report.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace warble::bench {
namespace {

void AppendLine(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), "{:<16}{}\n", name, value);
}

std::string RateText(const RunOptions& options, const RunResult& result) {
  if (!options.rate_per_s) {
    return fmt::format("{} requests/s, the peak of {} connections in a closed loop",
                       CountText(result.achieved_per_s()), options.connections);
  }
  return fmt::format("{} requests/s achieved of {} intended ({})",
                     CountText(result.achieved_per_s()), CountText(*options.rate_per_s),
                     options.arrivals == Arrivals::kPoisson ? "Poisson" : "constant");
}

void AppendRow(std::string& out, std::string_view name, const OperationFigures& figures,
               double seconds) {
  const Histogram& latency = figures.latency_ns;
  fmt::format_to(std::back_inserter(out), "{:<12}{:>11}{:>10}", name,
                 CountText(static_cast<double>(figures.succeeded) / seconds),
                 CountText(static_cast<double>(figures.errors())));
  for (const double percent : kPercentiles) {
    const std::string text = DurationText(static_cast<double>(latency.Percentile(percent)));
    fmt::format_to(std::back_inserter(out), "{:>10}", text);
  }
  fmt::format_to(std::back_inserter(out), "{:>10}\n",
                 DurationText(static_cast<double>(latency.max())));
}

void AppendErrors(std::string& out, const OperationFigures& total) {
  for (const auto& [problem, count] : total.problems) {
    AppendLine(out, "errors",
               fmt::format("{} × {}", CountText(static_cast<double>(count)), problem));
  }
  for (std::size_t i = 1; i < kFailureCount; ++i) {
    if (total.failures[i] == 0) continue;
    AppendLine(out, "errors",
               fmt::format("{} × {}", CountText(static_cast<double>(total.failures[i])),
                           NameOf(static_cast<Failure>(i))));
  }
  if (total.never_sent > 0) {
    AppendLine(out, "errors",
               fmt::format("{} × no connection became free in time",
                           CountText(static_cast<double>(total.never_sent))));
  }
}

}  // namespace

std::string DurationText(double ns) {
  struct Unit {
    double ns;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}};
  for (const Unit& unit : kUnits) {
    const double value = ns / unit.ns;
    if (value < 0.9995) continue;
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, decimals, unit.name);
  }
  return fmt::format("{:.0f} ns", ns);
}

std::string CountText(double number) {
  std::string digits = fmt::format("{:.0f}", std::abs(number));
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return (number < -0.5 ? "-" : "") + digits;
}

std::string RepeatsText(const RunOptions& options, const RunResult& result) {
  std::string out;
  for (const Operation operation : {Operation::kFollow, Operation::kFavorite}) {
    const OperationFigures& figures =
        result.measurements.operations[static_cast<std::size_t>(operation)];
    const auto found = figures.statuses.find(200);
    if (!options.mix.Has(operation) || found == figures.statuses.end()) continue;
    fmt::format_to(
        std::back_inserter(out), "{}{:.1f} % of {}", out.empty() ? "" : ", ",
        100 * static_cast<double>(found->second) / static_cast<double>(figures.succeeded),
        NameOf(operation));
  }
  return out.empty() ? out : out + " changed nothing, the edge being there already";
}

std::string ClientLines(const RunOptions& options, const RunResult& result) {
  std::string out;
  for (std::size_t i = 0; i < result.client_cpu_shares.size(); ++i) {
    AppendLine(out, "client",
               fmt::format("thread {}: {:.0f} % of a core", i, result.client_cpu_shares[i] * 100));
  }
  if (options.rate_per_s) {
    const Histogram& lag = result.measurements.lag_ns;
    AppendLine(
        out, "client lag",
        fmt::format("p50 {}, p99 {}, max {}", DurationText(static_cast<double>(lag.Percentile(50))),
                    DurationText(static_cast<double>(lag.Percentile(99))),
                    DurationText(static_cast<double>(lag.max()))));
  }
  return out;
}

std::string TableOf(const RunOptions& options, const RunResult& result) {
  std::string out;
  const OperationFigures total = result.measurements.Total();
  AppendLine(out, "mix", fmt::format("{}, seed {}", options.mix.name, options.seed));
  AppendLine(out, "measured",
             fmt::format("{:g} s, {} connections, {} client thread{}", result.seconds,
                         options.connections, options.threads, options.threads == 1 ? "" : "s"));
  AppendLine(out, "throughput", RateText(options, result));
  AppendLine(out, "received",
             fmt::format("{:.1f} MB/s", static_cast<double>(total.bytes) / result.seconds / 1e6));
  out += ClientLines(options, result);
  if (const auto cpu_us = result.server_cpu_us_per_request()) {
    AppendLine(out, "server",
               fmt::format("{:.1f} µs of CPU a request, {:.0f} MB resident", *cpu_us,
                           static_cast<double>(result.server_after->resident_bytes) / 1e6));
  }
  const std::string repeats = RepeatsText(options, result);
  if (!repeats.empty()) AppendLine(out, "repeats", repeats);
  AppendErrors(out, total);
  fmt::format_to(std::back_inserter(out), "\n{:<12}{:>11}{:>10}", "operation", "good/s", "errors");
  for (const double percent : kPercentiles) {
    fmt::format_to(std::back_inserter(out), "{:>10}", fmt::format("p{:g}", percent));
  }
  out += "       max\n";
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    if (!options.mix.Has(operation)) continue;
    AppendRow(out, NameOf(operation), result.measurements.operations[i], result.seconds);
  }
  AppendRow(out, "all", total, result.seconds);
  return out;
}

}  // namespace warble::bench
