#include "api/runner.h"

#include "api/auth/credentials.h"
#include "api/auth/digest.h"
#include "api/auth/token.h"
#include "api/entity_tag.h"
#include "api/http/client_address.h"
#include "api/kept_answer.h"
#include "api/resolve.h"
#include "api/routes.h"
#include "storage/committer.h"
#include "storage/engine/clock.h"
#include "storage/engine/engine.h"
#include "storage/format/keys.h"
#include "storage/model/idempotency.h"
#include "storage/model/sessions.h"

#include <xxhash.h>

#include <chrono>
#include <memory>
#include <new>

namespace warble::api {
namespace {

constexpr unsigned kPasswordThreads = 2;
constexpr std::size_t kPasswordQueueLimit = 128;
// Wrong passwords for one account from one address: ten at once, then one more every 30 s. Another
// address has its own count, so no other client can lock a user out.
constexpr std::chrono::seconds kSignInInterval{30};
constexpr unsigned kSignInBurst = 10;
// A decision is evaluated anew when a stored password changed under it; twice is chance.
constexpr int kMaxEvaluations = 6;

Problem Overloaded(bool not_executed) {
  return {Code::kOverloaded, "Too much is waiting here; try again soon.", {}, 1, not_executed};
}

// `not_executed`: whether it was to be, and is not.
Problem ProblemOf(sharding::Failure failure, bool not_executed) {
  switch (failure) {
    case sharding::Failure::kReadFailed:
      return {Code::kInternal, "Stored data could not be read."};
    case sharding::Failure::kOutOfMemory:
      return OutOfMemory(not_executed);
    case sharding::Failure::kOverloaded:
      return Overloaded(not_executed);
    case sharding::Failure::kUnavailable:
    case sharding::Failure::kMisplaced:
      return {Code::kUnavailable, "Some of the data cannot be reached now.", {}, 1, not_executed};
    case sharding::Failure::kDiskFull:
      return {Code::kUnavailable, "The disk is nearly full.", {}, 30, not_executed};
    case sharding::Failure::kTimeIsOver:
      return {Code::kUnavailable, "The server's clock is wrong.", {}, 30, not_executed};
    case sharding::Failure::kStopping:
      return {Code::kUnavailable, "The server is stopping.", {}, 1, not_executed};
  }
  return {Code::kInternal, "This failed in an unknown way."};
}

Problem SessionEnded() { return {Code::kUnauthenticated, "This session has ended."}; }

Problem Changed() {
  return {Code::kPreconditionFailed,
          "What is stored is no longer what If-Match or If-None-Match asks for; read it again."};
}

std::uint64_t SignInKey(const Call& call, std::uint64_t network) {
  const std::string text =
      storage::LowerUsername(call.account.empty() ? call.path.user : call.account);
  const XXH64_hash_t account = XXH3_64bits(text.data(), text.size());
  return XXH3_64bits_withSeed(&network, sizeof(network), account);
}

}  // namespace

// One write request on its way: its decision, and the last answer of that.
struct Runner::Evaluation {
  Call& call;
  const Prepared& prepared;
  std::optional<Preconditions> preconditions{};
  std::string key_digest{};  // empty: no Idempotency-Key
  std::string request_digest{};
  Answer answer = NotYet();

  // Whether what was written is to be committed: not while work is asked for.
  bool Run(storage::Transaction& transaction) {
    // The evaluation before may have asked for work because its view had failed.
    call.passwords.ForgetPending();
    answer = Decide(transaction);
    return !call.passwords.pending();
  }

 private:
  // The refusals in the contract's order, then the decision.
  Answer Decide(storage::Transaction& transaction) {
    if (call.session && !HasLivingSession(transaction)) return SessionEnded();
    if (!key_digest.empty()) {
      const auto kept =
          storage::FindAnswer(transaction, call.session->user, key_digest, transaction.Now());
      if (kept) return Replay(*kept);
    }
    const std::variant<Subjects, Problem> subjects = Resolve(call, transaction);
    if (const auto* unknown = std::get_if<Problem>(&subjects)) return *unknown;
    const auto* problem = std::get_if<Problem>(&prepared);
    // An unreadable body (400, 415) comes before the conditions, a wrong one (422) after them.
    if (problem != nullptr && Describe(problem->code).status != 422) return *problem;
    const Subjects& found = std::get<Subjects>(subjects);
    if (preconditions && !preconditions->Hold(found, transaction)) return Changed();
    if (problem != nullptr) return *problem;
    Answer decided = std::get<Decision>(prepared)(found, transaction);
    if (!key_digest.empty() && !transaction.ToBeRepeated()) {
      Keep(decided, transaction);
    }
    return decided;
  }

  bool HasLivingSession(storage::Transaction& transaction) const {
    return storage::FindSession(transaction, call.session->user, call.session->token_hash,
                                transaction.Now())
        .has_value();
  }

  Answer Replay(const storage::StoredAnswer& kept) const {
    if (kept.request_digest != request_digest) {
      return Problem{Code::kIdempotencyKeyReused,
                     "This Idempotency-Key was used for another request within 24 hours."};
    }
    std::optional<Response> response = DecodeKeptAnswer(kept.answer);
    if (!response) return ProblemOf(sharding::Failure::kReadFailed, true);
    response->AddHeader("Idempotency-Replayed", "true");
    return std::move(*response);
  }

  void Keep(const Answer& decided, storage::Transaction& transaction) const {
    const auto* response = std::get_if<Response>(&decided);
    if (response == nullptr || response->status >= 300) return;
    if (!HasLivingSession(transaction)) return;  // it ended itself: a retry is 401, never a replay
    storage::KeepAnswer(transaction, call.session->user, key_digest,
                        {{}, request_digest, EncodeKeptAnswer(*response)});
  }
};

Runner::Runner(storage::Engine& engine, storage::Committer& committer, unsigned disk_threads,
               sharding::Peers* peers, bool limit_sign_in)
    : engine_(engine),
      committer_(committer),
      reads_(engine, disk_threads, peers),
      commits_(reads_, committer),
      password_pool_(kPasswordThreads, kPasswordQueueLimit) {
  PreparePasswords();
  if (limit_sign_in) sign_in_failures_.emplace(kSignInInterval, kSignInBurst);
}

Soon<Runner::FoundSession> Runner::FindSession(TokenReader& tokens,
                                               std::span<const std::string_view> texts,
                                               const PathTexts& path) {
  boost::container::static_vector<TokenOwner, Credentials::kMaxTokens> owners;
  CacheKeys rows;
  for (const std::string_view text : texts) {
    const std::optional<storage::UserId> user = UserOfToken(text);
    if (!user) continue;
    if (owners.empty()) {
      rows = SessionAndUserKeys(*user, path);
      engine_.decoded_cache().PrefetchSets(rows);  // they come while the token is hashed
    }
    if (const auto owner = tokens.Read(text, engine_.secret())) owners.push_back(*owner);
  }
  if (owners.empty()) return FoundSession(std::nullopt);
  auto read = [this, owners, rows](storage::ReadView& view) -> FoundSession {
    view.Prefetch(rows);
    const storage::Timestamp now = committer_.clock().Now();
    for (const TokenOwner& owner : owners) {
      if (auto row = storage::FindSession(view, owner.user, owner.hash, now)) {
        return Session{owner.user, row->token_hash, row->expires_at};
      }
    }
    return std::nullopt;
  };
  return reads_.Run(
      std::move(read), storage::ReadView::Rows::kCached,
      [](sharding::Failure failure) -> FoundSession { return ProblemOf(failure, false); });
}

Soon<Answer> Runner::RunQuery(Call& call, QueryHandler query) {
  auto read = [&call, query](storage::ReadView& view) -> Answer {
    std::variant<Subjects, Problem> subjects = Resolve(call, view);
    if (auto* problem = std::get_if<Problem>(&subjects)) return std::move(*problem);
    return query(call, std::get<Subjects>(subjects), view);
  };
  return reads_.Run(read, storage::ReadView::Rows::kCached,
                    [](sharding::Failure failure) -> Answer { return ProblemOf(failure, false); });
}

Task<Answer> Runner::RunWrite(Call& call, Prepared prepared,
                              std::optional<std::string_view> idempotency_key) {
  Evaluation evaluation{.call = call, .prepared = prepared};
  if (call.route->entity_tag) evaluation.preconditions.emplace(*call.head);
  if (idempotency_key) {
    evaluation.key_digest = DigestKey(*idempotency_key);
    evaluation.request_digest =
        DigestRequest(call.head->method_text, call.head->target, call.body, engine_.secret());
  }
  // With a key it must see one moment: a replay and what it replays are of one batch.
  const auto rows =
      idempotency_key ? storage::ReadView::Rows::kSnapshot : storage::ReadView::Rows::kCached;
  auto evaluate = [&evaluation](storage::Transaction& transaction) {
    return evaluation.Run(transaction);
  };
  for (int evaluations = 0; evaluations < kMaxEvaluations; ++evaluations) {
    Soon<std::optional<sharding::Failure>> committed = commits_.Run(evaluate, rows);
    if (!committed.ready()) co_await committed.Wait();
    if (const auto failure = committed.Take()) co_return ProblemOf(*failure, true);
    if (!call.passwords.pending()) co_return std::move(evaluation.answer);
    if (auto problem = co_await DoPasswordWork(call)) co_return std::move(*problem);
  }
  co_return Overloaded(true);
}

Task<std::optional<Problem>> Runner::DoPasswordWork(Call& call) {
  const std::uint64_t network = HashClientNetwork(call.head->client_address);
  const bool guess = call.passwords.verify_pending() && sign_in_failures_;
  const std::uint64_t key = guess ? SignInKey(call, network) : 0;
  const FairPool::Subject subject = guess ? FairPool::Subject(key) : std::nullopt;
  bool has_memory = true;
  std::optional<RateLimiter::Verdict> verdict;
  // Guesses of one count run one after the other. So a right one has its place back before the next
  // is judged, and however many come at once, no more wrong ones pass than the limit allows.
  auto work = [&] {
    if (guess) verdict = sign_in_failures_->Count(key, std::chrono::steady_clock::now());
    if (verdict && !verdict->allowed) return;
    try {
      has_memory = call.passwords.DoPending();
    } catch (const std::bad_alloc&) {
      has_memory = false;
    }
    if (guess && (!has_memory || call.passwords.verified())) {
      sign_in_failures_->Refund(key, std::chrono::steady_clock::now());
    }
  };
  if (!co_await password_pool_.Run(network, subject, work)) co_return Overloaded(true);
  if (verdict && !verdict->allowed) {
    co_return Problem{Code::kRateLimited,
                      "Too many wrong passwords for this account from this address.",
                      {},
                      verdict->retry_after_s};
  }
  if (!has_memory) co_return OutOfMemory(true);
  co_return std::nullopt;
}

}  // namespace warble::api
