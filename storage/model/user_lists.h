// Lists of the users at the other ends of edges: followers and followees of a user, favoriters of a
// tweet. They show the living only, and name a page's users before they read any of them.
#pragma once

#include "storage/format/keys.h"
#include "storage/model/pages.h"
#include "storage/model/users.h"
#include "storage/read_view.h"

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::storage {

/// A user at the other end of an edge, as lists show it.
struct UserItem {
  UserSummary user;
  Timestamp at;
  EdgePosition position() const { return {at, user.id}; }
};

/// The page of the living users among those that next(), an std::optional<EdgePosition>, names.
template <class Next>
Page<UserItem> LoadUserItems(ReadView& view, Next next, const PageRequest<EdgePosition>& request) {
  PageBuilder<UserItem> page(request);
  const auto prefetch = [&](std::span<const EdgePosition> edges, Wanted wanted) {
    std::vector<CacheKey> rows;
    rows.reserve(edges.size());
    for (const EdgePosition& edge : edges) {
      rows.push_back(DecodedCache::RowKey(Family::kUsers, UserKey(edge.user)));
      if (!request.viewer || wanted == Wanted::kExistence) continue;
      for (const Key& key :
           {FollowOutKey(*request.viewer, edge.user), FollowOutKey(edge.user, *request.viewer)}) {
        rows.push_back(DecodedCache::RowKey(Family::kFollowsOut, key));
      }
    }
    view.Prefetch(rows, wanted);
  };
  const auto offer = [&](const EdgePosition& edge) {
    if (!page.NeedsContent()) {
      return !view.HasLiving(Family::kUsers, UserKey(edge.user)) || page.Add({});
    }
    std::optional<UserSummary> user = LoadSummary(view, edge.user);
    return !user || page.Add({std::move(*user), edge.at});
  };
  WalkByChunks<EdgePosition>(view, page, next, prefetch, offer);
  return page.Take();
}

/// A list over one family whose rows, under a common prefix, end in a position: followers of a
/// user, favoriters of a tweet. `decode` gives a key's position, `key_of` is its inverse.
template <class Decode, class KeyOf>
Page<UserItem> ListEdgeUsers(ReadView& view, Family family, std::string_view prefix, Decode decode,
                             KeyOf key_of, const PageRequest<EdgePosition>& request) {
  // Behind a cursor, not from the start of the prefix: that seek may walk over many deleted rows.
  const Key start = request.after ? key_of(*request.after) : Key();
  Scan scan = request.after ? view.ScanRange(family, start, PrefixEnd(prefix))
                            : view.ScanList(family, prefix);
  if (request.after && scan.Valid() && scan.key() == std::string_view(start)) scan.Next();
  const auto next = [&]() -> std::optional<EdgePosition> {
    if (!scan.Valid()) return std::nullopt;
    const EdgePosition position = decode(scan.key());
    scan.Next();
    return position;
  };
  return LoadUserItems(view, next, request);
}

}  // namespace warble::storage
