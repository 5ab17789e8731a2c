// The memory that this process may use.
#pragma once

#include <cstddef>
#include <filesystem>

namespace warble::server {

/// Bytes: that of the machine, or less where a control group allows less. `root` is replaced in
/// tests only: the directory with /proc and /sys.
std::size_t UsableMemory(const std::filesystem::path& root = "/");

}  // namespace warble::server
