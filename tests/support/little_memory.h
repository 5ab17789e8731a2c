// What a process meets where memory is short. Under a sanitizer, whose allocator ends the process
// when it gets nothing, only what maps its memory itself can be tested so.
#pragma once

#include "storage/base/check.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace warble::tests {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

/// While it lives, this process gets 4 MiB more than it had. Test nothing meanwhile: a failure that
/// is reported takes memory.
class LittleMemory {
 public:
  LittleMemory() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    WARBLE_CHECK(pages > 0 && ::getrlimit(RLIMIT_AS, &before_) == 0);
    rlimit little = before_;
    little.rlim_cur = pages * static_cast<std::size_t>(::getpagesize()) + (4 << 20);
    WARBLE_CHECK(::setrlimit(RLIMIT_AS, &little) == 0);
  }
  ~LittleMemory() { WARBLE_CHECK(::setrlimit(RLIMIT_AS, &before_) == 0); }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;

 private:
  rlimit before_{};
};

}  // namespace warble::tests
