// From the texts of a path to the users and the tweet that they name.
#pragma once

#include "api/call.h"
#include "api/problems.h"
#include "storage/read_view.h"

#include <variant>

namespace warble::api {

/// The subjects of a call, or 404 when one does not exist, or 403 when the session is not the
/// owner that the route asks for.
std::variant<Subjects, Problem> Resolve(const Call& call, storage::PointReader& reader);

/// Hints that the session of `viewer` and the user of a path are looked for next.
void PrefetchSessionAndUser(storage::PointReader& reader, storage::UserId viewer,
                            const PathTexts& path);

}  // namespace warble::api
