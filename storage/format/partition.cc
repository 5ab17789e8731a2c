#include "storage/format/partition.h"

#include "storage/format/keys.h"
#include "storage/format/types.h"

#include <xxhash.h>

#include <string>

namespace warble::storage {

std::uint32_t PartitionOf(std::string_view username) {
  static_assert(kPartitionCount == 1U << 12);
  const std::string lower = LowerUsername(username);
  return static_cast<std::uint32_t>(XXH3_64bits(lower.data(), lower.size()) >> (64 - 12));
}

}  // namespace warble::storage
