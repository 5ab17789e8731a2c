#include "storage/model/sessions.h"

#include <algorithm>

namespace warble::storage {
namespace {

std::vector<SessionRow> LoadSessions(PointReader& reader, UserId user) {
  std::string value;
  if (!reader.Get(Family::kSessions, UserKey(user), &value)) return {};
  return DecodeSessions(value);
}

void StoreSessions(Transaction& transaction, UserId user, const std::vector<SessionRow>& sessions) {
  if (sessions.empty()) {
    transaction.Delete(Family::kSessions, UserKey(user));
  } else {
    transaction.Put(Family::kSessions, UserKey(user), EncodeSessions(sessions));
  }
}

// Keeps the sessions of which keep(session) holds; writes only if that changes anything.
template <class Keep>
void KeepSessions(Transaction& transaction, UserId user, Keep keep) {
  std::vector<SessionRow> sessions = LoadSessions(transaction, user);
  const auto removed =
      std::erase_if(sessions, [&](const SessionRow& session) { return !keep(session); });
  if (removed > 0) StoreSessions(transaction, user, sessions);
}

}  // namespace

std::optional<SessionRow> FindSession(PointReader& reader, UserId user, const TokenHash& token_hash,
                                      Timestamp now) {
  std::string value;
  if (!reader.Get(Family::kSessions, UserKey(user), &value)) return std::nullopt;
  std::optional<SessionRow> session = FindSessionRow(value, token_hash);
  if (session && session->expires_at <= now) session.reset();
  return session;
}

void AddSession(Transaction& transaction, UserId user, const SessionRow& session) {
  std::vector<SessionRow> sessions = LoadSessions(transaction, user);
  // A full row drops every expired session; otherwise only those that have surely expired go.
  const bool is_full = sessions.size() >= kMaxSessionsPerUser;
  const Timestamp past = is_full ? session.created_at : transaction.SurelyPast();
  std::erase_if(sessions, [&](const SessionRow& old) { return old.expires_at <= past; });
  // In the order of signing in: the oldest is the first.
  if (sessions.size() >= kMaxSessionsPerUser) sessions.erase(sessions.begin());
  sessions.push_back(session);
  StoreSessions(transaction, user, sessions);
}

void RemoveSession(Transaction& transaction, UserId user, const TokenHash& token_hash) {
  KeepSessions(transaction, user,
               [&](const SessionRow& session) { return session.token_hash != token_hash; });
}

void RemoveOtherSessions(Transaction& transaction, UserId user, const TokenHash& token_hash) {
  KeepSessions(transaction, user,
               [&](const SessionRow& session) { return session.token_hash == token_hash; });
}

void RemoveAllSessions(Transaction& transaction, UserId user) {
  KeepSessions(transaction, user, [](const SessionRow&) { return false; });
}

}  // namespace warble::storage
