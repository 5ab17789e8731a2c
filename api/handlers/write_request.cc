#include "api/handlers/write_request.h"

#include <utility>
#include <variant>

namespace warble::api {

WriteRequest::WriteRequest(const Call& call) : call_(call), parameters_(call.query) {
  std::variant<Body, Problem> parsed = Body::Parse(call.body);
  if (auto* body = std::get_if<Body>(&parsed)) {
    body_ = std::move(*body);
  } else {
    malformed_ = std::move(std::get<Problem>(parsed));
  }
}

std::optional<Problem> WriteRequest::TakeProblem() {
  if (parameters_.problem()) return parameters_.problem();
  if (malformed_) return std::move(malformed_);
  if (!fields_.ok()) return fields_.TakeProblem();
  return std::nullopt;
}

}  // namespace warble::api
