// Report: the figures of a run as a table for a terminal, as JSON and as a page.
//
// Every number has its unit; latencies are of good answers and of requests given up (see
// measurements.h). Pure functions, thread-safe.
#pragma once

#include "bench/client/machine.h"
#include "bench/client/runner.h"

#include <string>

namespace warble::bench {

/// What a report tells of a run beside its figures.
struct ReportContext {
  std::string command;   ///< as it was given
  std::string world;     ///< as Describe() says it
  std::string began_at;  ///< RFC 3339, UTC
  Machine machine;
};

/// The percentiles that reports show; the maximum comes beside them.
inline constexpr std::array<double, 5> kPercentiles = {50, 90, 99, 99.9, 99.99};

/// How many follows and favorites were no writes, empty if all were.
std::string RepeatsText(const RunOptions& options, const RunResult& result);
/// How busy and how late the client itself was: part of the table, and of a refusal to show one.
std::string ClientLines(const RunOptions& options, const RunResult& result);
std::string TableOf(const RunOptions& options, const RunResult& result);
std::string JsonOf(const ReportContext& context, const RunOptions& options,
                   const RunResult& result);
/// One self-contained page: no scripts, no other files.
std::string HtmlOf(const ReportContext& context, const RunOptions& options,
                   const RunResult& result);

/// A time in the unit that suits it, three digits: "87.4 µs", "1.02 ms", "3.40 s".
std::string DurationText(double ns);
/// With thousands set apart: "152,340".
std::string CountText(double number);

}  // namespace warble::bench
