#include "api/common_fields.h"

#include "api/entity_tag.h"
#include "api/http/header_fields.h"
#include "api/http/target.h"
#include "api/http/text.h"
#include "api/rate_limiter.h"
#include "api/routes.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <variant>

namespace warble::api {
namespace {

constexpr std::string_view kCorsRequestFields =
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id";
constexpr std::string_view kCorsExposed =
    "ETag, Link, Location, Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit-Limit, "
    "RateLimit-Remaining, RateLimit-Reset";
constexpr std::string_view kCorsMethods = "GET, HEAD, POST, PATCH, DELETE";

bool IsRequestId(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    if (c != '-' && !IsUsernameAlphabet({&c, 1})) return false;
  }
  return true;
}

// Writes 16 hexadecimal digits.
void PutHex(char* to, std::uint64_t value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) *to++ = kHex[value >> shift & 15];
}

std::string VaryLine(std::string_view fields, bool also_origin) {
  return fmt::format("Vary: {}{}\r\n", fields, also_origin ? ", Origin" : "");
}

void AddRateLines(const RateLimiter::Verdict& rate, Response& response) {
  std::array<char, 128> lines;
  char* end = lines.data();
  const auto put = [&end](std::string_view text) {
    std::memcpy(end, text.data(), text.size());
    end += text.size();
  };
  const auto put_line = [&](std::string_view name, unsigned number) {
    put(name);
    end = std::to_chars(end, lines.data() + lines.size(), number).ptr;
    put("\r\n");
  };
  put_line("RateLimit-Limit: ", rate.limit);
  put_line("RateLimit-Remaining: ", rate.remaining);
  put_line("RateLimit-Reset: ", rate.reset_s);
  response.AddLines({lines.data(), static_cast<std::size_t>(end - lines.data())});
}

std::string_view CacheControlLine(const Admission& admission) {
  constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";
  constexpr std::string_view kPublic = "Cache-Control: public, no-cache\r\n";
  const Call& call = admission.call;
  if (call.route != nullptr && call.route->no_store) return kNoStore;
  if (call.session) return "Cache-Control: private, no-cache\r\n";
  if (admission.anonymous_read) return kPublic;
  if (call.route != nullptr && std::holds_alternative<Fixed>(call.route->handler)) return kPublic;
  return kNoStore;
}

void AddEntityTag(Response& response, const RequestHead& head) {
  const EntityTagLine entity_tag(response.content());
  response.AddLines(entity_tag.line());
  const auto known = head.FindList("If-None-Match");
  if (known && IfNoneMatchHits(*known, entity_tag.tag())) {
    response.status = 304;
    response.RemoveContent();
  }
}

}  // namespace

bool IsInsideApi(const RequestHead& head) {
  return BeginsWith(SplitTarget(head.target).path, "/api/");
}

std::string_view ChooseRequestId(std::optional<std::string_view> sent, MadeRequestId& made) {
  if (sent && IsRequestId(*sent)) return *sent;
  static thread_local std::mt19937_64 random{std::random_device{}()};
  PutHex(made.data(), random());
  return {made.data(), made.size()};
}

CommonFields::CommonFields(std::string cors_origin)
    : cors_origin_(std::move(cors_origin)),
      vary_inside_(VaryLine("Authorization, Cookie", allows_another_origin())),
      vary_outside_(VaryLine("Accept, Authorization, Cookie", allows_another_origin())) {}

bool CommonFields::IsAllowedOrigin(const RequestHead& head) const {
  if (!allows_another_origin()) return false;
  const auto origin = head.Find("Origin");
  return origin && *origin == cors_origin_;
}

bool CommonFields::IsPreflight(const RequestHead& head) const {
  return head.method == Method::kOptions && head.surface == Surface::kPublic &&
         IsAllowedOrigin(head) && head.Find("Access-Control-Request-Method");
}

Response CommonFields::AnswerPreflight() {
  Response response;
  response.status = 204;
  response.AddHeader("Access-Control-Allow-Methods", kCorsMethods);
  response.AddHeader("Access-Control-Allow-Headers", kCorsRequestFields);
  response.AddHeader("Access-Control-Max-Age", "600");
  return response;
}

void CommonFields::AddTo(Response& response, const Admission& admission) const {
  const RequestHead& head = *admission.call.head;
  const Route* route = admission.call.route;
  if (route != nullptr && route->entity_tag && route->method == Method::kGet &&
      response.status == 200) {
    AddEntityTag(response, head);
  }
  response.AddHeader("X-Request-Id", admission.request_id);
  if (!response.location.empty()) response.AddHeader("Location", response.location);
  response.AddLines(CacheControlLine(admission));
  response.AddLines(IsInsideApi(head) ? vary_inside_ : vary_outside_);
  if (admission.rate) AddRateLines(*admission.rate, response);
  if (IsAllowedOrigin(head)) AddOriginLines(response);
}

void CommonFields::AddToRefusedHead(Response& response, std::string_view request_id) const {
  response.AddHeader("X-Request-Id", request_id);
  response.AddHeader("Cache-Control", "no-store");
  response.AddLines(vary_inside_);
  // The origin of the asking page is often unknown: the field may stand behind the fault, or
  // nothing was read. The lines name the one allowed origin, so they open the answer to no other.
  if (allows_another_origin()) AddOriginLines(response);
}

void CommonFields::AddOriginLines(Response& response) const {
  response.AddHeader("Access-Control-Allow-Origin", cors_origin_);
  response.AddHeader("Access-Control-Expose-Headers", kCorsExposed);
}

}  // namespace warble::api
