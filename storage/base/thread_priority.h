// Threads whose work can wait.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <stop_token>

namespace warble::storage {

/// Puts the calling thread behind those that serve requests: of a core that both want it gets a
/// tenth. A system that refuses leaves it as it is.
void LowerThreadPriority();

/// How a thread that compacts shares a core. Not urgent, it gets what nobody else wants
/// (SCHED_IDLE): merely nice, it is not interrupted by the committer, which as SCHED_BATCH
/// interrupts nobody else. Urgent, it competes as the committer does (SCHED_BATCH). A process that
/// may not take a thread out of SCHED_IDLE again, for want of CAP_SYS_NICE or RLIMIT_NICE, leaves
/// it merely nice.
void SetCompactionClass(pid_t thread, bool urgent);

/// Waits that long, or until the thread shall stop; false: stop.
bool PauseFor(const std::stop_token& stop, std::chrono::nanoseconds time);

}  // namespace warble::storage
