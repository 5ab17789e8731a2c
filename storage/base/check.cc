#include "storage/base/check.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace warble::storage {

void Fatal(std::string_view why) {
  spdlog::critical("stopping: {}", why);
  spdlog::default_logger()->flush();
  std::abort();
}

void CheckFailed(const char* condition, const char* file, int line) {
  Fatal(fmt::format("broken invariant: {} ({}:{})", condition, file, line));
}

}  // namespace warble::storage
