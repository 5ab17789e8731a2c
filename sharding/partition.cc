#include "sharding/partition.h"

#include "storage/keys.h"
#include "storage/types.h"

#include <xxhash.h>

#include <string>

namespace warble::sharding {

std::uint32_t PartitionOf(std::string_view username) {
  static_assert(storage::kPartitionCount == 1U << 12);
  const std::string lower = storage::LowerUsername(username);
  return static_cast<std::uint32_t>(XXH3_64bits(lower.data(), lower.size()) >> (64 - 12));
}

}  // namespace warble::sharding
