#include "api/service.h"

#include "api/admission.h"
#include "api/credentials.h"
#include "api/media.h"
#include "api/openapi.h"
#include "api/rate_limiter.h"
#include "api/route.h"
#include "api/runner.h"
#include "api/text.h"
#include "storage/engine.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <atomic>
#include <random>

namespace warble::api {
namespace {

constexpr unsigned kBurstFactor = 4;
constexpr std::string_view kCorsRequestFields =
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id";
constexpr std::string_view kCorsExposed =
    "ETag, Link, Location, Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit-Limit, "
    "RateLimit-Remaining, RateLimit-Reset";
constexpr std::string_view kCorsMethods = "GET, HEAD, POST, PATCH, DELETE";

bool IsUnsafe(Method method) {
  return method == Method::kPost || method == Method::kPatch || method == Method::kDelete;
}

// Elsewhere a browser gets its errors as pages.
bool IsInsideApi(const RequestHead& head) {
  return SplitTarget(head.target).path.starts_with("/api/");
}

bool IsRequestId(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    if (c != '-' && !IsUsernameAlphabet({&c, 1})) return false;
  }
  return true;
}

std::string ChooseRequestId(std::optional<std::string_view> sent) {
  if (sent && IsRequestId(*sent)) return std::string(*sent);
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{:016x}", random());
}

bool IsIdempotencyKey(std::string_view key) {
  if (key.empty() || key.size() > 64) return false;
  for (const char c : key) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

std::string EntityTag(std::string_view body) {
  return fmt::format("\"{:016x}\"", XXH3_64bits(body.data(), body.size()));
}

// 415 and what the route itself finds wrong with the request; held back until its turn comes.
Prepared PrepareCall(Call& call) {
  const Route& route = *call.route;
  if (route.body == BodyKind::kJson) {
    const auto type = call.head->Find("Content-Type");
    const auto coding = call.head->Find("Content-Encoding");
    if (!type || !IsJsonContentType(*type) ||
        (coding && !EqualsIgnoringCase(*coding, "identity"))) {
      return Problem{Code::kUnsupportedMediaType,
                     "Send a body with Content-Type: application/json, not encoded."};
    }
  }
  return std::get<PrepareHandler>(route.handler)(call);
}

}  // namespace

void AdmissionDeleter::operator()(Admission* admission) const { delete admission; }

class Service::Impl {
 public:
  Impl(storage::Engine& engine, storage::Committer& committer, ServiceOptions options)
      : engine_(engine),
        options_(std::move(options)),
        runner_(engine, committer, options_.disk_threads, options_.rate_limit != 0) {
    if (options_.rate_limit != 0) {
      limiter_.emplace(std::chrono::nanoseconds(1'000'000'000) / options_.rate_limit,
                       options_.rate_limit * kBurstFactor);
    }
  }

  Task<AdmissionPtr> Admit(const RequestHead& head);
  Task<Answer> Dispatch(Admission& admission);
  Response Finish(const Admission& admission, Answer answer) const;
  Response RefuseHead(Code code, std::string detail, std::string_view request_id) const;
  void SetReady(bool ready) { ready_ = ready; }

 private:
  // Of Admit(): fills in the route, or the refusal of an unknown path or method.
  void FindRouteOf(Admission& admission) const;
  Task<void> Authenticate(Admission& admission);
  void CountRate(Admission& admission);
  bool IsPreflight(const RequestHead& head) const;
  Answer AnswerFixed(Fixed fixed) const;
  Answer AnswerPreflight() const;
  std::string_view CacheControl(const Admission& admission) const;
  bool IsAllowedOrigin(const RequestHead& head) const;
  void AddCommonHeaders(const Admission& admission, Response& response) const;

  storage::Engine& engine_;
  const ServiceOptions options_;
  Runner runner_;
  std::optional<RateLimiter> limiter_;
  std::atomic<bool> ready_{false};
};

Task<AdmissionPtr> Service::Impl::Admit(const RequestHead& head) {
  AdmissionPtr admission(new Admission);
  admission->call.head = &head;
  admission->call.secret = engine_.secret();
  admission->request_id = ChooseRequestId(head.Find("X-Request-Id"));
  if (IsPreflight(head)) {
    admission->refusal = AnswerPreflight();
    co_return admission;
  }
  FindRouteOf(*admission);
  if (admission->refusal) co_return admission;
  const Route& route = *admission->call.route;
  if (const Fixed* fixed = std::get_if<Fixed>(&route.handler);
      fixed != nullptr && *fixed != Fixed::kOpenApi) {
    co_return admission;
  }
  if (route.access != Access::kAnyone) co_await Authenticate(*admission);
  CountRate(*admission);
  if (admission->refusal) co_return admission;
  const auto& session = admission->call.session;
  if (session && session->by_cookie && IsUnsafe(head.method) && !IsSameOrigin(head)) {
    admission->refusal =
        Problem{Code::kCrossSite,
                "With a cookie, only pages of this same origin may write; use a Bearer token."};
  }
  co_return admission;
}

void Service::Impl::FindRouteOf(Admission& admission) const {
  Call& call = admission.call;
  const TargetParts target = SplitTarget(call.head->target);
  RouteMatch match = FindRoute(call.head->surface, call.head->method, target.path);
  if (match.route == nullptr) {
    if (match.allow.empty()) {
      admission.refusal = Problem{Code::kNotFound, "There is nothing under this path."};
      return;
    }
    if (!options_.cors_origin.empty()) match.allow += ", OPTIONS";
    Problem refusal{Code::kMethodNotAllowed, "This path does not have this method; see Allow."};
    refusal.allow = std::move(match.allow);
    admission.refusal = std::move(refusal);
    return;
  }
  call.route = match.route;
  call.path = std::move(match.path);
  call.query = Query(target.query);
}

// Finds the session, or notes the 401 (or 503) that is to come after the rate was counted.
Task<void> Service::Impl::Authenticate(Admission& admission) {
  Call& call = admission.call;
  const std::optional<Credentials> credentials = FindCredentials(*call.head);
  if (!credentials) {
    admission.anonymous_read = options_.anonymous_reads && call.route->access == Access::kReadable;
    if (!admission.anonymous_read) {
      admission.refusal = Problem{Code::kUnauthenticated, "Sign in first: POST /api/sessions."};
    }
    co_return;
  }
  auto found = co_await runner_.FindSession(credentials->token);
  if (auto* problem = std::get_if<Problem>(&found)) {
    admission.refusal = std::move(*problem);
    co_return;
  }
  call.session = std::move(std::get<std::optional<Session>>(found));
  if (!call.session) {
    admission.refusal = Problem{Code::kUnauthenticated, "This session is unknown or has ended."};
    co_return;
  }
  call.session->by_cookie = credentials->by_cookie;
}

// Counts the request against its user or its address; being over the limit comes before a 401.
void Service::Impl::CountRate(Admission& admission) {
  if (!limiter_) return;
  const Call& call = admission.call;
  const std::string_view address = call.head->client_address;
  constexpr XXH64_hash_t kUserSeed = 1;
  constexpr XXH64_hash_t kAddressSeed = 2;
  const std::uint64_t key =
      call.session ? XXH3_64bits_withSeed(&call.session->user, sizeof(storage::UserId), kUserSeed)
                   : XXH3_64bits_withSeed(address.data(), address.size(), kAddressSeed);
  admission.rate = limiter_->Count(key, std::chrono::steady_clock::now());
  if (!admission.rate->allowed) {
    admission.refusal =
        Problem{Code::kRateLimited,
                fmt::format("At most {} requests a second in the long run.", options_.rate_limit),
                {},
                admission.rate->retry_after_s};
  }
}

bool Service::Impl::IsAllowedOrigin(const RequestHead& head) const {
  const auto origin = head.Find("Origin");
  return origin && !options_.cors_origin.empty() && *origin == options_.cors_origin;
}

bool Service::Impl::IsPreflight(const RequestHead& head) const {
  return head.method == Method::kOptions && head.surface == Surface::kPublic &&
         IsAllowedOrigin(head) && head.Find("Access-Control-Request-Method");
}

Answer Service::Impl::AnswerPreflight() const {
  Response response;
  response.status = 204;
  response.AddHeader("Access-Control-Allow-Methods", kCorsMethods);
  response.AddHeader("Access-Control-Allow-Headers", kCorsRequestFields);
  response.AddHeader("Access-Control-Max-Age", "600");
  return response;
}

Task<Answer> Service::Impl::Dispatch(Admission& admission) {
  Call& call = admission.call;
  const Route& route = *call.route;
  if (const Fixed* fixed = std::get_if<Fixed>(&route.handler)) co_return AnswerFixed(*fixed);
  if (const QueryHandler* query = std::get_if<QueryHandler>(&route.handler)) {
    co_return co_await runner_.RunQuery(call, *query);
  }
  std::optional<std::string_view> key;
  if (call.session) key = call.head->Find("Idempotency-Key");
  if (key && !IsIdempotencyKey(*key)) {
    co_return Problem{Code::kInvalidParameter,
                      "An Idempotency-Key must be 1 to 64 visible ASCII characters."};
  }
  co_return co_await runner_.RunWrite(call, PrepareCall(call), key);
}

Answer Service::Impl::AnswerFixed(Fixed fixed) const {
  Response response;
  switch (fixed) {
    case Fixed::kOpenApi:
      response.content_type = "application/json";
      response.body = OpenApiDocument();
      break;
    case Fixed::kMetrics:
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      if (options_.metrics) response.body = options_.metrics();
      break;
    case Fixed::kReady:
      if (!ready_) return Problem{Code::kUnavailable, "This server takes no traffic now.", {}, 1};
      [[fallthrough]];
    case Fixed::kLive:
      response.content_type = "application/json";
      response.body = R"({"status":"ok"})";
      break;
  }
  return response;
}

std::string_view Service::Impl::CacheControl(const Admission& admission) const {
  const Call& call = admission.call;
  if (call.route != nullptr && call.route->no_store) return "no-store";
  if (call.session) return "private, no-cache";
  if (admission.anonymous_read) return "public, no-cache";
  if (call.route != nullptr && std::holds_alternative<Fixed>(call.route->handler)) {
    return "public, no-cache";
  }
  return "no-store";
}

void Service::Impl::AddCommonHeaders(const Admission& admission, Response& response) const {
  response.AddHeader("X-Request-Id", admission.request_id);
  if (!response.location.empty()) response.AddHeader("Location", response.location);
  response.AddHeader("Cache-Control", CacheControl(admission));
  const RequestHead& head = *admission.call.head;
  const bool cors = !options_.cors_origin.empty();
  const bool inside = IsInsideApi(head);
  response.AddHeader("Vary", fmt::format("{}Authorization, Cookie{}", inside ? "" : "Accept, ",
                                         cors ? ", Origin" : ""));
  if (admission.rate) {
    response.AddHeader("RateLimit-Limit", std::to_string(admission.rate->limit));
    response.AddHeader("RateLimit-Remaining", std::to_string(admission.rate->remaining));
    response.AddHeader("RateLimit-Reset", std::to_string(admission.rate->reset_s));
  }
  if (cors && IsAllowedOrigin(head)) {
    response.AddHeader("Access-Control-Allow-Origin", options_.cors_origin);
    response.AddHeader("Access-Control-Expose-Headers", kCorsExposed);
  }
}

Response Service::Impl::Finish(const Admission& admission, Answer answer) const {
  const RequestHead& head = *admission.call.head;
  Response response;
  if (const auto* problem = std::get_if<Problem>(&answer)) {
    const bool page = !IsInsideApi(head) && PrefersHtml(head.Find("Accept").value_or(""));
    response = page ? RenderProblemPage(*problem, admission.request_id)
                    : RenderProblem(*problem, admission.request_id);
  } else {
    response = std::move(std::get<Response>(answer));
  }
  const Route* route = admission.call.route;
  if (route != nullptr && route->entity_tag && response.status == 200) {
    const std::string tag = EntityTag(response.body);
    response.AddHeader("ETag", tag);
    const auto known = head.Find("If-None-Match");
    if (known && IfNoneMatchHits(*known, tag)) {
      response.status = 304;
      response.body.clear();
      response.content_type.clear();
    }
  }
  AddCommonHeaders(admission, response);
  return response;
}

Response Service::Impl::RefuseHead(Code code, std::string detail,
                                   std::string_view request_id) const {
  const std::string id = ChooseRequestId(request_id);
  const unsigned retry_after_s = Describe(code).status == 503 ? 1 : 0;
  Response response = RenderProblem({code, std::move(detail), {}, retry_after_s}, id);
  response.AddHeader("X-Request-Id", id);
  response.AddHeader("Cache-Control", "no-store");
  response.AddHeader("Vary", options_.cors_origin.empty() ? "Authorization, Cookie"
                                                          : "Authorization, Cookie, Origin");
  response.close = true;
  return response;
}

Service::Service(storage::Engine& engine, storage::Committer& committer, ServiceOptions options)
    : impl_(std::make_unique<Impl>(engine, committer, std::move(options))) {}

Service::~Service() = default;

Task<AdmissionPtr> Service::Admit(const RequestHead& head) { return impl_->Admit(head); }

bool Service::Refused(const Admission& admission) { return admission.refusal.has_value(); }

std::string_view Service::RouteOf(const Admission& admission) {
  return admission.call.route != nullptr ? admission.call.route->pattern : "unmatched";
}

Task<Response> Service::Handle(Admission& admission, std::string_view body) {
  if (admission.refusal) co_return impl_->Finish(admission, std::move(*admission.refusal));
  admission.call.body = body;
  Answer answer = co_await impl_->Dispatch(admission);
  co_return impl_->Finish(admission, std::move(answer));
}

Response Service::Refuse(Admission& admission, Code code, std::string detail) {
  return impl_->Finish(admission, Problem{code, std::move(detail)});
}

Response Service::RefuseHead(Code code, std::string detail, std::string_view request_id) {
  return impl_->RefuseHead(code, std::move(detail), request_id);
}

void Service::SetReady(bool ready) { impl_->SetReady(ready); }

}  // namespace warble::api
