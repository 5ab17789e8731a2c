// Sessions: signing in and out.
#include "storage/model/sessions.h"
#include "api/auth/token.h"
#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/object_answer.h"
#include "api/handlers/objects.h"
#include "api/handlers/write_request.h"
#include "storage/model/users.h"

namespace warble::api {
namespace {

constexpr std::uint64_t kSessionLifetimeS = 30ULL * 24 * 60 * 60;

// The members that both answers about a session end with.
void WriteSessionUser(JsonWriter& json, storage::Timestamp expires_at, const storage::User& user,
                      storage::PointReader& reader, const ViewerLens& lens) {
  json.MemberTime("expires_at", expires_at).Name("user");
  WriteUser(json, user, storage::LoadUserCounters(reader, user.id), lens);
}

}  // namespace

Answer GetCurrentSession(const Call& call, const Subjects&, storage::ReadView& view) {
  const auto user = storage::LoadUser(view, call.session->user);
  if (!user) return Problem{Code::kUnauthenticated, "This session has ended."};
  return AnswerObject(call, view, [&](JsonWriter& json, const ViewerLens& lens) {
    json.BeginObject();
    WriteSessionUser(json, call.session->expires_at, *user, view, lens);
    json.EndObject();
  });
}

Prepared PrepareSignIn(Call& call) {
  WriteRequest request(call);
  const auto username = request.fields().PresentText("username");
  const auto password = request.fields().PresentText("password");
  if (auto problem = request.TakeProblem()) return std::move(*problem);
  call.account = *username;

  return Decision([&call, username = *username, password = *password](
                      const Subjects&, storage::Transaction& transaction) -> Answer {
    const auto user = storage::FindUser(transaction, username);
    const auto verdict = user ? call.passwords.Verify(user->password_hash, password)
                              : call.passwords.VerifyNobody(password);
    if (verdict == PasswordWork::Verdict::kPending) return NotYet();
    if (verdict == PasswordWork::Verdict::kWrong) {
      return Problem{Code::kInvalidCredentials, "There is no such user with such a password."};
    }
    const Token token = MakeToken(user->id, call.secret);
    const storage::Timestamp now = transaction.Now();
    const storage::Timestamp expires_at{now.ms + kSessionLifetimeS * 1000};
    storage::AddSession(transaction, user->id, {token.hash, now, expires_at});
    JsonWriter json;
    json.BeginObject().Member("token", token.text);
    WriteSessionUser(json, expires_at, *user, transaction, ViewerLens(transaction, std::nullopt));
    json.EndObject();
    Response response = JsonResponse(201, json);
    SetSessionCookie(response, *call.head, token.text, kSessionLifetimeS);
    return response;
  });
}

Prepared PrepareSignOut(Call& call) {
  return Decision([&call](const Subjects&, storage::Transaction& transaction) -> Answer {
    storage::RemoveSession(transaction, call.session->user, call.session->token_hash);
    return SignedOut(call);
  });
}

Prepared PrepareSignOutEverywhere(Call& call) {
  return Decision([&call](const Subjects&, storage::Transaction& transaction) -> Answer {
    storage::RemoveAllSessions(transaction, call.session->user);
    return SignedOut(call);
  });
}

}  // namespace warble::api
