#include "storage/pending_purges.h"

#include "storage/engine/engine.h"
#include "storage/read_view.h"

#include <utility>
#include <vector>

namespace warble::storage {

void SchedulePurge(Transaction& transaction, const PurgeTarget& target) {
  transaction.Put(Family::kMeta, PurgeKey(target), EncodePurgeProgress({}));
}

void PendingPurges::Note(const ChangeSet& changes) {
  changes.ForEach([&](const Change& change) {
    if (change.family != Family::kMeta || !change.key.starts_with(kMetaPurgePrefix)) return;
    // A purge that goes on is in the hands of its taker.
    if (!change.value || *change.value != EncodePurgeProgress({})) return;
    const std::lock_guard lock(mutex_);
    Add(change.key);
  });
}

void PendingPurges::Add(std::string_view purge_key) {
  if (known_.size() >= kLimit) {
    pass_due_ = true;
    return;
  }
  const auto [key, is_new] = known_.emplace(purge_key);
  if (is_new) queue_.push_back(*key);
}

void PendingPurges::ReadOn(const Engine& engine) {
  std::string from;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kFew) return;
    if (!pass_ && std::exchange(pass_due_, false)) pass_ = kMetaPurgePrefix;
    if (!pass_) return;
    from = *pass_;
  }
  ReadView view(engine, ReadView::Mode::kMayBlock);
  std::vector<std::string> keys;
  Scan scan = view.ScanRange(Family::kMeta, from, PrefixEnd(kMetaPurgePrefix));
  for (; scan.Valid() && keys.size() < kPassRows; scan.Next()) keys.emplace_back(scan.key());
  std::optional<std::string> next;
  const bool failed = view.status() != ReadStatus::kOk;
  if (failed) {
    next = skip_.Behind(kMetaPurgePrefix, keys.empty() ? from : keys.back());
  } else {
    skip_.Reset();
    if (scan.Valid()) next = scan.key();
  }
  const std::lock_guard lock(mutex_);
  for (const std::string& key : keys) Add(key);
  if (failed) set_aside_ = true;  // the purges that could not be read
  pass_ = std::move(next);
}

std::optional<std::string> PendingPurges::Take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  std::string key = std::move(queue_.front());
  queue_.pop_front();
  return key;
}

void PendingPurges::Requeue(std::string purge_key) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(purge_key));
}

void PendingPurges::Forget(const std::string& purge_key) {
  const std::lock_guard lock(mutex_);
  known_.erase(purge_key);
}

void PendingPurges::SetAside(const std::string& purge_key) {
  const std::lock_guard lock(mutex_);
  known_.erase(purge_key);
  set_aside_ = true;
}

void PendingPurges::RetrySetAside() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(set_aside_, false)) pass_due_ = true;
}

}  // namespace warble::storage
