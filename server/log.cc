#include "server/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace warble::server {
namespace {

class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineSink(LineWriter& lines) : lines_(lines) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    lines_.Write(std::string(line.data(), line.size()));
  }
  void flush_() override { lines_.Flush(); }

  LineWriter& lines_;
};

}  // namespace

Log::Log(const std::string& level) : lines_(STDERR_FILENO) {
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<LineSink>(lines_));
  logger->set_level(spdlog::level::from_str(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  // Its own handler would print, and wait.
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(std::move(logger));
}

Log::~Log() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("")); }

}  // namespace warble::server
