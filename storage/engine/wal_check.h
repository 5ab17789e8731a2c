// A look at the write-ahead log before RocksDB replays it.
//
// The committer syncs every batch before it begins the next, so at most the last batch of the
// newest log can be half on disk. Damage there is a torn write that was never acknowledged:
// CheckWal() cuts it off. Damage with a whole batch behind it lies in an acknowledged write: the
// start must be refused. RocksDB's own recovery modes cannot tell the two apart (tolerant does not
// open after a torn page and takes a damaged length for the end; point-in-time drops acknowledged
// batches in silence), so we look first, cut, and then open with the strictest mode.
//
// Zeros at a log's end, behind a whole batch, are preallocated space (wal_file.h). They are cut off
// too and not reported.
//
// Two kinds of damage stay hidden: a byte that rots in the very last batch looks like a torn write,
// and a log whose end a disk lost, from one batch's beginning on, looks like a shorter one.
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
