// Threads whose work can wait.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <stop_token>

namespace warble::storage {

/// Puts the calling thread behind those that serve requests: of a core that both want it gets a
/// tenth. If the system refuses, the thread keeps its priority.
void LowerThreadPriority();

/// How a compacting thread shares a core. If it is not urgent, it gets only time that no other
/// thread wants (SCHED_IDLE). A merely nice thread would hold up the committer, because the
/// committer is SCHED_BATCH and interrupts no other thread. If it is urgent, it competes as the
/// committer does (SCHED_BATCH). A process needs CAP_SYS_NICE or RLIMIT_NICE to take a thread out
/// of SCHED_IDLE again; without them the thread is merely nice.
void SetCompactionClass(pid_t thread, bool urgent);

/// Waits that long, or until the thread shall stop; false: stop.
bool PauseFor(const std::stop_token& stop, std::chrono::nanoseconds time);

}  // namespace warble::storage
