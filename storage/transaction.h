// Transaction: what one command sees and changes.
//
// A command is a function of a Transaction. It reads points only, decides, and then writes; a
// command that refuses has written nothing. It must be repeatable: it is evaluated once on a
// snapshot before it is queued (that warms its blocks, and if it then writes nothing its answer is
// already final), and once more by the committer, whose evaluation alone counts.
#pragma once

#include "storage/engine/clock.h"
#include "storage/format/change_set.h"
#include "storage/read_view.h"

namespace warble::storage {

class Transaction final : public PointReader {
 public:
  /// Sees `view`, over it `batch` (what earlier commands of the batch changed), over it its own
  /// changes. On the committer's thread.
  Transaction(ReadView& view, const ChangeSet* batch, Clock& clock);
  /// A rehearsal: its ids are not unique.
  Transaction(ReadView& view, const Clock& clock);

  bool Get(Family family, std::string_view key, std::string* value) override;
  void Prefetch(std::span<const CacheKey> keys) override { view_.Prefetch(keys); }
  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);

  /// The time of this command: the same at every call.
  Timestamp Now();
  Timestamp SurelyPast() const { return clock_.SurelyPast(); }
  /// A new id for a tweet of `author`; later than Now() by at most a few milliseconds.
  TweetId NewTweetId(UserId author);

  const ChangeSet& changes() const { return changes_; }

  /// True once a rehearsal has written: the committer will evaluate the command again, so nobody
  /// will see the answer of this evaluation.
  bool ToBeRepeated() const { return ids_ == nullptr && !changes_.empty(); }

  /// Aborts if `holds` is false. In a rehearsal, or after a failed read, it does nothing: their
  /// rows may come from different snapshots (ReadView::Rows::kCached). Call it only in a command
  /// that then writes.
  void Check(bool holds, const char* invariant) const;

 private:
  ReadView& view_;
  const ChangeSet* batch_;
  const Clock& clock_;
  Clock* ids_;  // the same, or null in a rehearsal
  std::optional<Timestamp> now_;
  ChangeSet changes_;
};

}  // namespace warble::storage
