// Partitions: which one a username and a row belong to, and where a partition's rows lie.
//
// A user's partition is a part of their id and so of nearly every key: a partition is one range of
// every family whose keys begin with a user. Everything here is a part of the data format
// (storage/FORMAT.md) and must never change. Thread-safe.
#pragma once

#include "storage/format/keys.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {

/// The top 12 bits of XXH3-64 of the lower-case name (kPartitionHash names it in each data
/// directory).
std::uint32_t PartitionOf(std::string_view username);

/// The partition that a row belongs to, from its key, which is well-formed. Nothing for the rows of
/// meta that are the directory's own: format, clock, secret and the like, and who owns what.
std::optional<std::uint32_t> PartitionOfRow(Family family, std::string_view key);

/// The keys of [lower, upper) of a family; an empty `upper` is no bound.
struct KeyRange {
  Family family;
  std::string lower;
  std::string upper;
};
/// Where the rows of a partition lie, and nobody else's: all of them but those of `usernames`,
/// which are ordered by name. These are found by the records in `users`, one each.
std::vector<KeyRange> RangesOf(std::uint32_t partition);

}  // namespace warble::storage
