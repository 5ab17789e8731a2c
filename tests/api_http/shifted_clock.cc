// Preloaded, moves the wall clock of a program by as many seconds as the file WARBLE_TEST_CLOCK
// says, 8 bytes of the machine's own order, while it runs. The other clocks stay as they are.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

using GetTime = int (*)(clockid_t, timespec*);

const volatile std::int64_t* MapShift() {
  const char* path = std::getenv("WARBLE_TEST_CLOCK");
  if (path == nullptr) std::abort();
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  void* shift = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (shift == MAP_FAILED) std::abort();
  ::close(file);
  return static_cast<const volatile std::int64_t*>(shift);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec* now) noexcept {
  static const GetTime kReal = reinterpret_cast<GetTime>(::dlsym(RTLD_NEXT, "clock_gettime"));
  static const volatile std::int64_t* const kShift = MapShift();
  const int result = kReal(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += *kShift;
  return result;
}
