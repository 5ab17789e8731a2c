#include "api/resolve.h"

#include "api/route.h"
#include "storage/users.h"

#include <fmt/format.h>

namespace warble::api {
namespace {

// Names are not repeated here: what stands in a path need not be UTF-8.
Problem NoUser() { return {Code::kNotFound, "There is no such user."}; }

}  // namespace

std::variant<Subjects, Problem> Resolve(const Call& call, storage::PointReader& reader) {
  Subjects subjects;
  if (!call.path.user.empty()) {
    subjects.user = storage::FindUser(reader, call.path.user);
    if (!subjects.user) return NoUser();
  }
  if (!call.path.tweet.empty()) {
    if (const auto id = ParseDecimal(call.path.tweet)) {
      subjects.tweet = storage::LoadTweet(reader, subjects.user->id, {*id});
    }
    if (!subjects.tweet) {
      return Problem{Code::kNotFound, "This user has no such tweet."};
    }
  }
  if (!call.path.other.empty()) {
    subjects.other = storage::FindUser(reader, call.path.other);
    if (!subjects.other) return NoUser();
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
