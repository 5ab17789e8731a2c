// File descriptors: what every program does about them before it opens a data directory, and how
// many of them a database takes.
#pragma once

#include <cstddef>
#include <filesystem>

namespace warble::storage {

/// The descriptors of a database beside one for each of its tables: directories, logs, the
/// manifest, and the tables that compactions write before they remove others.
inline constexpr std::size_t kDescriptorsBesideTables = 128;

/// Opens /dev/null in the place of standard streams that are closed. Else a file of the database
/// would get their number, and printed lines would go into it. Call it first of all; if it cannot
/// be done the process ends with 1.
void OccupyStandardStreams();

/// Raises the limit of open files as far as the system lets us, and returns it.
std::size_t RaiseDescriptorLimit();

/// The number of tables in a data directory; 0 if there is none yet.
std::size_t CountTables(const std::filesystem::path& data_directory);

}  // namespace warble::storage
