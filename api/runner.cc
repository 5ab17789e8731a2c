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

constexpr std::size_t kDiskQueueLimit = 4096;
constexpr unsigned kPasswordThreads = 2;
constexpr std::size_t kPasswordQueueLimit = 128;
// Wrong passwords for one account from one address: ten at once, then one more every 30 s. Another
// address has its own count, so nobody can lock a user out.
constexpr std::chrono::seconds kSignInInterval{30};
constexpr unsigned kSignInBurst = 10;
// A decision is evaluated anew when a stored password changed under it; twice is chance.
constexpr int kMaxEvaluations = 6;

Problem Overloaded(bool not_executed) {
  return {Code::kOverloaded, "Too much is waiting here; try again soon.", {}, 1, not_executed};
}

Problem ReadFailed() { return {Code::kInternal, "Stored data could not be read."}; }

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

// One write request on its way: what to decide, and what was decided last.
struct Runner::Evaluation {
  Call& call;
  const Prepared& prepared;
  std::optional<Preconditions> preconditions{};
  std::string key_digest;  // empty: no Idempotency-Key
  std::string request_digest;
  Answer answer;
  bool wrote = false;

  void Run(storage::Transaction& transaction) {
    // The evaluation before may have asked for work because its view had failed.
    call.passwords.ForgetPending();
    answer = Decide(transaction);
    wrote = !transaction.changes().empty();
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
    // What cannot be read (400, 415) comes before the conditions, what it says (422) after them.
    if (problem != nullptr && Describe(problem->code).status != 422) return *problem;
    const Subjects& found = std::get<Subjects>(subjects);
    if (preconditions && !preconditions->Hold(found, transaction)) return Changed();
    if (problem != nullptr) return *problem;
    Answer decided = std::get<Decision>(prepared)(found, transaction);
    if (!key_digest.empty() && !call.passwords.pending() && !transaction.ToBeRepeated()) {
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
    if (!response) return ReadFailed();
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
               bool limit_sign_in)
    : engine_(engine),
      committer_(committer),
      disk_pool_(disk_threads, kDiskQueueLimit),
      password_pool_(kPasswordThreads, kPasswordQueueLimit) {
  PreparePasswords();
  if (limit_sign_in) sign_in_failures_.emplace(kSignInInterval, kSignInBurst);
}

storage::ReadView::Rows Runner::RowsFor(Purpose purpose) {
  return purpose == Purpose::kKeyedRehearsal ? storage::ReadView::Rows::kSnapshot
                                             : storage::ReadView::Rows::kCached;
}

template <class Read>
auto Runner::RunRead(Read read, Purpose purpose)
    -> Soon<std::invoke_result_t<Read&, storage::ReadView&>> {
  using Value = std::invoke_result_t<Read&, storage::ReadView&>;
  {
    storage::ReadView view(engine_, storage::ReadView::Mode::kCacheOnly, RowsFor(purpose));
    Value value = read(view);
    if (view.status() == storage::ReadStatus::kOk) return value;
    if (view.status() == storage::ReadStatus::kFailed) return Value(ReadFailed());
  }
  return RunReadOnPool(std::move(read), purpose);
}

template <class Read>
auto Runner::RunReadOnPool(Read read, Purpose purpose)
    -> Task<std::invoke_result_t<Read&, storage::ReadView&>> {
  using Value = std::invoke_result_t<Read&, storage::ReadView&>;
  std::optional<Value> value;
  auto work = [&] {
    try {
      storage::ReadView view(engine_, storage::ReadView::Mode::kMayBlock, RowsFor(purpose));
      value.emplace(read(view));
      if (view.status() != storage::ReadStatus::kOk) value.emplace(ReadFailed());
    } catch (const std::bad_alloc&) {
      value.emplace(OutOfMemory(purpose != Purpose::kQuery));
    }
  };
  if (!co_await disk_pool_.Run(work)) co_return Value(Overloaded(purpose != Purpose::kQuery));
  co_return std::move(*value);
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
  return RunRead(std::move(read), Purpose::kQuery);
}

Soon<Answer> Runner::RunQuery(Call& call, QueryHandler query) {
  auto read = [&call, query](storage::ReadView& view) -> Answer {
    std::variant<Subjects, Problem> subjects = Resolve(call, view);
    if (auto* problem = std::get_if<Problem>(&subjects)) return std::move(*problem);
    return query(call, std::get<Subjects>(subjects), view);
  };
  return RunRead(read, Purpose::kQuery);
}

Task<Answer> Runner::RunWrite(Call& call, Prepared prepared,
                              std::optional<std::string_view> idempotency_key) {
  Evaluation evaluation{call, prepared, {}, {}, {}, {}};
  if (call.route->entity_tag) evaluation.preconditions.emplace(*call.head);
  if (idempotency_key) {
    evaluation.key_digest = DigestKey(*idempotency_key);
    evaluation.request_digest =
        DigestRequest(call.head->method_text, call.head->target, call.body, engine_.secret());
  }
  const Purpose purpose = idempotency_key ? Purpose::kKeyedRehearsal : Purpose::kRehearsal;
  auto rehearse = [this, &evaluation](storage::ReadView& view) -> std::optional<Problem> {
    storage::Transaction transaction(view, committer_.clock());
    evaluation.Run(transaction);
    return std::nullopt;
  };
  for (int evaluations = 0; evaluations < kMaxEvaluations; ++evaluations) {
    Soon<std::optional<Problem>> rehearsed = RunRead(rehearse, purpose);
    if (!rehearsed.ready()) co_await rehearsed.Wait();
    if (auto problem = rehearsed.Take()) co_return std::move(*problem);
    if (evaluation.wrote && !call.passwords.pending()) {
      if (auto problem = co_await Commit(evaluation)) co_return std::move(*problem);
    }
    if (!call.passwords.pending()) co_return std::move(evaluation.answer);
    if (auto problem = co_await DoPasswordWork(call)) co_return std::move(*problem);
  }
  co_return Overloaded(true);
}

namespace {

// Carries an evaluation through the committer and resumes the request.
template <class Resume>
class QueuedCommand final : public storage::Command {
 public:
  QueuedCommand(std::function<void(storage::Transaction&)> evaluate, Outcome* outcome)
      : evaluate_(std::move(evaluate)), outcome_(outcome) {}
  void SetResume(Resume resume) { resume_.emplace(std::move(resume)); }
  void Evaluate(storage::Transaction& transaction) override { evaluate_(transaction); }
  void Complete(Outcome outcome) noexcept override {
    *outcome_ = outcome;
    Resume resume = std::move(*resume_);
    delete this;
    resume();
  }

 private:
  std::function<void(storage::Transaction&)> evaluate_;
  Outcome* outcome_;
  std::optional<Resume> resume_;
};

}  // namespace

Task<std::optional<Problem>> Runner::Commit(Evaluation& evaluation) {
  auto admission = storage::Committer::Admission::kAccepted;
  auto outcome = storage::Command::Outcome::kReadFailed;
  co_await AwaitCallback([&](auto resume) {
    using Resume = decltype(resume);
    auto command = std::make_unique<QueuedCommand<Resume>>(
        [&evaluation](storage::Transaction& transaction) { evaluation.Run(transaction); },
        &outcome);
    command->SetResume(std::move(resume));
    admission = committer_.Submit(storage::Committer::Class::kClient, *command);
    if (admission == storage::Committer::Admission::kAccepted) {
      static_cast<void>(command.release());  // Complete() deletes it
    } else {
      command.release()->Complete(outcome);
    }
  });
  switch (admission) {
    case storage::Committer::Admission::kAccepted:
      break;
    case storage::Committer::Admission::kOverloaded:
      co_return Overloaded(true);
    case storage::Committer::Admission::kDiskFull:
      co_return Problem{Code::kUnavailable, "The disk is nearly full.", {}, 30, true};
    case storage::Committer::Admission::kTimeIsOver:
      co_return Problem{Code::kUnavailable, "The server's clock is wrong.", {}, 30, true};
    case storage::Committer::Admission::kStopped:
      co_return Problem{Code::kUnavailable, "The server is stopping.", {}, 1, true};
  }
  if (outcome == storage::Command::Outcome::kReadFailed) co_return ReadFailed();
  co_return std::nullopt;
}

Task<std::optional<Problem>> Runner::DoPasswordWork(Call& call) {
  const std::uint64_t network = HashClientNetwork(call.head->client_address);
  const bool guess = call.passwords.verify_pending() && sign_in_failures_;
  const std::uint64_t key = guess ? SignInKey(call, network) : 0;
  const FairPool::Subject subject = guess ? FairPool::Subject(key) : std::nullopt;
  bool has_memory = true;
  std::optional<RateLimiter::Verdict> verdict;
  // Guesses that are counted together are made one after the other. So one that was right has its
  // place back before the next is judged, and however many come at once no wrong one too many is
  // let through.
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
