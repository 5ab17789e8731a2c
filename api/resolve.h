// From the texts of a path to the users and the tweet that they name.
#pragma once

#include "api/handlers/call.h"
#include "api/http/problems.h"
#include "storage/read_view.h"

#include <boost/container/static_vector.hpp>

#include <variant>

namespace warble::api {

/// The subjects of a call, or 404 when one does not exist, or 403 when the session is not the
/// owner that the route asks for.
std::variant<Subjects, Problem> Resolve(const Call& call, storage::PointReader& reader);

/// What a few reads that follow each other ask for, to be prefetched together.
using CacheKeys = boost::container::static_vector<storage::CacheKey, 3>;

/// The row of a viewer's sessions, and that of the name of a path's user.
CacheKeys SessionAndUserKeys(storage::UserId viewer, const PathTexts& path);

}  // namespace warble::api
