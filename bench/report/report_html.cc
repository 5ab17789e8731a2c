#include "bench/report/report.h"
#include "bench/report/report_style.h"
#include "bench/report/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace warble::bench {
namespace {

constexpr unsigned kColors = 10;  // in the style sheet; later operations are dashed

std::string LatencyLabel(double ns) {
  // Ticks are at round numbers, for which "1.00 ms" says no more than "1 ms".
  for (const auto& [size, unit] : {std::pair{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}}) {
    if (ns >= size) return fmt::format("{:g} {}", ns / size, unit);
  }
  return fmt::format("{:g} ns", ns);
}

std::string RateLabel(double per_s) {
  return per_s >= 10'000 ? fmt::format("{:g}k", per_s / 1000) : CountText(per_s);
}

std::string SecondLabel(double seconds) { return fmt::format("{:g}", seconds); }

double Ns(std::uint64_t value) { return static_cast<double>(value); }

std::vector<Operation> OperationsOf(const RunOptions& options) {
  std::vector<Operation> operations;
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    if (options.mix.Has(operation)) operations.push_back(operation);
  }
  return operations;
}

const OperationFigures& FiguresOf(const RunResult& result, Operation operation) {
  return result.measurements.operations[static_cast<std::size_t>(operation)];
}

/// Percentile p stands at 1 / (1 - p), on a logarithmic axis: each further nine is one step.
Plot PercentilePlot(const RunOptions& options, const RunResult& result) {
  Plot plot;
  plot.description = "Latency by percentile, a line for each operation";
  plot.x = {.title = "percentile", .from = 1, .to = 10'000, .logarithmic = true, .ticks = {}};
  plot.x.ticks = {{1, "0"}, {2, "50"}, {10, "90"}, {100, "99"}, {1000, "99.9"}, {10'000, "99.99"}};
  double least = 1e18;
  double most = 1;
  unsigned number = 0;
  for (const Operation operation : OperationsOf(options)) {
    const Histogram& latency = FiguresOf(result, operation).latency_ns;
    Series series{.color = number % kColors,
                  .style = number < kColors ? Series::Style::kLine : Series::Style::kDashed,
                  .points = {}};
    ++number;
    for (int step = 0; step <= 80; ++step) {
      const double x = std::pow(10, step / 20.0);
      // Beyond this there is no request to speak of.
      if (x > std::max(1.0, static_cast<double>(latency.count()))) break;
      const double percent = 100 * (1 - 1 / x);
      const double ns = Ns(latency.Percentile(percent));
      std::string note;
      if (step % 20 == 0 && step > 0) {
        note = fmt::format("{}: {:g} % within {}", NameOf(operation), percent, DurationText(ns));
      }
      series.points.push_back({x, ns, note});
      least = std::min(least, ns);
      most = std::max(most, ns);
    }
    plot.series.push_back(std::move(series));
  }
  plot.y = LogAxis("latency", std::min(least, most), most, LatencyLabel);
  return plot;
}

Axis TimeAxis(std::size_t seconds) {
  Axis axis = CountAxis("seconds", static_cast<double>(seconds), SecondLabel);
  axis.to = static_cast<double>(std::max<std::size_t>(seconds, 1));
  std::erase_if(axis.ticks, [&](const Tick& tick) { return tick.value > axis.to; });
  return axis;
}

/// A value of every second, drawn in its middle.
template <class Value>
Series OverTime(const RunResult& result, unsigned color, Series::Style style, Value value) {
  Series series{.color = color, .style = style, .points = {}};
  double middle = 0.5;
  for (const SecondFigures& second : result.measurements.seconds) {
    series.points.push_back({middle, value(second), ""});
    middle += 1;
  }
  return series;
}

double HighestOf(const Plot& plot) {
  double most = 0;
  for (const Series& series : plot.series) {
    for (const Point& point : series.points) most = std::max(most, point.y);
  }
  return most;
}

Plot ThroughputPlot(const RunOptions& options, const RunResult& result) {
  Plot plot;
  plot.description = "Good answers a second, over time";
  plot.x = TimeAxis(result.measurements.seconds.size());
  plot.series.push_back(OverTime(result, 0, Series::Style::kArea, [](const SecondFigures& second) {
    return static_cast<double>(second.completed);
  }));
  if (options.rate_per_s) {
    plot.series.push_back(
        OverTime(result, 1, Series::Style::kDashed,
                 [](const SecondFigures& second) { return static_cast<double>(second.intended); }));
  }
  plot.y = CountAxis("requests/s", HighestOf(plot), RateLabel);
  return plot;
}

Plot LatencyOverTimePlot(const RunResult& result) {
  Plot plot;
  plot.description = "Latency over time: median, 99th percentile and maximum";
  plot.x = TimeAxis(result.measurements.seconds.size());
  const auto percentile = [](double percent) {
    return [percent](const SecondFigures& second) {
      return Ns(second.latency_ns.Percentile(percent));
    };
  };
  plot.series.push_back(OverTime(result, 3, Series::Style::kDashed, percentile(100)));
  plot.series.push_back(OverTime(result, 1, Series::Style::kLine, percentile(99)));
  plot.series.push_back(OverTime(result, 0, Series::Style::kLine, percentile(50)));
  double least = 1e18;
  for (const Point& point : plot.series.back().points) {
    if (point.y > 0) least = std::min(least, point.y);
  }
  plot.y = LogAxis("latency", std::min(least, HighestOf(plot)), HighestOf(plot), LatencyLabel);
  return plot;
}

Plot ErrorsPlot(const RunResult& result) {
  Plot plot;
  plot.description = "Errors a second, over time";
  plot.x = TimeAxis(result.measurements.seconds.size());
  Series series{.color = 3, .style = Series::Style::kBars, .points = {}};
  double start = 0;
  for (const SecondFigures& second : result.measurements.seconds) {
    const auto errors = static_cast<double>(second.errors);
    series.points.push_back(
        {start, errors, fmt::format("second {:g}: {} errors", start + 1, CountText(errors))});
    start += 1;
  }
  plot.series.push_back(std::move(series));
  plot.y = CountAxis("errors/s", HighestOf(plot), RateLabel);
  return plot;
}

struct LegendEntry {
  unsigned color;
  bool dashed;
  std::string text;
};

std::string Figure(std::string_view title, std::string_view explanation, const Plot& plot,
                   const std::vector<LegendEntry>& legend) {
  std::string out =
      fmt::format("<figure><figcaption><h2>{}</h2><p>{}</p></figcaption>", title, explanation);
  out += "<div class=\"wide\">" + SvgOf(plot, 640, 340) + "</div>";
  out += "<div class=\"narrow\">" + SvgOf(plot, 360, 280) + "</div>";
  if (!legend.empty()) out += "<ul class=\"legend\">";
  for (const LegendEntry& entry : legend) {
    fmt::format_to(std::back_inserter(out),
                   "<li><svg width=\"22\" height=\"10\" aria-hidden=\"true\"><path class=\"s{}{}\" "
                   "d=\"M1 5L21 5\"/></svg>{}</li>",
                   entry.color, entry.dashed ? " dashed" : "", entry.text);
  }
  if (!legend.empty()) out += "</ul>";
  return out + "</figure>\n";
}

std::string ErrorFigure(const RunResult& result) {
  constexpr std::string_view kTitle = "Errors over time";
  if (result.measurements.Total().errors() == 0) {
    return fmt::format(
        "<figure><figcaption><h2>{}</h2></figcaption><p class=\"none\">Every request "
        "had a good answer.</p></figure>\n",
        kTitle);
  }
  return Figure(kTitle, "Answers of 400 and more, and requests without any.", ErrorsPlot(result),
                {});
}

std::string Tile(std::string_view name, const std::string& value, std::string_view more = "") {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd><dd class=\"more\">{}</dd></div>", name, value,
                     more);
}

std::string Tiles(const RunOptions& options, const RunResult& result) {
  const OperationFigures total = result.measurements.Total();
  const auto latency = [&total](double percent) {
    return DurationText(Ns(total.latency_ns.Percentile(percent)));
  };
  std::string out = "<dl class=\"tiles\">";
  out += Tile("Throughput", CountText(result.achieved_per_s()) + " <small>requests/s</small>",
              options.rate_per_s ? "of " + CountText(*options.rate_per_s) + " intended"
                                 : std::string("peak, closed loop"));
  out += Tile("Median latency", latency(50), "all operations");
  out += Tile("99 % within", latency(99));
  out += Tile("99.9 % within", latency(99.9), "max " + DurationText(Ns(total.latency_ns.max())));
  const auto all = static_cast<double>(std::max<std::uint64_t>(total.sent + total.never_sent, 1));
  out += Tile("Errors", CountText(static_cast<double>(total.errors())),
              fmt::format("{:.2g} % of {} requests",
                          static_cast<double>(total.errors()) / all * 100, CountText(all)));
  if (const auto cpu_us = result.server_cpu_us_per_request()) {
    out += Tile("Server CPU", fmt::format("{:.1f} µs", *cpu_us),
                fmt::format("a request; {:.0f} MB resident",
                            static_cast<double>(result.server_after->resident_bytes) / 1e6));
  }
  return out + "</dl>\n";
}

std::string Row(const std::string& head, const OperationFigures& figures, double seconds) {
  std::string out = fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>", head,
                                CountText(static_cast<double>(figures.succeeded) / seconds),
                                CountText(static_cast<double>(figures.errors())));
  for (const double percent : kPercentiles) {
    out += "<td>" + DurationText(Ns(figures.latency_ns.Percentile(percent))) + "</td>";
  }
  return out + "<td>" + DurationText(Ns(figures.latency_ns.max())) + "</td></tr>\n";
}

std::string Table(const RunOptions& options, const RunResult& result) {
  std::string out =
      "<div class=\"scroll\"><table><thead><tr><th>operation</th><th>good/s</th><th>errors</th>";
  for (const double percent : kPercentiles) out += fmt::format("<th>{:g} %</th>", percent);
  out += "<th>max</th></tr></thead><tbody>\n";
  unsigned number = 0;
  for (const Operation operation : OperationsOf(options)) {
    const std::string head =
        fmt::format("<span class=\"dot b{}\"></span>{}", number++ % kColors, NameOf(operation));
    out += Row(head, FiguresOf(result, operation), result.seconds);
  }
  out += Row("all", result.measurements.Total(), result.seconds);
  return out + "</tbody></table></div>\n";
}

std::string ErrorList(const RunResult& result) {
  const OperationFigures total = result.measurements.Total();
  if (total.errors() == 0) return "";
  std::string out = "<ul class=\"errors\">";
  const auto add = [&out](std::string_view name, std::uint64_t count) {
    if (count == 0) return;
    fmt::format_to(std::back_inserter(out), "<li><b>{}</b> {}</li>",
                   CountText(static_cast<double>(count)), EscapedHtml(std::string(name)));
  };
  for (const auto& [problem, count] : total.problems) add(problem, count);
  for (std::size_t i = 1; i < kFailureCount; ++i) {
    add(NameOf(static_cast<Failure>(i)), total.failures[i]);
  }
  add("never sent: no connection became free in time", total.never_sent);
  return out + "</ul>\n";
}

std::string Conditions(const ReportContext& context, const RunOptions& options,
                       const RunResult& result) {
  const auto row = [](std::string_view name, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, EscapedHtml(value));
  };
  std::string cpu;
  for (const double share : result.client_cpu_shares) {
    cpu += fmt::format("{}{:.0f} %", cpu.empty() ? "" : ", ", share * 100);
  }
  std::string out = "<dl class=\"conditions\">";
  out += fmt::format("<div><dt>command</dt><dd><code>{}</code></dd></div>",
                     EscapedHtml(context.command));
  out += row("began", context.began_at);
  out += row("world", context.world);
  out += row("load",
             fmt::format("{}; {} connections; {:g} s measured after {:g} s of warm-up; seed {}",
                         !options.rate_per_s                      ? "closed loop"
                         : options.arrivals == Arrivals::kPoisson ? "open loop, Poisson"
                                                                  : "open loop, constant",
                         options.connections, result.seconds,
                         std::chrono::duration<double>(options.warmup).count(), options.seed));
  out +=
      row("client", fmt::format("CPU by thread: {} of a core; lag {} at the 99th percentile", cpu,
                                DurationText(Ns(result.measurements.lag_ns.Percentile(99)))));
  out += row("machine", fmt::format("{}, {} processors, {:.1f} GB, {}", context.machine.processor,
                                    context.machine.processors,
                                    static_cast<double>(context.machine.memory_bytes) / 1e9,
                                    context.machine.kernel));
  return out + "</dl>\n";
}

}  // namespace

std::string HtmlOf(const ReportContext& context, const RunOptions& options,
                   const RunResult& result) {
  const std::string title =
      options.rate_per_s
          ? fmt::format("{} at {} requests/s", options.mix.name, CountText(*options.rate_per_s))
          : fmt::format("{} at its peak", options.mix.name);
  std::vector<LegendEntry> operations;
  for (const Operation operation : OperationsOf(options)) {
    const auto number = static_cast<unsigned>(operations.size());
    operations.push_back({number % kColors, number >= kColors, std::string(NameOf(operation))});
  }
  std::vector<LegendEntry> throughput = {{0, false, "good answers"}};
  if (options.rate_per_s) throughput.push_back({1, true, "requests due"});
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>{0}</title><style>{1}</style></head><body><main>\n"
      "<header><p>Warble load report</p><h1>{0}</h1></header>\n",
      EscapedHtml(title), kReportStyle);
  page += Tiles(options, result);
  page += "<div class=\"plots\">\n";
  page += Figure("Latency by percentile",
                 options.rate_per_s ? "From when a request was due to its whole answer."
                                    : "From sending to the whole answer; in a closed loop stalls "
                                      "weigh too little.",
                 PercentilePlot(options, result), operations);
  page += Figure("Latency over time", "Of the requests due in each second.",
                 LatencyOverTimePlot(result),
                 {{0, false, "median"}, {1, false, "99 % within"}, {3, true, "maximum"}});
  page += Figure("Throughput over time", "In each second.", ThroughputPlot(options, result),
                 throughput);
  page += ErrorFigure(result);
  page += "</div>\n" + ErrorList(result) + Table(options, result);
  page += Conditions(context, options, result);
  return page + "</main></body></html>\n";
}

}  // namespace warble::bench
