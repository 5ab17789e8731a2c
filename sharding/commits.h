// Commits: a command's way through rehearsal and committer, awaited.
//
// A command is rehearsed first, as a read. The rehearsal answers refusals and repeats, warms the
// blocks that the committer will read, and asks other shards for their rows, because the committer
// cannot wait for them. A command that wrote something is then submitted and decided anew; that
// evaluation alone counts. If it needs a row that the rehearsal did not, it writes nothing, and all
// begins again.
//
// Thread-safe; awaited on the loop of the request.
#pragma once

#include "sharding/failure.h"
#include "sharding/reads.h"
#include "sharding/task.h"
#include "storage/committer.h"
#include "storage/transaction.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace warble::sharding {

class Commits {
 public:
  /// How often a command is rehearsed until the committer knows all that it needs; twice is chance.
  static constexpr int kMostRehearsals = 6;

  Commits(Reads& reads, storage::Committer& committer) : reads_(reads), committer_(committer) {}

  /// evaluate(transaction) decides, writes and says whether to commit that. It must live until the
  /// end. It is called several times, on any thread but one at a time, and its last call counts.
  /// Returns nothing once all that was to be committed is; a failure if nothing was committed.
  template <class Evaluate>
  Soon<std::optional<Failure>> Run(Evaluate& evaluate, Reads::Rows rows);

 private:
  struct Rehearsed {
    std::optional<Failure> failure;
    bool to_commit = false;
  };

  template <class Resume, class Decide>
  class QueuedCommand;

  template <class Evaluate>
  Soon<Rehearsed> Rehearse(Evaluate& evaluate, Reads::Rows rows, storage::RemoteRows* remote);
  template <class Evaluate>
  Task<std::optional<Failure>> Continue(Evaluate& evaluate, Reads::Rows rows,
                                        std::unique_ptr<storage::RemoteRows> remote,
                                        Soon<Rehearsed> first);
  template <class Evaluate>
  Task<std::optional<Failure>> Submit(Evaluate& evaluate, storage::RemoteRows* remote,
                                      storage::Command::Outcome* outcome);
  static std::optional<Failure> FailureOf(storage::Committer::Admission admission);

  Reads& reads_;
  storage::Committer& committer_;
};

/// Carries an evaluation through the committer and resumes the request.
template <class Resume, class Decide>
class Commits::QueuedCommand final : public storage::Command {
 public:
  QueuedCommand(Decide& decide, storage::RemoteRows* remote, Outcome* outcome, Resume resume)
      : decide_(decide), remote_(remote), outcome_(outcome), resume_(std::move(resume)) {}
  storage::RemoteRows* remote() override { return remote_; }
  void Evaluate(storage::Transaction& transaction) override {
    static_cast<void>(decide_(transaction));
  }
  void Complete(Outcome outcome) noexcept override {
    *outcome_ = outcome;
    Resume resume = std::move(resume_);
    delete this;
    resume();
  }

 private:
  Decide& decide_;
  storage::RemoteRows* remote_;
  Outcome* outcome_;
  Resume resume_;
};

template <class Evaluate>
Soon<Commits::Rehearsed> Commits::Rehearse(Evaluate& evaluate, Reads::Rows rows,
                                           storage::RemoteRows* remote) {
  auto rehearse = [this, &evaluate](storage::ReadView& view) {
    storage::Transaction transaction(view, committer_.clock());
    const bool to_commit = evaluate(transaction);
    return Rehearsed{std::nullopt, to_commit && !transaction.changes().empty()};
  };
  return reads_.Run(rehearse, rows, remote, [](Failure failure) {
    return Rehearsed{failure, false};
  });
}

template <class Evaluate>
Soon<std::optional<Failure>> Commits::Run(Evaluate& evaluate, Reads::Rows rows) {
  std::unique_ptr<storage::RemoteRows> remote = reads_.NewRemoteRows();
  Soon<Rehearsed> rehearsed = Rehearse(evaluate, rows, remote.get());
  if (rehearsed.ready() && !rehearsed.value().to_commit) return std::move(rehearsed.Take().failure);
  return Continue(evaluate, rows, std::move(remote), std::move(rehearsed));
}

template <class Evaluate>
Task<std::optional<Failure>> Commits::Continue(Evaluate& evaluate, Reads::Rows rows,
                                               std::unique_ptr<storage::RemoteRows> remote,
                                               Soon<Rehearsed> first) {
  std::optional<Soon<Rehearsed>> rehearsed(std::move(first));
  for (int rehearsals = 1;; ++rehearsals) {
    if (!rehearsed->ready()) co_await rehearsed->Wait();
    const Rehearsed done = rehearsed->Take();
    if (!done.to_commit) co_return done.failure;
    auto outcome = storage::Command::Outcome::kReadFailed;
    std::optional<Failure> failure = co_await Submit(evaluate, remote.get(), &outcome);
    if (failure || outcome == storage::Command::Outcome::kCommitted) co_return failure;
    if (outcome == storage::Command::Outcome::kReadFailed) co_return Failure::kReadFailed;
    if (outcome == storage::Command::Outcome::kNotOwned) co_return Failure::kMisplaced;
    if (rehearsals == kMostRehearsals) co_return Failure::kUnavailable;
    failure = co_await reads_.Gather(*remote, std::chrono::steady_clock::now() + Reads::kDeadline);
    if (failure) co_return failure;
    rehearsed.emplace(Rehearse(evaluate, rows, remote.get()));
  }
}

template <class Evaluate>
Task<std::optional<Failure>> Commits::Submit(Evaluate& evaluate, storage::RemoteRows* remote,
                                             storage::Command::Outcome* outcome) {
  auto admission = storage::Committer::Admission::kAccepted;
  co_await AwaitCallback([&](auto resume) {
    auto command = std::make_unique<QueuedCommand<decltype(resume), Evaluate>>(
        evaluate, remote, outcome, std::move(resume));
    admission = committer_.Submit(storage::Committer::Class::kClient, *command);
    if (admission == storage::Committer::Admission::kAccepted) {
      static_cast<void>(command.release());  // Complete() deletes it
    } else {
      command.release()->Complete(*outcome);
    }
  });
  co_return FailureOf(admission);
}

}  // namespace warble::sharding
