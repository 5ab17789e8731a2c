// A look at the write-ahead log before RocksDB replays it.
//
// The committer syncs every batch before it begins the next, so at most the last batch of the
// newest log can be half on disk. Damage there is a torn, never acknowledged write: it is cut off.
// Damage with a whole batch behind it lies in an acknowledged write and must be refused. RocksDB's
// own recovery modes cannot tell the two apart (tolerant does not open after a torn page and takes
// a damaged length for the end; point-in-time drops acknowledged batches in silence), so we look
// first, cut, and then open with the strictest mode.
//
// Zeros behind a whole batch, to the end of a log, are what was not written yet (wal_file.h). They
// are cut off as well, and nobody need know.
//
// Two things cannot be told: a byte that rots in the very last batch looks like a torn write, and a
// log of which a disk lost the end, from one batch's beginning on, looks like a shorter one.
//
// Reads RocksDB's log format (github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format).
#pragma once

#include <filesystem>
#include <string>

namespace rocksdb {
class Env;
}

namespace warble::storage {

struct WalReport {
  enum class State {
    kClean,        ///< without the zeros at its end, durably cut off
    kTornTailCut,  ///< a torn last batch was cut off, durably
    kDamaged,      ///< an acknowledged batch is damaged; nothing was changed
  };
  State state = State::kClean;
  std::string detail;  ///< file and offset of the damage
};

/// Examines every log of the database in `directory` (none is clean), through `env` as RocksDB
/// does. Throws StartupError when a log cannot be read or cut.
WalReport CheckWal(const std::filesystem::path& directory, rocksdb::Env* env);

/// Examines the manifest that CURRENT names, which is a log of the same form; changes nothing. A
/// changed length in the middle would make RocksDB take the rest for a torn end and open an older
/// database, or an empty one, without a word. Throws StartupError then, or when it cannot be read.
void CheckManifest(const std::filesystem::path& directory, rocksdb::Env* env);

}  // namespace warble::storage
