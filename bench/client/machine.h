// What /proc says of this machine and of a process on it. Linux only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace warble::bench {

struct ProcessFigures {
  double cpu_s = 0;  ///< user and system time, in steps of a clock tick (10 ms)
  std::uint64_t resident_bytes = 0;
  std::uint64_t peak_resident_bytes = 0;
};
/// Nothing when there is no such process.
std::optional<ProcessFigures> FiguresOf(int pid);

/// CPU time of the calling thread, in seconds.
double ThreadCpuSeconds();

struct Machine {
  std::string processor;
  unsigned processors = 0;  ///< that may be used
  std::uint64_t memory_bytes = 0;
  std::string kernel;
};
Machine ThisMachine();

}  // namespace warble::bench
