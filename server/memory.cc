#include "server/memory.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace warble::server {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// The limit that a file holds; none if it is not there or says "max".
std::size_t LimitIn(const std::filesystem::path& file) {
  std::size_t bytes = 0;
  return std::ifstream(file) >> bytes ? bytes : kNoLimit;
}

/// The lowest limit of the group and of those above it. In a container the group's name may be that
/// of the host, while the top of the tree is the container's own group; names that are not there do
/// not matter.
std::size_t GroupLimit(const std::filesystem::path& tree, const std::string& group,
                       const char* file) {
  std::size_t lowest = LimitIn(tree / file);
  std::filesystem::path directory = tree;
  for (const auto& part : std::filesystem::path(group).relative_path()) {
    directory /= part;
    lowest = std::min(lowest, LimitIn(directory / file));
  }
  return lowest;
}

std::size_t MachineMemory(const std::filesystem::path& root) {
  std::ifstream file(root / "proc/meminfo");
  std::string name;
  std::size_t kib = 0;  // MemTotal is the first line
  return file >> name >> kib && name == "MemTotal:" ? kib << 10 : kNoLimit;
}

}  // namespace

std::size_t UsableMemory(const std::filesystem::path& root) {
  std::size_t lowest = MachineMemory(root);
  // Of each hierarchy a line NUMBER:CONTROLLERS:GROUP. The second version has no controllers there.
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::istringstream fields(line);
    std::string number, controllers, group;
    std::getline(fields, number, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, group);
    if (controllers.empty()) {
      lowest = std::min(lowest, GroupLimit(root / "sys/fs/cgroup", group, "memory.max"));
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      lowest = std::min(lowest,
                        GroupLimit(root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return lowest;
}

}  // namespace warble::server
