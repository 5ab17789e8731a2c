// The fields that answers have in common, whatever their route: request id, ETag, Cache-Control,
// Vary, rates, and what pages of another origin need.
//
// Immutable, so thread-safe.
#pragma once

#include "api/admission.h"
#include "api/http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

/// Whether a request is for the API itself. Elsewhere a browser gets its errors as pages.
bool IsInsideApi(const RequestHead& head);

/// What the client sent as X-Request-Id, if that can be a request's id, else a random id, made in
/// `made`.
std::string_view ChooseRequestId(std::optional<std::string_view> sent, MadeRequestId& made);

class CommonFields {
 public:
  /// `cors_origin`: the one other origin whose pages may ask; empty: none.
  explicit CommonFields(std::string cors_origin);

  bool allows_another_origin() const { return !cors_origin_.empty(); }
  /// Whether a browser asks if a page of another origin, an allowed one, may send a request.
  bool IsPreflight(const RequestHead& head) const;
  /// The answer to that, without the common fields.
  static Response AnswerPreflight();

  /// Adds the fields. A representation that the client has already (If-None-Match) becomes a 304.
  void AddTo(Response& response, const Admission& admission) const;
  /// Adds those of an answer to a head that was never well formed.
  void AddToRefusedHead(Response& response, std::string_view request_id) const;

 private:
  bool IsAllowedOrigin(const RequestHead& head) const;
  void AddOriginLines(Response& response) const;

  const std::string cors_origin_;
  const std::string vary_inside_;  // the line of answers under /api
  const std::string vary_outside_;
};

}  // namespace warble::api
