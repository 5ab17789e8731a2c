// UsableMemory: what the files of the kernel say.
#include "server/memory.h"

#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

namespace warble::server {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

void Put(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("memory: the machine's, where nothing limits it") {
  tests::TemporaryDirectory root;
  Put(root.path() / "proc/meminfo", "MemTotal:    1048576 kB\nMemFree:    1 kB\n");
  CHECK(UsableMemory(root.path()) == 1'024 * kMiB);
  Put(root.path() / "proc/self/cgroup", "0::/a\n");
  Put(root.path() / "sys/fs/cgroup/a/memory.max", "max\n");
  CHECK(UsableMemory(root.path()) == 1'024 * kMiB);
}

TEST_CASE("memory: the lowest limit of a control group and of those above it counts") {
  tests::TemporaryDirectory root;
  Put(root.path() / "proc/meminfo", "MemTotal:    1048576 kB\n");
  Put(root.path() / "proc/self/cgroup", "0::/a/b\n");
  Put(root.path() / "sys/fs/cgroup/a/memory.max", "268435456\n");
  Put(root.path() / "sys/fs/cgroup/a/b/memory.max", "536870912\n");
  CHECK(UsableMemory(root.path()) == 256 * kMiB);
  // In a container the group's own files stand at the top.
  Put(root.path() / "sys/fs/cgroup/memory.max", "134217728\n");
  CHECK(UsableMemory(root.path()) == 128 * kMiB);
}

TEST_CASE("memory: control groups of the first version count too") {
  tests::TemporaryDirectory root;
  Put(root.path() / "proc/meminfo", "MemTotal:    1048576 kB\n");
  Put(root.path() / "proc/self/cgroup", "8:pids:/\n4:hugetlb,memory:/a:b\n0::/\n");
  Put(root.path() / "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(UsableMemory(root.path()) == 1'024 * kMiB);
  Put(root.path() / "sys/fs/cgroup/memory/a:b/memory.limit_in_bytes", "268435456\n");
  CHECK(UsableMemory(root.path()) == 256 * kMiB);
}

TEST_CASE("memory: that of this machine is known") {
  CHECK(UsableMemory() >= 64 * kMiB);
  CHECK(UsableMemory() <= std::size_t{1} << 50);
}

}  // namespace warble::server
