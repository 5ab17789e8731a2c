// Users: registration, profile, deletion, search by prefix.
#include "storage/model/users.h"
#include "api/handlers/answers.h"
#include "api/handlers/handlers.h"
#include "api/handlers/object_answer.h"
#include "api/handlers/objects.h"
#include "api/handlers/parameters.h"
#include "api/handlers/write_request.h"
#include "api/http/body.h"
#include "api/http/text.h"
#include "storage/format/partition.h"
#include "storage/model/sessions.h"

#include <fmt/format.h>

namespace warble::api {
namespace {

constexpr std::uint32_t kMaxSearchLimit = 50;

Response UserResponse(int status, const storage::User& user, storage::PointReader& reader,
                      std::optional<storage::UserId> viewer) {
  JsonWriter json;
  WriteUser(json, user, storage::LoadUserCounters(reader, user.id), ViewerLens(reader, viewer));
  return JsonResponse(status, json);
}

Problem WrongPassword() {
  return {Code::kInvalidCredentialsForbidden, "The password is not this user's."};
}

// The changes of a PATCH: absent members stay as they are.
struct ProfileChanges {
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> description;
  std::optional<std::string> password;
  std::optional<std::string> current_password;
};

}  // namespace

Answer GetUser(const Call& call, const Subjects& subjects, storage::ReadView& view) {
  return AnswerObject(call, view, [&](JsonWriter& json, const ViewerLens& lens) {
    const storage::User& user = *subjects.user;
    WriteUser(json, user, storage::LoadUserCounters(view, user.id), lens);
  });
}

Answer SearchUsers(const Call& call, const Subjects&, storage::ReadView& view) {
  ParameterReader parameters(call.query);
  const auto prefix = parameters.Text("prefix");
  const std::uint32_t limit = parameters.Positive("limit").value_or(20);
  const auto viewer = ReadViewer(call, parameters);
  if (!parameters.problem() &&
      (!prefix || prefix->empty() || prefix->size() > FieldReader::kUsernameMax ||
       !IsUsernameAlphabet(*prefix))) {
    parameters.Fail(Code::kInvalidParameter,
                    "The parameter 'prefix' must be 1 to 30 letters, digits or underscores.");
  }
  if (limit > kMaxSearchLimit) {
    parameters.Fail(Code::kInvalidParameter,
                    fmt::format("The parameter 'limit' must be at most {}.", kMaxSearchLimit));
  }
  if (parameters.problem()) return *parameters.problem();

  JsonWriter json;
  json.BeginObject().Name("items").BeginArray();
  const ViewerLens lens(view, viewer);
  const storage::FoundUsers found = storage::FindUsersByPrefix(view, *prefix, limit);
  for (const storage::UserSummary& user : found.users) WriteListedUser(json, user, lens);
  json.EndArray();
  if (!found.complete) json.MemberBool("complete", false);
  json.EndObject();
  return JsonResponse(200, json);
}

Prepared PrepareCreateUser(Call& call) {
  WriteRequest request(call);
  FieldReader& fields = request.fields();
  const auto username = fields.Username("username", true);
  const auto password = fields.Password("password");
  storage::User user;
  user.first_name = fields.Name("first_name").value_or("");
  user.last_name = fields.Name("last_name").value_or("");
  user.description = fields.Description("description").value_or("");
  if (auto problem = request.TakeProblem()) return std::move(*problem);
  user.username = *username;

  return Decision([&call, user, password = *password](const Subjects&,
                                                      storage::Transaction& transaction) -> Answer {
    const Problem taken{Code::kUsernameTaken,
                        fmt::format("The username {} is taken.", user.username)};
    if (storage::FindUserId(transaction, user.username)) return taken;
    const std::optional<std::string> hash = call.passwords.Hash(password);
    if (!hash) return NotYet();
    storage::User registered = user;
    registered.password_hash = *hash;
    const auto created = storage::CreateUser(transaction, storage::PartitionOf(user.username),
                                             std::move(registered));
    if (!created && created.error() == storage::Refusal::kUsernameTaken) return taken;
    if (!created) return Problem{Code::kUnavailable, "No room for more users here."};
    Response response = UserResponse(201, *created, transaction, std::nullopt);
    response.location = UserPath(created->username);
    return response;
  });
}

Prepared PrepareUpdateUser(Call& call) {
  WriteRequest request(call);
  const auto viewer = request.Viewer();
  FieldReader& fields = request.fields();
  ProfileChanges changes;
  changes.first_name = fields.Name("first_name");
  changes.last_name = fields.Name("last_name");
  changes.description = fields.Description("description");
  if (fields.Has("password")) {
    changes.password = fields.Password("password");
    changes.current_password = fields.PresentText("current_password");
  }
  if (auto problem = request.TakeProblem()) return std::move(*problem);

  return Decision([&call, viewer, changes](const Subjects& subjects,
                                           storage::Transaction& transaction) -> Answer {
    storage::User user = *subjects.user;
    if (changes.password) {
      const auto verdict = call.passwords.Verify(user.password_hash, *changes.current_password);
      if (verdict == PasswordWork::Verdict::kWrong) return WrongPassword();
      if (verdict == PasswordWork::Verdict::kPending) return NotYet();
      const std::optional<std::string> hash = call.passwords.Hash(*changes.password);
      if (!hash) return NotYet();
      user.password_hash = *hash;
      storage::RemoveOtherSessions(transaction, user.id, call.session->token_hash);
    }
    user.first_name = changes.first_name.value_or(user.first_name);
    user.last_name = changes.last_name.value_or(user.last_name);
    user.description = changes.description.value_or(user.description);
    storage::UpdateUser(transaction, user);
    return UserResponse(200, user, transaction, viewer);
  });
}

Prepared PrepareDeleteUser(Call& call) {
  WriteRequest request(call);
  const auto password = request.fields().PresentText("password");
  if (auto problem = request.TakeProblem()) return std::move(*problem);

  return Decision([&call, password = *password](const Subjects& subjects,
                                                storage::Transaction& transaction) -> Answer {
    const auto verdict = call.passwords.Verify(subjects.user->password_hash, password);
    if (verdict == PasswordWork::Verdict::kWrong) return WrongPassword();
    if (verdict == PasswordWork::Verdict::kPending) return NotYet();
    storage::DeleteUser(transaction, *subjects.user);
    return SignedOut(call);
  });
}

}  // namespace warble::api
