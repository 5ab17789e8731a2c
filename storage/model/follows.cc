#include "storage/model/follows.h"

#include <algorithm>
#include <functional>

namespace warble::storage {

Result<EdgeAdded> Follow(Transaction& transaction, UserId follower, UserId followee) {
  if (follower == followee) return Refusal::kCannotFollowSelf;
  if (const auto since = FindFollow(transaction, follower, followee)) {
    return EdgeAdded{false, *since};
  }
  if (LoadUserCounters(transaction, follower).followees >= kMaxFollowees) {
    return Refusal::kTooManyFollowees;
  }
  const Timestamp at = transaction.Now();
  AddFollowOut(transaction, follower, {at, followee});
  AddFollowIn(transaction, followee, {at, follower});
  return EdgeAdded{true, at};
}

bool Unfollow(Transaction& transaction, UserId follower, UserId followee) {
  const auto since = FindFollow(transaction, follower, followee);
  if (!since) return false;
  RemoveFollowOut(transaction, follower, followee);
  RemoveFollowIn(transaction, followee, {*since, follower});
  return true;
}

void AddFollowOut(Transaction& transaction, UserId follower, const EdgePosition& followee) {
  transaction.Put(Family::kFollowsOut, FollowOutKey(follower, followee.user),
                  EncodeTimestamp(followee.at));
  ChangeUserCounter(transaction, follower, &UserCounters::followees, +1);
}

void AddFollowIn(Transaction& transaction, UserId followee, const EdgePosition& follower) {
  transaction.Put(Family::kFollowsIn, FollowInKey(followee, follower), {});
  ChangeUserCounter(transaction, followee, &UserCounters::followers, +1);
}

void RemoveFollowOut(Transaction& transaction, UserId follower, UserId followee) {
  transaction.Delete(Family::kFollowsOut, FollowOutKey(follower, followee));
  ChangeUserCounter(transaction, follower, &UserCounters::followees, -1);
}

void RemoveFollowIn(Transaction& transaction, UserId followee, const EdgePosition& follower) {
  transaction.Delete(Family::kFollowsIn, FollowInKey(followee, follower));
  ChangeUserCounter(transaction, followee, &UserCounters::followers, -1);
}

std::optional<Timestamp> FindFollow(PointReader& reader, UserId follower, UserId followee) {
  std::string value;
  if (!reader.Get(Family::kFollowsOut, FollowOutKey(follower, followee), &value)) {
    return std::nullopt;
  }
  return DecodeTimestamp(value);
}

std::vector<EdgePosition> LoadFollowees(ReadView& view, UserId user) {
  if (!view.Serves(user)) return {};
  view.SpendLookUp();
  DecodedCache* const cache = view.cache();
  std::vector<EdgePosition> followees;
  if (cache != nullptr && cache->FindFollowees(user, &followees, view.Trusted())) return followees;
  // The rows lie by id: sort them by time.
  for (Scan scan = view.ScanPrefix(Family::kFollowsOut, UserKey(user)); scan.Valid(); scan.Next()) {
    followees.push_back({DecodeTimestamp(scan.value()), DecodeFollowOutFollowee(scan.key())});
  }
  std::sort(followees.begin(), followees.end(), std::greater<>());
  if (cache != nullptr && view.status() == ReadStatus::kOk) {
    cache->FillFollowees(user, followees, view.completed());
  }
  return followees;
}

Page<UserItem> ListFollowers(ReadView& view, UserId user,
                             const PageRequest<EdgePosition>& request) {
  return ListEdgeUsers(
      view, Family::kFollowsIn, UserKey(user), DecodeFollowInFollower,
      [user](EdgePosition position) { return FollowInKey(user, position); }, request);
}

Page<UserItem> ListFollowees(ReadView& view, UserId user,
                             const PageRequest<EdgePosition>& request) {
  const std::vector<EdgePosition> edges = LoadFollowees(view, user);
  auto edge = edges.begin();
  if (request.after) {
    edge = std::upper_bound(edges.begin(), edges.end(), *request.after, std::greater<>());
  }
  const auto next = [&]() -> std::optional<EdgePosition> {
    return edge != edges.end() ? std::optional(*edge++) : std::nullopt;
  };
  return LoadUserItems(view, next, request);
}

}  // namespace warble::storage
