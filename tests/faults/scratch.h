// A directory for one test on the fastest disk there is, removed at the end.
#pragma once

#include "tests/support/temporary_directory.h"

#include <unistd.h>

#include <filesystem>

namespace warble::tests {

class ScratchDirectory : public TemporaryDirectory {
 public:
  ScratchDirectory() : TemporaryDirectory(FastestDisk()) {}

 private:
  static std::filesystem::path FastestDisk() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  }
};

}  // namespace warble::tests
