// SvgPlot: line plots as SVG text.
//
// Colours come from the page's style sheet: a series' line has the class "s<colour>", frames and
// texts "grid", "axis" and "label", so one drawing serves light and dark. Pure functions,
// thread-safe.
#pragma once

#include <string>
#include <vector>

namespace warble::bench {

struct Tick {
  double value = 0;
  std::string label;  ///< empty for a line without text
};

struct Axis {
  std::string title;
  double from = 0;
  double to = 1;  ///< from < to; on a logarithmic axis both above 0
  bool logarithmic = false;
  std::vector<Tick> ticks;
};

struct Point {
  double x = 0;
  double y = 0;
  std::string note;  ///< shown when pointed at, with a mark at the place; empty for none
};

struct Series {
  enum class Style { kLine, kDashed, kArea, kBars };
  unsigned color = 0;
  Style style = Style::kLine;
  std::vector<Point> points;  ///< by rising x
};

struct Plot {
  std::string description;  ///< for readers who cannot see it
  Axis x;
  Axis y;
  std::vector<Series> series;
};

/// Sizes in pixels. Values outside the axes are drawn on their edge.
std::string SvgOf(const Plot& plot, int width, int height);

/// An axis from 0 to at least `most`, at round numbers; `label` makes a tick's text.
Axis CountAxis(std::string title, double most, std::string (*label)(double));
/// A logarithmic axis around [least, most], ticks at 1, 2 and 5 or at powers of ten as fits.
Axis LogAxis(std::string title, double least, double most, std::string (*label)(double));

/// Text for HTML and SVG, with what has a meaning there escaped.
std::string EscapedHtml(const std::string& text);

}  // namespace warble::bench
