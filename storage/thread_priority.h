// Threads whose work can wait.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace warble::storage {

/// Puts the calling thread behind those that serve requests: of a core that both want it gets a
/// tenth. A system that refuses leaves it as it is.
inline void LowerThreadPriority() {
  constexpr int kNice = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

}  // namespace warble::storage
