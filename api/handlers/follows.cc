// Follows: following and unfollowing, lists of followers and followees.
#include "storage/model/follows.h"

#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/list_names.h"
#include "api/handlers/user_lists.h"
#include "storage/model/users.h"

#include <fmt/format.h>

namespace warble::api {

Answer ListFollowers(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::UserId user = subjects.user->id;
  return AnswerUserList(call, view, FollowersName(user), "followed_at", [&](const auto& request) {
    return storage::ListFollowers(view, user, request);
  });
}

Answer ListFollowees(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  const storage::UserId user = subjects.user->id;
  return AnswerUserList(call, view, FolloweesName(user), "followed_at", [&](const auto& request) {
    return storage::ListFollowees(view, user, request);
  });
}

Answer GetFollower(const Call&, const Subjects& subjects, storage::ReadView& view) {
  const auto since = storage::FindFollow(view, subjects.other->id, subjects.user->id);
  if (!since) {
    return Problem{Code::kNotFound, fmt::format("{} does not follow {}.", subjects.other->username,
                                                subjects.user->username)};
  }
  JsonWriter json;
  json.BeginObject().Name("user");
  WriteSummary(json, storage::Summarize(*subjects.other));
  json.MemberTime("followed_at", *since).EndObject();
  return JsonResponse(200, json);
}

Prepared PrepareFollow(Call& call) {
  return Decision([&call](const Subjects& subjects, storage::Transaction& transaction) -> Answer {
    const storage::User& followee = *subjects.user;
    const auto follower = storage::LoadUser(transaction, call.session->user);
    if (!follower) return Problem{Code::kUnauthenticated, "This session has ended."};
    const auto edge = storage::Follow(transaction, follower->id, followee.id);
    if (!edge && edge.error() == storage::Refusal::kCannotFollowSelf) {
      return Problem{Code::kCannotFollowSelf, "Nobody can follow themselves."};
    }
    if (!edge) {
      return Problem{Code::kTooManyFollowees,
                     fmt::format("One can follow at most {} users.", storage::kMaxFollowees)};
    }
    if (transaction.ToBeRepeated()) return NotYet();
    JsonWriter json;
    json.BeginObject().Name("follower");
    WriteSummary(json, storage::Summarize(*follower));
    json.Name("followee");
    WriteSummary(json, storage::Summarize(followee));
    json.MemberTime("followed_at", edge->at).EndObject();
    return JsonResponse(edge->created ? 201 : 200, json);
  });
}

Prepared PrepareUnfollow(Call&) {
  return Decision([](const Subjects& subjects, storage::Transaction& transaction) -> Answer {
    storage::Unfollow(transaction, subjects.other->id, subjects.user->id);
    return NoContent();
  });
}

}  // namespace warble::api
