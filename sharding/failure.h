// Why a read or a command came to no end.
#pragma once

namespace warble::sharding {

enum class Failure {
  kReadFailed,   ///< the disk or a checksum failed; logged where it happened
  kOutOfMemory,  ///< on a pool thread
  kOverloaded,   ///< a queue here is full
  kUnavailable,  ///< another shard did not answer in time, or partitions moved again and again
  kMisplaced,    ///< another node serves these rows
  kDiskFull,     ///< commands only, as the rest: see Committer::Admission
  kTimeIsOver,
  kStopping,
};

}  // namespace warble::sharding
