// The runner: carries queries and decisions to where they may run, and keeps their promises.
//
// A query is run by Reads, a decision by Commits: so refusals, repeats and replays are answered
// without troubling the committer. Around each decision stand the checks of the contract's order:
// the session is alive, a replay, 404, 403.
//
// Thread-safe; awaited on the loop of the request.
#pragma once

#include "api/auth/token.h"
#include "api/fair_pool.h"
#include "api/handlers/call.h"
#include "api/handlers/handlers.h"
#include "api/rate_limiter.h"
#include "api/task.h"
#include "sharding/commits.h"
#include "sharding/reads.h"

#include <optional>
#include <span>
#include <variant>

namespace warble::storage {
class Committer;
class Engine;
}  // namespace warble::storage

namespace warble::api {

class Runner {
 public:
  /// `peers`: null where there is one shard.
  Runner(storage::Engine& engine, storage::Committer& committer, unsigned disk_threads,
         sharding::Peers* peers, bool limit_sign_in);

  /// The first living session that one of `texts`, a few tokens, stands for, or a problem if it
  /// cannot be found now. `path` names the users that the request looks for next.
  using FoundSession = std::variant<std::optional<Session>, Problem>;
  Soon<FoundSession> FindSession(TokenReader& tokens, std::span<const std::string_view> texts,
                                 const PathTexts& path);
  Soon<Answer> RunQuery(Call& call, QueryHandler query);
  /// `prepared` by the route; `idempotency_key` if the request carries one.
  Task<Answer> RunWrite(Call& call, Prepared prepared,
                        std::optional<std::string_view> idempotency_key);

 private:
  struct Evaluation;

  Task<std::optional<Problem>> DoPasswordWork(Call& call);

  storage::Engine& engine_;
  storage::Committer& committer_;
  std::optional<RateLimiter> sign_in_failures_;
  sharding::Reads reads_;
  sharding::Commits commits_;
  FairPool password_pool_;
};

}  // namespace warble::api
