#include "bench/client/machine.h"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

namespace warble::bench {
namespace {

/// What follows "name" and a colon in the first such line of a file of /proc; empty if none does.
std::string ValueIn(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

/// "1234 kB" → bytes; 0 when it is not of that form.
std::uint64_t BytesOf(const std::string& kilobytes) {
  std::istringstream in(kilobytes);
  std::uint64_t number = 0;
  in >> number;
  return number * 1024;
}

}  // namespace

std::optional<ProcessFigures> FiguresOf(int pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  std::ifstream file(directory + "/stat");
  std::string stat;
  if (!std::getline(file, stat)) return std::nullopt;
  // The second field is a name in brackets and may hold anything; utime and stime are the 14th and
  // 15th of all.
  std::istringstream in(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) in >> skipped;
  double user_ticks = 0;
  double system_ticks = 0;
  in >> user_ticks >> system_ticks;
  return ProcessFigures{
      .cpu_s = (user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)),
      .resident_bytes = BytesOf(ValueIn(directory + "/status", "VmRSS")),
      .peak_resident_bytes = BytesOf(ValueIn(directory + "/status", "VmHWM"))};
}

double ThreadCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Machine ThisMachine() {
  Machine machine;
  machine.processor = ValueIn("/proc/cpuinfo", "model name");
  machine.processors = std::thread::hardware_concurrency();
  machine.memory_bytes = BytesOf(ValueIn("/proc/meminfo", "MemTotal"));
  utsname system{};
  if (uname(&system) == 0) machine.kernel = std::string(system.sysname) + " " + system.release;
  return machine;
}

}  // namespace warble::bench
