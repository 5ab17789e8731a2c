// Problems: every error answer of the API, its code and status in one table (RFC 9457).
#pragma once

#include "api/http/message.h"

#include <string>
#include <string_view>
#include <vector>

namespace warble::api {

/// The stable codes of the contract; the table in problems.cc gives each its status and title.
enum class Code {
  kBadRequest,
  kMalformedJson,
  kInvalidParameter,
  kInvalidCursor,
  kPageTooDeep,
  kUnauthenticated,
  kInvalidCredentials,           // 401: signing in
  kInvalidCredentialsForbidden,  // 403, same code: a wrong password given by someone signed in
  kForbidden,
  kCrossSite,
  kNotFound,
  kMethodNotAllowed,
  kRequestTimeout,
  kUsernameTaken,
  kLengthRequired,
  kPreconditionFailed,
  kBodyTooLarge,
  kUriTooLong,
  kUnsupportedMediaType,
  kHeadersTooLarge,
  kInvalidFields,
  kIdempotencyKeyReused,
  kCannotFollowSelf,
  kTooManyFollowees,
  kRateLimited,
  kInternal,
  kOverloaded,
  kUnavailable,
};

struct CodeInfo {
  int status;
  std::string_view code;   ///< e.g. "not_found"
  std::string_view title;  ///< e.g. "Not found"
};
const CodeInfo& Describe(Code code);

/// One bad field of a body: `code` is required, invalid, blank, too_short or too_long.
struct FieldError {
  std::string field;
  std::string_view code;
  std::string detail;
};

/// Why a request was refused, before it is rendered for a client.
struct Problem {
  Code code;
  std::string detail{};              ///< one English sentence for a developer
  std::vector<FieldError> errors{};  ///< with kInvalidFields alone
  unsigned retry_after_s = 0;        ///< 0: no Retry-After
  bool not_executed = false;         ///< adds "executed": false (503 of a write)
  std::string allow{};               ///< the field Allow of a 405
};

/// The answer when memory is short: 503, and to try again in a second.
Problem OutOfMemory(bool not_executed);

/// The problem as application/problem+json, with Retry-After and, on a 401, WWW-Authenticate.
Response RenderProblem(const Problem& problem, std::string_view request_id);

/// The same as a small HTML page, for errors outside /api where a browser asks.
Response RenderProblemPage(const Problem& problem, std::string_view request_id);

}  // namespace warble::api
