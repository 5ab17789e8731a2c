// The handlers: one or two functions a route, each the route's meaning and nothing else. The
// service and the runner do routing, authentication, ownership, idempotency, retries and headers
// around them.
//
// A *query* reads a view and answers. If the view says that it would block, the query runs again on
// a pool thread.
//
// A write is *prepared* once from the request (body and parameters are checked there) into a
// *decision*: a function of a transaction that decides, writes and answers. It is evaluated on a
// snapshot first, and by the committer if it wrote anything, so it must not change what it captured
// (but for call.passwords), and may answer NotYet once Transaction::ToBeRepeated(). The runner
// holds a prepared problem back until the refusals before it in the contract's order have had their
// turn. The call outlives its decision.
#pragma once

#include "api/handlers/answers.h"
#include "api/handlers/call.h"
#include "api/http/problems.h"
#include "storage/read_view.h"
#include "storage/transaction.h"

#include <functional>
#include <variant>

namespace warble::api {

using QueryHandler = Answer (*)(const Call&, const Subjects&, storage::ReadView&);
using Decision = std::function<Answer(const Subjects&, storage::Transaction&)>;
using Prepared = std::variant<Decision, Problem>;
using PrepareHandler = Prepared (*)(Call&);

// users.cc
Answer GetUser(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer SearchUsers(const Call& call, const Subjects& subjects, storage::ReadView& view);
Prepared PrepareCreateUser(Call& call);
Prepared PrepareUpdateUser(Call& call);
Prepared PrepareDeleteUser(Call& call);

// sessions.cc
Answer GetCurrentSession(const Call& call, const Subjects& subjects, storage::ReadView& view);
Prepared PrepareSignIn(Call& call);
Prepared PrepareSignOut(Call& call);
Prepared PrepareSignOutEverywhere(Call& call);

// tweets.cc
Answer ListTweets(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer GetTweet(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer GetTimeline(const Call& call, const Subjects& subjects, storage::ReadView& view);
Prepared PreparePostTweet(Call& call);
Prepared PrepareDeleteTweet(Call& call);

// follows.cc
Answer ListFollowers(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer ListFollowees(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer GetFollower(const Call& call, const Subjects& subjects, storage::ReadView& view);
Prepared PrepareFollow(Call& call);
Prepared PrepareUnfollow(Call& call);

// favorites.cc
Answer ListFavoriters(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer ListFavorites(const Call& call, const Subjects& subjects, storage::ReadView& view);
Answer ListActivity(const Call& call, const Subjects& subjects, storage::ReadView& view);
Prepared PrepareFavorite(Call& call);
Prepared PrepareUnfavorite(Call& call);

}  // namespace warble::api
