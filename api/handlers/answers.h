// What a handler answers, and small helpers for the usual answers.
#pragma once

#include "api/handlers/call.h"
#include "api/http/json_writer.h"
#include "api/http/message.h"
#include "api/http/problems.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace warble::api {

/// A decision has not answered yet: it waits for password work (PasswordWork::pending), or the
/// committer evaluates it again anyway (Transaction::ToBeRepeated). Nothing is kept of it, and no
/// client ever sees it.
struct NotYet {};

using Answer = std::variant<Response, Problem, NotYet>;

/// A JSON answer of the writer's text.
Response JsonResponse(int status, JsonWriter& json);
/// 204.
Response NoContent();
/// 204 to a request that ended its own session: a browser forgets the cookie.
Response SignedOut(const Call& call);
/// Makes a browser keep `token` for `lifetime_s` seconds; 0: forget it.
void SetSessionCookie(Response& response, const RequestHead& head, std::string_view token,
                      std::uint64_t lifetime_s);
/// A path of the API as it stands in Location: canonical username, decimal id.
std::string UserPath(std::string_view username);

}  // namespace warble::api
