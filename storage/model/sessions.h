// Sessions: the proofs that a user has signed in. All sessions of a user are one row, so that one
// write ends them and one read finds one; the row goes with its last session.
#pragma once

#include "storage/format/types.h"
#include "storage/read_view.h"
#include "storage/transaction.h"

#include <string_view>

namespace warble::storage {

/// Signing in once more ends the user's oldest session.
inline constexpr std::size_t kMaxSessionsPerUser = 64;

/// The session with that token hash unless it expired by `now`.
std::optional<SessionRow> FindSession(PointReader& reader, UserId user, const TokenHash& token_hash,
                                      Timestamp now);
/// Adds a session; expired ones go, and the oldest when there would be too many.
void AddSession(Transaction& transaction, UserId user, const SessionRow& session);
/// Ends one session; nothing if it is not there.
void RemoveSession(Transaction& transaction, UserId user, const TokenHash& token_hash);
/// Ends all sessions but the one with that token hash.
void RemoveOtherSessions(Transaction& transaction, UserId user, const TokenHash& token_hash);
void RemoveAllSessions(Transaction& transaction, UserId user);

}  // namespace warble::storage
