#include "bench/report/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace warble::bench {
namespace {

constexpr double kLeft = 64;
constexpr double kRight = 26;
constexpr double kTop = 30;
constexpr double kBottom = 46;

/// Draws one plot: turns values into places and appends the pieces.
class Drawing {
 public:
  Drawing(const Plot& plot, int width, int height) : plot_(plot), width_(width), height_(height) {}

  std::string Draw() {
    Append("<svg viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\">",
           width_, height_, width_, height_, EscapedHtml(plot_.description));
    DrawAxes();
    for (const Series& series : plot_.series) DrawSeries(series);
    out_ += "</svg>";
    return std::move(out_);
  }

 private:
  template <class... Values>
  void Append(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
  }

  static double PartOf(const Axis& axis, double value) {
    value = std::clamp(value, axis.from, axis.to);
    if (axis.logarithmic) return std::log(value / axis.from) / std::log(axis.to / axis.from);
    return (value - axis.from) / (axis.to - axis.from);
  }
  double X(double value) const {
    return kLeft + PartOf(plot_.x, value) * (width_ - kLeft - kRight);
  }
  double Y(double value) const {
    return height_ - kBottom - PartOf(plot_.y, value) * (height_ - kTop - kBottom);
  }

  void DrawAxes() {
    const double bottom = height_ - kBottom;
    for (const Tick& tick : plot_.y.ticks) {
      Append("<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
             kLeft, width_ - kRight, Y(tick.value), Y(tick.value));
      Append("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
             kLeft - 8, Y(tick.value) + 4, EscapedHtml(tick.label));
    }
    for (const Tick& tick : plot_.x.ticks) {
      Append("<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
             X(tick.value), X(tick.value), kTop, bottom);
      Append("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
             X(tick.value), bottom + 18, EscapedHtml(tick.label));
    }
    Append("<line class=\"axis\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft,
           width_ - kRight, bottom, bottom);
    Append("<text class=\"title\" x=\"4\" y=\"14\">{}</text>", EscapedHtml(plot_.y.title));
    Append("<text class=\"title\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
           width_ - kRight, height_ - 6.0, EscapedHtml(plot_.x.title));
  }

  void DrawSeries(const Series& series) {
    if (series.points.empty()) return;
    if (series.style == Series::Style::kBars) return DrawBars(series);
    std::string path;
    for (const Point& point : series.points) {
      fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                     X(point.x), Y(point.y));
    }
    if (series.style == Series::Style::kArea) {
      Append("<path class=\"s{} area\" d=\"{}L{:.1f} {:.1f}L{:.1f} {:.1f}Z\"/>", series.color, path,
             X(series.points.back().x), Y(plot_.y.from), X(series.points.front().x),
             Y(plot_.y.from));
    }
    Append("<path class=\"s{}{}\" d=\"{}\"/>", series.color,
           series.style == Series::Style::kDashed ? " dashed" : "", path);
    for (const Point& point : series.points) {
      if (point.note.empty()) continue;
      Append("<circle class=\"s{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{}</title></circle>",
             series.color, X(point.x), Y(point.y), EscapedHtml(point.note));
    }
  }

  void DrawBars(const Series& series) {
    const double width =
        std::max(1.0, (width_ - kLeft - kRight) / static_cast<double>(series.points.size()) - 1);
    for (const Point& point : series.points) {
      if (point.y <= plot_.y.from) continue;
      Append(
          "<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">"
          "<title>{}</title></rect>",
          series.color, X(point.x), Y(point.y), width, Y(plot_.y.from) - Y(point.y),
          EscapedHtml(point.note));
    }
  }

  const Plot& plot_;
  double width_;
  double height_;
  std::string out_;
};

}  // namespace

std::string SvgOf(const Plot& plot, int width, int height) {
  return Drawing(plot, width, height).Draw();
}

Axis CountAxis(std::string title, double most, std::string (*label)(double)) {
  most = std::max(most, 1.0);
  const double power = std::pow(10, std::floor(std::log10(most / 4)));
  double step = std::max(power, 1.0);
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    if (power * factor < 1 || (factor == 2.5 && power < 10)) continue;
    step = power * factor;
    if (most / step <= 5) break;
  }
  Axis axis{.title = std::move(title), .from = 0, .to = std::ceil(most / step) * step, .ticks = {}};
  for (int i = 0; step * i <= axis.to * 1.0001; ++i) {
    axis.ticks.push_back({step * i, label(step * i)});
  }
  return axis;
}

Axis LogAxis(std::string title, double least, double most, std::string (*label)(double)) {
  least = std::max(least, 1.0);
  most = std::max(most, least * 1.01);
  std::vector<double> steps;
  for (double power = std::pow(10, std::floor(std::log10(least))); power < most * 10; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) steps.push_back(power * factor);
  }
  const auto first = std::prev(std::upper_bound(steps.begin(), steps.end(), least));
  const auto last = std::lower_bound(steps.begin(), steps.end(), most);
  Axis axis{
      .title = std::move(title), .from = *first, .to = *last, .logarithmic = true, .ticks = {}};
  constexpr std::ptrdiff_t kMostLines = 9;
  const bool only_powers = last - first >= kMostLines;
  for (auto step = first; step <= last; ++step) {
    if (only_powers && (step - steps.begin()) % 3 != 0) continue;
    axis.ticks.push_back({*step, label(*step)});
  }
  return axis;
}

std::string EscapedHtml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace warble::bench
