#include "storage/model/idempotency.h"

namespace warble::storage {

std::optional<StoredAnswer> FindAnswer(PointReader& reader, UserId user,
                                       std::string_view key_digest, Timestamp now) {
  std::string value;
  if (!reader.Get(Family::kIdempotency, IdempotencyKey(user, key_digest), &value)) {
    return std::nullopt;
  }
  StoredAnswer answer = DecodeStoredAnswer(value);
  if (answer.expires_at <= now) return std::nullopt;
  return answer;
}

void KeepAnswer(Transaction& transaction, UserId user, std::string_view key_digest,
                StoredAnswer answer) {
  answer.expires_at.ms = transaction.Now().ms + kAnswerLifetimeMs;
  transaction.Put(Family::kIdempotency, IdempotencyKey(user, key_digest),
                  EncodeStoredAnswer(answer));
}

}  // namespace warble::storage
