#include "storage/transaction.h"

#include "storage/base/check.h"

#include <string>

namespace warble::storage {

Transaction::Transaction(ReadView& view, const ChangeSet* batch, Clock& clock)
    : view_(view), batch_(batch), clock_(clock), ids_(&clock) {}

Transaction::Transaction(ReadView& view, const Clock& clock)
    : view_(view), batch_(nullptr), clock_(clock), ids_(nullptr) {}

bool Transaction::Get(Family family, std::string_view key, std::string* value) {
  for (const ChangeSet* changes : {static_cast<const ChangeSet*>(&changes_), batch_}) {
    if (changes == nullptr) continue;
    if (const auto change = changes->Find(family, key)) {
      if (change->value) value->assign(*change->value);
      return change->value.has_value();
    }
  }
  return view_.Get(family, key, value);
}

void Transaction::Put(Family family, std::string_view key, std::string_view value) {
  changes_.Put(family, key, value);
}

void Transaction::Delete(Family family, std::string_view key) { changes_.Delete(family, key); }

void Transaction::Check(bool holds, const char* invariant) const {
  if (holds || ids_ == nullptr || view_.status() != ReadStatus::kOk) return;
  Fatal(std::string("broken invariant: ") + invariant);
}

Timestamp Transaction::Now() {
  if (!now_) now_ = clock_.Now();
  return *now_;
}

TweetId Transaction::NewTweetId(UserId author) {
  if (ids_ == nullptr) return TweetId::Make(Now(), author.partition(), 0);
  const auto [at, sequence] = ids_->Unique();
  return TweetId::Make(at, author.partition(), sequence);
}

}  // namespace warble::storage
