#include "storage/base/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

namespace warble::storage {

void OccupyStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // A new file gets the lowest number that is free. There is nowhere to complain.
    if (::open("/dev/null", O_RDWR) != stream) std::_Exit(EXIT_FAILURE);
  }
}

std::size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

std::size_t CountTables(const std::filesystem::path& data_directory) {
  std::size_t count = 0;
  std::error_code error;  // a directory that cannot be read is refused when it is opened
  std::filesystem::directory_iterator entry(data_directory / "rocksdb", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".sst") ++count;
  }
  return count;
}

}  // namespace warble::storage
