// A node on a small disk of its own that runs low, runs full, and is restarted.
#pragma once

namespace warble::tests {

/// In a child process started by RunSelf: mounts a small tmpfs that only this process and its
/// children see. Reports lines: "skipped <why>", "passed <what>", "fault <what>".
int FillDiskHere();

}  // namespace warble::tests
