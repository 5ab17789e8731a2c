// Where a walk over many users' rows goes on when it cannot read a block of them.
//
// The walk cannot know how far the block reaches. So it leaves out the rest of the partition, and
// while it still fails two partitions more, then four, and so on.
#pragma once

#include "storage/format/keys.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warble::storage {

class DamageSkip {
 public:
  /// A read succeeded: the next damage is another one.
  void Reset() { partitions_ = 1; }

  /// The first key of a partition behind `position`, which is `prefix` or a key of `prefix`, a user
  /// and more; nothing behind the last partition.
  std::optional<std::string> Behind(std::string_view prefix, std::string_view position) {
    position.remove_prefix(prefix.size());
    const bool has_user = position.size() >= kUserPrefixSize;
    const std::uint32_t partition = has_user ? DecodeUserKey(position).partition() : 0;
    const std::uint32_t next = partition + partitions_;
    partitions_ *= 2;
    if (next >= kPartitionCount) {
      Reset();
      return std::nullopt;
    }
    return std::string(Key(prefix).AppendUser(UserId::Make(next, 0)));
  }

 private:
  std::uint32_t partitions_ = 1;
};

}  // namespace warble::storage
