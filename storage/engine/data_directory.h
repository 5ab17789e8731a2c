// The data directory on the disk: made, open to its owner alone, and its name durable.
//
// What lies in it is its owner's alone: hashes of passwords, and the secret of the sessions. A
// program that opens one also sets its umask to 077, because RocksDB and others make files too.
#pragma once

#include <filesystem>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace warble::storage {

/// Makes the directory and its parents where they are missing, for the owner alone. Throws
/// StartupError.
void CreateDataDirectory(const std::filesystem::path& directory);

/// Takes from all others what they may do with what is in the directory, and with the directory
/// itself unless something lies there that is not ours. Warns where that cannot be done. Throws
/// StartupError if the process is root's and the database another user's, because that user could
/// not open the files that this process would make.
void CloseDataDirectory(const std::filesystem::path& directory);

/// Syncs the names of a directory's entries. Throws StartupError.
void SyncDirectory(const std::filesystem::path& directory, rocksdb::Env* env);

/// Syncs every directory above that may hold a name that was made for this one. Throws
/// StartupError.
void SyncParents(const std::filesystem::path& directory, rocksdb::Env* env);

}  // namespace warble::storage
