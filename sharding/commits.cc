#include "sharding/commits.h"

namespace warble::sharding {

std::optional<Failure> Commits::FailureOf(storage::Committer::Admission admission) {
  switch (admission) {
    case storage::Committer::Admission::kAccepted:
      return std::nullopt;
    case storage::Committer::Admission::kOverloaded:
      return Failure::kOverloaded;
    case storage::Committer::Admission::kDiskFull:
      return Failure::kDiskFull;
    case storage::Committer::Admission::kTimeIsOver:
      return Failure::kTimeIsOver;
    case storage::Committer::Admission::kStopped:
      return Failure::kStopping;
  }
  return std::nullopt;
}

}  // namespace warble::sharding
