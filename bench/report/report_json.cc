#include "bench/report/report.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace warble::bench {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string LatencyObject(const Histogram& histogram) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e3; };
  std::string out = fmt::format("{{\"count\":{},\"min\":{:.3f},\"mean\":{:.3f}", histogram.count(),
                                us(histogram.min()), histogram.mean() / 1e3);
  for (const double percent : kPercentiles) {
    fmt::format_to(std::back_inserter(out), ",\"p{:g}\":{:.3f}", percent,
                   us(histogram.Percentile(percent)));
  }
  return out + fmt::format(",\"max\":{:.3f}}}", us(histogram.max()));
}

std::string ErrorsObject(const OperationFigures& figures) {
  std::string out;
  const auto add = [&out](std::string_view name, std::uint64_t count) {
    if (count == 0) return;
    fmt::format_to(std::back_inserter(out), "{}{}:{}", out.empty() ? "" : ",", Quoted(name), count);
  };
  for (const auto& [problem, count] : figures.problems) add(problem, count);
  for (std::size_t i = 1; i < kFailureCount; ++i) {
    add(NameOf(static_cast<Failure>(i)), figures.failures[i]);
  }
  add("never sent", figures.never_sent);
  return "{" + out + "}";
}

std::string OperationObject(std::string_view name, const OperationFigures& figures,
                            double seconds) {
  std::string statuses;
  for (const auto& [status, count] : figures.statuses) {
    fmt::format_to(std::back_inserter(statuses), "{}\"{}\":{}", statuses.empty() ? "" : ",", status,
                   count);
  }
  return fmt::format(
      "{{\"operation\":{},\"sent\":{},\"succeeded\":{},\"succeeded_per_s\":{:.1f},"
      "\"received_bytes\":{},\"latency_us\":{},\"statuses\":{{{}}},\"errors\":{}}}",
      Quoted(name), figures.sent, figures.succeeded,
      static_cast<double>(figures.succeeded) / seconds, figures.bytes,
      LatencyObject(figures.latency_ns), statuses, ErrorsObject(figures));
}

std::string ServerObject(const RunResult& result) {
  const auto cpu_us = result.server_cpu_us_per_request();
  if (!cpu_us) return "null";
  return fmt::format(
      "{{\"cpu_us_per_request\":{:.2f},\"cpu_cores\":{:.3f},\"resident_bytes\":{},"
      "\"peak_resident_bytes\":{}}}",
      *cpu_us, (result.server_after->cpu_s - result.server_before->cpu_s) / result.seconds,
      result.server_after->resident_bytes, result.server_after->peak_resident_bytes);
}

std::string SecondsArray(const Measurements& measurements) {
  std::string out;
  for (const SecondFigures& second : measurements.seconds) {
    fmt::format_to(std::back_inserter(out),
                   "{}{{\"intended\":{},\"completed\":{},\"errors\":{},\"p50_us\":{:.1f},"
                   "\"p99_us\":{:.1f},\"max_us\":{:.1f}}}",
                   out.empty() ? "" : ",", second.intended, second.completed, second.errors,
                   static_cast<double>(second.latency_ns.Percentile(50)) / 1e3,
                   static_cast<double>(second.latency_ns.Percentile(99)) / 1e3,
                   static_cast<double>(second.latency_ns.max()) / 1e3);
  }
  return "[" + out + "]";
}

}  // namespace

std::string JsonOf(const ReportContext& context, const RunOptions& options,
                   const RunResult& result) {
  std::string operations;
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    if (!options.mix.Has(operation)) continue;
    if (!operations.empty()) operations += ',';
    operations +=
        OperationObject(NameOf(operation), result.measurements.operations[i], result.seconds);
  }
  std::string cpu;
  for (const double share : result.client_cpu_shares) {
    fmt::format_to(std::back_inserter(cpu), "{}{:.3f}", cpu.empty() ? "" : ",", share);
  }
  const Measurements& measurements = result.measurements;
  return fmt::format(
      "{{\"format\":1,\"began_at\":{},\"command\":{},\"mix\":{},\"world\":{},\n"
      "\"machine\":{{\"processor\":{},\"processors\":{},\"memory_bytes\":{},\"kernel\":{}}},\n"
      "\"loop\":{},\"intended_per_s\":{},\"achieved_per_s\":{:.1f},\"seconds\":{:g},"
      "\"connections\":{},\"threads\":{},\"seed\":{},\n"
      "\"client\":{{\"cpu_shares\":[{}],\"lag_us\":{}}},\n\"server\":{},\n"
      "\"total\":{},\n\"operations\":[{}],\n\"over_time\":{}}}\n",
      Quoted(context.began_at), Quoted(context.command), Quoted(options.mix.name),
      Quoted(context.world), Quoted(context.machine.processor), context.machine.processors,
      context.machine.memory_bytes, Quoted(context.machine.kernel),
      !options.rate_per_s                      ? "\"closed\""
      : options.arrivals == Arrivals::kPoisson ? "\"poisson\""
                                               : "\"constant\"",
      options.rate_per_s ? fmt::format("{:g}", *options.rate_per_s) : "null",
      result.achieved_per_s(), result.seconds, options.connections, options.threads, options.seed,
      cpu, LatencyObject(measurements.lag_ns), ServerObject(result),
      OperationObject("all", measurements.Total(), result.seconds), operations,
      SecondsArray(measurements));
}

}  // namespace warble::bench
