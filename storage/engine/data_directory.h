// The data directory on the disk: made, open to its owner alone, and its name durable.
//
// It holds hashes of passwords and the secret of the sessions, so its owner alone may look into it.
// A program that opens a directory also sets its umask to 077, because RocksDB and others make
// files too.
#pragma once

#include <filesystem>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace warble::storage {

/// Makes the directory and its parents where they are missing, for the owner alone. Throws
/// StartupError.
void CreateDataDirectory(const std::filesystem::path& directory);

/// Takes all rights of others away from the directory's contents, and from the directory itself
/// unless it also holds other things. Warns where that fails. Throws StartupError if the process is
/// root's and the database another user's, because that user could not open the files that this
/// process would make.
void CloseDataDirectory(const std::filesystem::path& directory);

/// Syncs the names of a directory's entries. Throws StartupError.
void SyncDirectory(const std::filesystem::path& directory, rocksdb::Env* env);

/// Syncs every directory above that may hold a name that was made for this one. Throws
/// StartupError.
void SyncParents(const std::filesystem::path& directory, rocksdb::Env* env);

}  // namespace warble::storage
