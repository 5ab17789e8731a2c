#include "server/web/site.h"

#include "api/handlers/answers.h"
#include "server/web/encoding.h"
#include "server/web/files.h"
#include "server/web/forms.h"
#include "server/web/pages.h"

#include <chrono>

namespace warble::web {
namespace {

constexpr std::string_view kUnmatched = "unmatched page";

constexpr std::string_view kHtmlLines =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types warble\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

// What a path is: a page, a form, both, or nothing.
struct Match {
  const Page* page = nullptr;
  const Form* form = nullptr;
  PathNames names;
};

Match FindMatch(const api::RequestHead& head) {
  Match match;
  const auto path = api::Path::Parse(api::SplitTarget(head.target).path);
  if (!path) return match;
  for (const Page& page : Pages()) {
    auto names = MatchPattern(page.pattern, *path);
    if (!names) continue;
    match.page = &page;
    match.names = std::move(*names);
    break;
  }
  for (const Form& form : Forms()) {
    auto names = MatchPattern(form.pattern, *path);
    if (!names) continue;
    match.form = &form;
    match.names = std::move(*names);
    break;
  }
  return match;
}

bool IsRead(api::Method method) {
  return method == api::Method::kGet || method == api::Method::kHead;
}

// The 404 or 405 of a request that is neither a page nor a form.
std::optional<api::Problem> RefuseMatch(const Match& match, api::Method method) {
  if (match.page == nullptr && match.form == nullptr) {
    return api::Problem{api::Code::kNotFound, "There is nothing under this path."};
  }
  if (match.page != nullptr && IsRead(method)) return std::nullopt;
  if (match.form != nullptr && method == api::Method::kPost) return std::nullopt;
  api::Problem problem{api::Code::kMethodNotAllowed,
                       "This path does not have this method; see Allow."};
  if (match.page != nullptr) problem.allow = "GET, HEAD";
  if (match.form != nullptr) problem.allow += match.page != nullptr ? ", POST" : "POST";
  return problem;
}

bool MayRead(const Visit& visit, Audience audience) {
  if (visit.reader || audience == Audience::kAnyone) return true;
  return audience == Audience::kReaders && visit.anonymous_reads;
}

api::Task<api::Response> Show(Visit& visit, const Page& page) {
  if (!MayRead(visit, page.audience)) co_return SignInPage(visit);
  co_return co_await page.show(visit);
}

api::Task<api::Response> RespondTo(Visit& visit, const Match& match, std::string_view body) {
  if (auto problem = RefuseMatch(match, visit.head.method)) {
    co_return RefusalPage(visit, *problem);
  }
  if (IsRead(visit.head.method)) co_return co_await Show(visit, *match.page);
  if (auto problem = CheckForm(visit.head, body)) co_return RefusalPage(visit, *problem);
  co_return co_await Submit(visit, *match.form, body);
}

// The lines that all answers of pages and forms have.
void Finish(const Visit& visit, api::Response& response) {
  if (visit.ended && visit.client.by_cookie() && FindLine(response.headers, "Set-Cookie").empty()) {
    api::SetSessionCookie(response, visit.head, {}, 0);
  }
  response.AddHeader("X-Request-Id", visit.client.request_id());
  if (!response.location.empty()) response.AddHeader("Location", response.location);
  response.AddLines(visit.client.rate_lines());
  const bool is_own = visit.client.has_credentials() || visit.head.method == api::Method::kPost;
  response.AddLines(is_own ? "Cache-Control: private, no-cache\r\n"
                           : "Cache-Control: public, no-cache\r\n");
  response.AddLines(response.status < 400
                        ? "Vary: Accept-Encoding, Cookie, Authorization\r\n"
                        : "Vary: Accept, Accept-Encoding, Cookie, Authorization\r\n");
  if (response.content_type.starts_with("text/html")) response.AddLines(kHtmlLines);
  if (response.status == 413 || response.status == 408) response.close = true;
  CompressBody(visit.head, response);
}

}  // namespace

bool Site::Owns(const api::RequestHead& head) {
  if (head.surface != api::Surface::kPublic) return false;
  const std::string_view path = api::SplitTarget(head.target).path;
  return !api::BeginsWith(path, "/api/") && path != "/api" && path != "/livez" && path != "/readyz";
}

bool Site::WantsBody(const api::RequestHead& head) {
  return head.method == api::Method::kPost && FindMatch(head).form != nullptr &&
         !CheckForm(head, {});
}

Visit Site::MakeVisit(const api::RequestHead& head, Client& client) const {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return {.head = head,
          .client = client,
          .anonymous_reads = service_.anonymous_reads(),
          .now = {static_cast<std::uint64_t>(now.count())},
          .query = api::Query(api::SplitTarget(head.target).query)};
}

api::Task<std::optional<api::Response>> Site::FindReader(Visit& visit) {
  // Without credentials it is asked all the same: that is where a request is counted.
  api::Response session = co_await visit.client.Get("/api/sessions/current");
  if (session.status == 200) {
    visit.reader = contract::ReadSessionUser(session.body);
    co_return std::nullopt;
  }
  if (session.status != 401) co_return RefusalPage(visit, std::move(session));
  if (visit.client.has_credentials()) {
    visit.ended = true;
    visit.client.ForgetCredentials();
  }
  co_return std::nullopt;
}

api::Task<Site::Answer> Site::RespondWithPage(const api::RequestHead& head,
                                              api::TokenReader& tokens, std::string_view body) {
  Client client(service_, head, tokens);
  Visit visit = MakeVisit(head, client);
  Match match = FindMatch(head);
  visit.names = std::move(match.names);
  const bool is_form = head.method == api::Method::kPost && match.form != nullptr;
  const std::string_view route = is_form                 ? match.form->pattern
                                 : match.page != nullptr ? match.page->pattern
                                                         : kUnmatched;
  std::optional<api::Response> response = co_await FindReader(visit);
  if (!response) response = co_await RespondTo(visit, match, body);
  Finish(visit, *response);
  Answer answer{std::move(*response), route};
  co_return std::move(answer);
}

api::Task<Site::Answer> Site::Respond(const api::RequestHead& head, api::TokenReader& tokens,
                                      std::string_view body) {
  if (auto file = FileFor(head)) {
    Answer answer{std::move(*file), kFileRoute};
    co_return std::move(answer);
  }
  co_return co_await RespondWithPage(head, tokens, body);
}

Site::Answer Site::Refuse(const api::RequestHead& head, api::TokenReader& tokens, api::Code code,
                          std::string detail) {
  Client client(service_, head, tokens);
  const Visit visit = MakeVisit(head, client);
  api::Response response = RefusalPage(visit, api::Problem{code, std::move(detail)});
  Finish(visit, response);
  return {std::move(response), kUnmatched};
}

}  // namespace warble::web
