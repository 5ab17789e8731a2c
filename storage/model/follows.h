// Follows: the edges between users, kept in both directions, and the lists over them.
//
// I4, I7: an edge has two ends, the follower's (out) and the followee's (in), each one row and one
// counter of that user alone. Both change in one batch; a repeat changes nothing.
#pragma once

#include "storage/base/result.h"
#include "storage/format/types.h"
#include "storage/model/user_lists.h"
#include "storage/read_view.h"
#include "storage/transaction.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace warble::storage {

inline constexpr std::uint64_t kMaxFollowees = 10'000;

/// The outcome of adding an edge.
struct EdgeAdded {
  bool created;  ///< false: it was there
  Timestamp at;  ///< when it was first added
};

/// Makes a living follower follow a living followee. Refuses with kCannotFollowSelf or
/// kTooManyFollowees.
Result<EdgeAdded> Follow(Transaction& transaction, UserId follower, UserId followee);
/// Removes the edge if it is there; says whether it was.
bool Unfollow(Transaction& transaction, UserId follower, UserId followee);

/// One end of an edge: its row and its counter. What is added must be absent, what is removed must
/// be there; whether it is, the follower's end says (FindFollow()).
void AddFollowOut(Transaction& transaction, UserId follower, const EdgePosition& followee);
void AddFollowIn(Transaction& transaction, UserId followee, const EdgePosition& follower);
void RemoveFollowOut(Transaction& transaction, UserId follower, UserId followee);
void RemoveFollowIn(Transaction& transaction, UserId followee, const EdgePosition& follower);

/// Since when `follower` follows `followee`, if so.
std::optional<Timestamp> FindFollow(PointReader& reader, UserId follower, UserId followee);

/// The followees of a user, deleted ones included: newest edge first, then by descending id.
std::vector<EdgePosition> LoadFollowees(ReadView& view, UserId user);

/// Both lists: newest edge first, then by descending id.
Page<UserItem> ListFollowers(ReadView& view, UserId user, const PageRequest<EdgePosition>& request);
Page<UserItem> ListFollowees(ReadView& view, UserId user, const PageRequest<EdgePosition>& request);

}  // namespace warble::storage
