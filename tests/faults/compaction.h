// A process that compacts everything in a directory.
#pragma once

#include "storage/engine/engine.h"

#include <filesystem>

namespace warble::tests {

storage::Engine::Options CompactionOptions(const std::filesystem::path& directory);

/// Opens the directory, compacts all of its tweets into new tables and closes it. From the
/// compaction on the `failing_read`-th read of a table fails; 0: none does. Reports "refused" when
/// the compaction did not succeed, "closed" when the directory could not even be opened, else
/// "compacted". Returns the exit status of the process.
int CompactHere(const std::filesystem::path& directory, int failing_read);

}  // namespace warble::tests
