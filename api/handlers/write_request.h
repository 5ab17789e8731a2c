// What the request of a write says: its parameters, and the fields of its JSON body.
//
// Read piece by piece; what is wrong is asked for once, before anything that was read is used.
// Belongs to one thread at a time.
#pragma once

#include "api/handlers/call.h"
#include "api/handlers/parameters.h"
#include "api/http/body.h"
#include "api/http/problems.h"

#include <optional>

namespace warble::api {

class WriteRequest {
 public:
  /// `call` must outlive it.
  explicit WriteRequest(const Call& call);
  WriteRequest(const WriteRequest&) = delete;
  WriteRequest& operator=(const WriteRequest&) = delete;

  /// Reads expand=viewer.
  std::optional<storage::UserId> Viewer() { return ReadViewer(call_, parameters_); }
  FieldReader& fields() { return fields_; }

  /// What is wrong: with a parameter, else with the body as JSON, else with its fields.
  std::optional<Problem> TakeProblem();

 private:
  const Call& call_;
  ParameterReader parameters_;
  Body body_;  // without members where the request's is malformed
  std::optional<Problem> malformed_;
  FieldReader fields_{body_};
};

}  // namespace warble::api
