// The log of the process, on standard error: what spdlog's default logger writes, in one form.
#pragma once

#include "server/line_writer.h"

#include <string>

namespace warble::server {

/// While it lives, spdlog's default logger writes here and never waits for the reader. To flush
/// that logger, as storage::Fatal() does, waits a second at most.
class Log {
 public:
  /// `level` as spdlog names it: lines below it are left out.
  explicit Log(const std::string& level);
  /// Leaves a default logger that writes nothing.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  LineWriter& lines() { return lines_; }
  const LineWriter& lines() const { return lines_; }

 private:
  LineWriter lines_;
};

}  // namespace warble::server
