#include "api/resolve.h"

#include "api/route.h"
#include "storage/users.h"

#include <fmt/format.h>

namespace warble::api {
namespace {

Problem NoUser(std::string_view username) {
  return {Code::kNotFound, fmt::format("There is no user named '{}'.", username)};
}

}  // namespace

std::variant<Subjects, Problem> Resolve(const Call& call, storage::PointReader& reader) {
  Subjects subjects;
  if (!call.path.user.empty()) {
    subjects.user = storage::FindUser(reader, call.path.user);
    if (!subjects.user) return NoUser(call.path.user);
  }
  if (!call.path.tweet.empty()) {
    if (const auto id = ParseDecimal(call.path.tweet)) {
      subjects.tweet = storage::LoadTweet(reader, subjects.user->id, {*id});
    }
    if (!subjects.tweet) {
      return Problem{Code::kNotFound, fmt::format("{} has no tweet '{}'.", subjects.user->username,
                                                  call.path.tweet)};
    }
  }
  if (!call.path.other.empty()) {
    subjects.other = storage::FindUser(reader, call.path.other);
    if (!subjects.other) return NoUser(call.path.other);
  }
  const Owner owner = call.route->owner;
  if (owner != Owner::kNobody) {
    const storage::User& needed = owner == Owner::kUser ? *subjects.user : *subjects.other;
    if (needed.id != call.session->user) {
      return Problem{Code::kForbidden, fmt::format("Only {} may do this.", needed.username)};
    }
  }
  return subjects;
}

}  // namespace warble::api
