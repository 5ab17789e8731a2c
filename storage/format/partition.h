// Which logical partition a username belongs to.
#pragma once

#include <cstdint>
#include <string_view>

namespace warble::storage {

/// The top 12 bits of XXH3-64 of the lower-case name. Stored in every user's id, so it must never
/// change (kPartitionHash names it in each data directory). Thread-safe.
std::uint32_t PartitionOf(std::string_view username);

}  // namespace warble::storage
