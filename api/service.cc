#include "api/service.h"

#include "api/admission.h"
#include "api/auth/credentials.h"
#include "api/common_fields.h"
#include "api/http/client_address.h"
#include "api/http/header_fields.h"
#include "api/http/text.h"
#include "api/openapi.h"
#include "api/rate_limiter.h"
#include "api/route_finder.h"
#include "api/routes.h"
#include "api/runner.h"
#include "storage/engine/engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <xxhash.h>

#include <atomic>
#include <mutex>
#include <set>

namespace warble::api {
namespace {

constexpr unsigned kBurstFactor = 4;
bool IsUnsafe(Method method) {
  return method == Method::kPost || method == Method::kPatch || method == Method::kDelete;
}

bool IsIdempotencyKey(std::string_view key) {
  if (key.empty() || key.size() > 64) return false;
  for (const char c : key) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

// 415 and the route's own problem with the request; held back until its turn comes.
Prepared PrepareCall(Call& call) {
  const Route& route = *call.route;
  if (route.body == BodyKind::kJson) {
    const auto type = call.head->Find("Content-Type");
    const auto coding = call.head->FindList("Content-Encoding");
    if (!type || !IsJsonContentType(*type) ||
        (coding && !EqualsIgnoringCase(*coding, "identity"))) {
      return Problem{Code::kUnsupportedMediaType,
                     "Send a body with Content-Type: application/json, not encoded."};
    }
  }
  return std::get<PrepareHandler>(route.handler)(call);
}

// The session of a request, or the 401 (or 503) that is to come after the rate was counted.
void NoteSession(Admission& admission, Runner::FoundSession&& found, bool by_cookie) {
  if (auto* problem = std::get_if<Problem>(&found)) {
    admission.refusal = std::move(*problem);
    return;
  }
  auto& session = admission.call.session;
  session = std::move(std::get<std::optional<Session>>(found));
  if (session) {
    session->by_cookie = by_cookie;
  } else {
    admission.refusal = Problem{Code::kUnauthenticated, "This session is unknown or has ended."};
  }
}

// Has the first internal error of each kind leave a line in the log. Thread-safe.
class InternalErrors {
 public:
  void Note(std::string_view route, std::string_view detail, std::string_view request_id) {
    const std::lock_guard lock(mutex_);
    if (noted_.size() == kMostKinds) return;
    if (!noted_.insert(fmt::format("{} {}", route, detail)).second) return;
    spdlog::error(
        "a request for {} was answered with 500: {} (request {}; the next ones like it "
        "are only counted, in warble_requests_total)",
        route, detail, request_id);
  }

 private:
  static constexpr std::size_t kMostKinds = 100;
  std::mutex mutex_;
  std::set<std::string> noted_;
};

}  // namespace

void AdmissionDeleter::operator()(Admission* admission) const { delete admission; }

class Service::Impl {
 public:
  Impl(storage::Engine& engine, storage::Committer& committer, ServiceOptions options)
      : engine_(engine),
        options_(std::move(options)),
        common_fields_(options_.cors_origin),
        runner_(engine, committer, options_.disk_threads, options_.peers,
                options_.rate_limit != 0) {
    if (options_.rate_limit != 0) {
      limiter_.emplace(std::chrono::nanoseconds(1'000'000'000) / options_.rate_limit,
                       options_.rate_limit * kBurstFactor);
    }
  }

  Soon<AdmissionPtr> Admit(const RequestHead& head, TokenReader& tokens);
  Soon<Answer> Dispatch(Admission& admission);
  Response Finish(const Admission& admission, Answer&& answer);
  Response RefuseHead(Code code, std::string detail, std::string_view request_id) const;
  void SetReady(bool ready) { ready_ = ready; }
  bool anonymous_reads() const { return options_.anonymous_reads; }

 private:
  // Of Admit(): fills in the route, or the refusal of an unknown path or method.
  void FindRouteOf(Admission& admission) const;
  void RefuseUnlessReadable(Admission& admission) const;
  AdmissionPtr CountAndCheckOrigin(AdmissionPtr admission);
  void CountRate(Admission& admission);
  Answer AnswerFixed(Fixed fixed) const;
  Response Render(const Admission& admission, Answer&& answer) const;

  storage::Engine& engine_;
  const ServiceOptions options_;
  const RouteFinder routes_{Routes()};
  const CommonFields common_fields_;
  Runner runner_;
  std::optional<RateLimiter> limiter_;
  InternalErrors internal_errors_;
  std::atomic<bool> ready_{false};
};

Soon<AdmissionPtr> Service::Impl::Admit(const RequestHead& head, TokenReader& tokens) {
  AdmissionPtr admission(new Admission);
  admission->call.head = &head;
  admission->call.secret = engine_.secret();
  admission->request_id = ChooseRequestId(head.Find("X-Request-Id"), admission->made_id);
  if (common_fields_.IsPreflight(head)) {
    admission->refusal = CommonFields::AnswerPreflight();
    return admission;
  }
  FindRouteOf(*admission);
  if (admission->refusal) return admission;
  const Route& route = *admission->call.route;
  if (const Fixed* fixed = std::get_if<Fixed>(&route.handler);
      fixed != nullptr && *fixed != Fixed::kOpenApi) {
    return admission;
  }
  if (route.access == Access::kAnyone) return CountAndCheckOrigin(std::move(admission));
  const std::optional<Credentials> credentials = FindCredentials(head);
  if (!credentials) {
    RefuseUnlessReadable(*admission);
    return CountAndCheckOrigin(std::move(admission));
  }
  Soon<Runner::FoundSession> session =
      runner_.FindSession(tokens, credentials->tokens, admission->call.path);
  return Then(std::move(session),
              [this, admission = std::move(admission),
               by_cookie = credentials->by_cookie](Runner::FoundSession&& found) mutable {
                NoteSession(*admission, std::move(found), by_cookie);
                return CountAndCheckOrigin(std::move(admission));
              });
}

void Service::Impl::FindRouteOf(Admission& admission) const {
  Call& call = admission.call;
  const TargetParts target = SplitTarget(call.head->target);
  RouteMatch match = routes_.Find(call.head->surface, call.head->method, target.path);
  if (match.route == nullptr) {
    if (match.allow.empty()) {
      admission.refusal = Problem{Code::kNotFound, "There is nothing under this path."};
      return;
    }
    if (common_fields_.allows_another_origin()) match.allow += ", OPTIONS";
    Problem refusal{Code::kMethodNotAllowed, "This path does not have this method; see Allow."};
    refusal.allow = std::move(match.allow);
    admission.refusal = std::move(refusal);
    return;
  }
  call.route = match.route;
  call.path = std::move(match.path);
  call.query = Query(target.query);
}

void Service::Impl::RefuseUnlessReadable(Admission& admission) const {
  admission.anonymous_read =
      options_.anonymous_reads && admission.call.route->access == Access::kReadable;
  if (admission.anonymous_read) return;
  admission.refusal = Problem{Code::kUnauthenticated, "Sign in first: POST /api/sessions."};
}

// The last of Admit(); the refusal of a missing session comes after its request was counted.
AdmissionPtr Service::Impl::CountAndCheckOrigin(AdmissionPtr admission) {
  CountRate(*admission);
  if (admission->refusal) return admission;
  const RequestHead& head = *admission->call.head;
  const auto& session = admission->call.session;
  if (session && session->by_cookie && IsUnsafe(head.method) && !IsSameOrigin(head)) {
    admission->refusal =
        Problem{Code::kCrossSite,
                "With a cookie, only pages of this same origin may write; use a Bearer token."};
  }
  return admission;
}

// Counts the request against its user or its address; being over the limit comes before a 401.
void Service::Impl::CountRate(Admission& admission) {
  if (!limiter_ || admission.call.head->counted) return;
  const Call& call = admission.call;
  const std::uint64_t network = call.session ? 0 : HashClientNetwork(call.head->client_address);
  constexpr XXH64_hash_t kUserSeed = 1;
  constexpr XXH64_hash_t kAddressSeed = 2;
  const std::uint64_t key =
      call.session ? XXH3_64bits_withSeed(&call.session->user, sizeof(storage::UserId), kUserSeed)
                   : XXH3_64bits_withSeed(&network, sizeof(network), kAddressSeed);
  admission.rate = limiter_->Count(key, std::chrono::steady_clock::now());
  if (!admission.rate->allowed) {
    admission.refusal =
        Problem{Code::kRateLimited,
                fmt::format("At most {} requests a second in the long run.", options_.rate_limit),
                {},
                admission.rate->retry_after_s};
  }
}

Soon<Answer> Service::Impl::Dispatch(Admission& admission) {
  Call& call = admission.call;
  const Route& route = *call.route;
  if (const Fixed* fixed = std::get_if<Fixed>(&route.handler)) return AnswerFixed(*fixed);
  if (const QueryHandler* query = std::get_if<QueryHandler>(&route.handler)) {
    return runner_.RunQuery(call, *query);
  }
  std::optional<std::string_view> key;
  if (call.session) key = call.head->Find("Idempotency-Key");
  if (key && (!IsIdempotencyKey(*key) || call.head->Repeats("Idempotency-Key"))) {
    return Answer(
        Problem{Code::kInvalidParameter,
                "An Idempotency-Key must be 1 to 64 visible ASCII characters, and be sent once."});
  }
  return runner_.RunWrite(call, PrepareCall(call), key);
}

Answer Service::Impl::AnswerFixed(Fixed fixed) const {
  Response response;
  switch (fixed) {
    case Fixed::kOpenApi:
      response.content_type = "application/json";
      response.static_body = OpenApiDocument();
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

Response Service::Impl::Render(const Admission& admission, Answer&& answer) const {
  if (auto* response = std::get_if<Response>(&answer)) return std::move(*response);
  const RequestHead& head = *admission.call.head;
  const Problem& problem = std::get<Problem>(answer);
  const bool page = !IsInsideApi(head) && PrefersHtml(head.FindList("Accept").value_or(""));
  return page ? RenderProblemPage(problem, admission.request_id)
              : RenderProblem(problem, admission.request_id);
}

Response Service::Impl::Finish(const Admission& admission, Answer&& answer) {
  // The runner asks a decision until it answers.
  if (std::holds_alternative<NotYet>(answer)) answer = Problem{Code::kInternal, "No answer came."};
  const auto* problem = std::get_if<Problem>(&answer);
  if (problem != nullptr && problem->code == Code::kInternal) {
    internal_errors_.Note(RouteOf(admission), problem->detail, admission.request_id);
  }
  Response response = Render(admission, std::move(answer));
  common_fields_.AddTo(response, admission);
  return response;
}

Response Service::Impl::RefuseHead(Code code, std::string detail,
                                   std::string_view request_id) const {
  MadeRequestId made;
  const std::string_view id = ChooseRequestId(request_id, made);
  const unsigned retry_after_s = Describe(code).status == 503 ? 1 : 0;
  Response response = RenderProblem({code, std::move(detail), {}, retry_after_s}, id);
  common_fields_.AddToRefusedHead(response, id);
  response.close = true;
  return response;
}

Service::Service(storage::Engine& engine, storage::Committer& committer, ServiceOptions options)
    : impl_(std::make_unique<Impl>(engine, committer, std::move(options))) {}

Service::~Service() = default;

Soon<AdmissionPtr> Service::Admit(const RequestHead& head, TokenReader& tokens) {
  return impl_->Admit(head, tokens);
}

bool Service::Refused(const Admission& admission) { return admission.refusal.has_value(); }

std::string Service::RequestIdOf(const RequestHead& head) {
  MadeRequestId made;
  return std::string(ChooseRequestId(head.Find("X-Request-Id"), made));
}

std::string_view Service::RouteOf(const Admission& admission) {
  return admission.call.route != nullptr ? admission.call.route->pattern : "unmatched";
}

Soon<Response> Service::Handle(Admission& admission, std::string_view body) {
  if (admission.refusal) return impl_->Finish(admission, std::move(*admission.refusal));
  admission.call.body = body;
  return Then(impl_->Dispatch(admission), [this, &admission](Answer&& answer) {
    return impl_->Finish(admission, std::move(answer));
  });
}

Response Service::Refuse(Admission& admission, Code code, std::string detail) {
  return impl_->Finish(admission, Problem{code, std::move(detail)});
}

Response Service::RefuseHead(Code code, std::string detail, std::string_view request_id) {
  return impl_->RefuseHead(code, std::move(detail), request_id);
}

bool Service::anonymous_reads() const { return impl_->anonymous_reads(); }

void Service::SetReady(bool ready) { impl_->SetReady(ready); }

}  // namespace warble::api
