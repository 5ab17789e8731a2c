// The runner: carries queries and decisions to where they may run, and keeps their promises.
//
// A query runs on the event loop while all it touches is in memory, else once more on the disk
// pool. A decision is rehearsed on a snapshot the same way: that answers refusals, repeats and
// replays without troubling the committer, and warms the blocks that the real evaluation will read.
// Only a rehearsal that wrote something goes to the committer, where it is decided again. Around
// each decision stand the checks of the contract's order: the session is alive, a replay, 404, 403.
//
// Thread-safe; awaited on the loop of the request.
#pragma once

#include "api/auth/token.h"
#include "api/fair_pool.h"
#include "api/handlers/call.h"
#include "api/handlers/handlers.h"
#include "api/rate_limiter.h"
#include "api/task.h"
#include "api/worker_pool.h"

#include <optional>
#include <span>
#include <type_traits>
#include <variant>

namespace warble::storage {
class Committer;
class Engine;
}  // namespace warble::storage

namespace warble::api {

class Runner {
 public:
  Runner(storage::Engine& engine, storage::Committer& committer, unsigned disk_threads,
         bool limit_sign_in);

  /// The first living session that one of `texts`, a few tokens, stands for, or a problem when that
  /// cannot be told now. `path`: whom the request is about is looked for next.
  using FoundSession = std::variant<std::optional<Session>, Problem>;
  Soon<FoundSession> FindSession(TokenReader& tokens, std::span<const std::string_view> texts,
                                 const PathTexts& path);
  Soon<Answer> RunQuery(Call& call, QueryHandler query);
  /// `prepared` by the route; `idempotency_key` if the request carries one.
  Task<Answer> RunWrite(Call& call, Prepared prepared,
                        std::optional<std::string_view> idempotency_key);

 private:
  struct Evaluation;

  enum class Purpose {
    kQuery,
    kRehearsal,
    kKeyedRehearsal,  ///< must see one moment: a replay and what it replays are of one batch
  };

  static storage::ReadView::Rows RowsFor(Purpose purpose);
  // What read(view) returns, on the loop or, when it would block, on the disk pool; or a problem.
  template <class Read>
  auto RunRead(Read read, Purpose purpose) -> Soon<std::invoke_result_t<Read&, storage::ReadView&>>;
  template <class Read>
  auto RunReadOnPool(Read read, Purpose purpose)
      -> Task<std::invoke_result_t<Read&, storage::ReadView&>>;
  Task<std::optional<Problem>> Commit(Evaluation& evaluation);
  Task<std::optional<Problem>> DoPasswordWork(Call& call);

  storage::Engine& engine_;
  storage::Committer& committer_;
  std::optional<RateLimiter> sign_in_failures_;
  WorkerPool disk_pool_;
  FairPool password_pool_;
};

}  // namespace warble::api
