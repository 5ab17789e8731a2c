// Idempotency: the first answer to a keyed write, kept with the write itself, for a replay.
#pragma once

#include "storage/format/types.h"
#include "storage/read_view.h"
#include "storage/transaction.h"

#include <string_view>

namespace warble::storage {

/// How long an answer is kept.
inline constexpr std::uint64_t kAnswerLifetimeMs = 24ULL * 60 * 60 * 1000;

/// The answer kept under this user's key (its 16-byte digest), unless it expired by `now`.
std::optional<StoredAnswer> FindAnswer(PointReader& reader, UserId user,
                                       std::string_view key_digest, Timestamp now);
/// Keeps an answer until kAnswerLifetimeMs from now; expires_at is filled in.
void KeepAnswer(Transaction& transaction, UserId user, std::string_view key_digest,
                StoredAnswer answer);

}  // namespace warble::storage
