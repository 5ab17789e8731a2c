#include "storage/model/expiry.h"

#include "storage/base/check.h"
#include "storage/base/thread_priority.h"
#include "storage/committer.h"
#include "storage/engine/clock.h"
#include "storage/engine/engine.h"

#include <algorithm>
#include <array>
#include <utility>

namespace warble::storage {
namespace {

Key SweepKey(Family family) { return Key(kMetaSweepPrefix).Append(FamilyName(family)); }

// Whether a row of `family` may go because everything in it has expired.
bool HasExpired(Family family, std::string_view value, Timestamp now) {
  if (family == Family::kIdempotency) return DecodeStoredAnswer(value).expires_at <= now;
  WARBLE_CHECK(family == Family::kSessions);
  const std::vector<SessionRow> sessions = DecodeSessions(value);
  return std::all_of(sessions.begin(), sessions.end(),
                     [&](const SessionRow& session) { return session.expires_at <= now; });
}

}  // namespace

ExpirySweep::ExpirySweep(Engine& engine, Committer& committer, Family family)
    : engine_(engine), committer_(committer), family_(family) {}

// If it cannot be read, the pass begins at the start.
void ExpirySweep::ReadPosition() {
  ReadView view(engine_, ReadView::Mode::kMayBlock);
  position_.emplace();
  position_is_stored_ = view.Get(Family::kMeta, SweepKey(family_), &*position_);
}

ExpirySweep::Found ExpirySweep::Walk(Timestamp now) {
  ReadView view(engine_, ReadView::Mode::kPassing);
  Found found;
  found.position = *position_;
  Scan scan = view.ScanRange(family_, found.position, {});
  for (; scan.Valid() && found.walked.rows < kRows && found.expired.size() < kExpired;
       scan.Next()) {
    ++found.walked.rows;
    found.position = scan.key();
    if (HasExpired(family_, scan.value(), now)) found.expired.push_back(found.position);
  }
  std::optional<std::string> next;
  if (view.status() != ReadStatus::kOk) {
    next = skip_.Behind({}, found.position);
  } else {
    skip_.Reset();
    if (scan.Valid()) next = found.position;
  }
  found.walked.more = next.has_value();
  found.position = std::move(next).value_or(std::string());
  return found;
}

void ExpirySweep::RemoveExpired(Transaction& transaction, const Found& found, Timestamp now) const {
  for (const std::string& key : found.expired) {
    std::string value;
    if (transaction.Get(family_, key, &value) && HasExpired(family_, value, now)) {
      transaction.Delete(family_, key);
    }
  }
  if (found.position.empty()) {
    transaction.Delete(Family::kMeta, SweepKey(family_));
  } else {
    transaction.Put(Family::kMeta, SweepKey(family_), found.position);
  }
}

ExpirySweep::Walked ExpirySweep::Step(Timestamp now) {
  if (!position_) ReadPosition();
  const Found found = Walk(now);
  // A position is worth a write only beside a removal, or when the next start must not take it up.
  const bool writes = !found.expired.empty() || (position_is_stored_ && found.position.empty());
  if (writes) {
    ReadView view(engine_, ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
    Transaction rehearsal(view, committer_.clock());
    RemoveExpired(rehearsal, found, now);
    if (view.status() == ReadStatus::kOk) {
      const auto run = committer_.Run(Committer::Class::kBackground, [&](Transaction& transaction) {
        RemoveExpired(transaction, found, now);
      });
      if (run.admission != Committer::Admission::kAccepted) return {found.walked.rows, false};
      if (run.committed()) position_is_stored_ = !found.position.empty();
    }
  }
  position_ = found.position;
  return found.walked;
}

ExpiryWorker::ExpiryWorker(Engine& engine, Committer& committer)
    : engine_(engine),
      committer_(committer),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void ExpiryWorker::Loop(const std::stop_token& stop) {
  LowerThreadPriority();
  std::array sweeps = {ExpirySweep(engine_, committer_, Family::kSessions),
                       ExpirySweep(engine_, committer_, Family::kIdempotency)};
  do {
    for (ExpirySweep& sweep : sweeps) {
      ExpirySweep::Walked walked;
      do {
        walked = sweep.Step(committer_.clock().SurelyPast());
        if (!PauseFor(stop, walked.rows * kPauseForARow)) return;
      } while (walked.more);
    }
  } while (PauseFor(stop, kPassPause));
}

}  // namespace warble::storage
