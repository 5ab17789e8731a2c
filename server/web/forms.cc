#include "server/web/forms.h"

#include "api/auth/credentials.h"
#include "api/auth/digest.h"
#include "api/http/base64url.h"
#include "api/http/header_fields.h"
#include "api/http/json_writer.h"
#include "api/http/text.h"
#include "server/web/layout.h"
#include "server/web/pages.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <utility>

namespace warble::web {
namespace {

constexpr std::string_view kJoinMembers[] = {"username", "password", "first_name", "last_name",
                                             "description"};
constexpr std::string_view kLoginMembers[] = {"username", "password"};
constexpr std::string_view kTweetMembers[] = {"content"};
constexpr std::string_view kProfileMembers[] = {"first_name", "last_name", "description"};
constexpr std::string_view kPasswordMembers[] = {"current_password", "password"};
constexpr std::string_view kDeleteMembers[] = {"password"};

constexpr auto kPost = api::Method::kPost;
constexpr auto kPatch = api::Method::kPatch;
constexpr auto kDelete = api::Method::kDelete;

constexpr std::string_view kJoinPattern = "/join";
constexpr std::string_view kLogoutPattern = "/logout";
constexpr std::string_view kSessions = "/api/sessions";

constexpr Form kForms[] = {
    {kJoinPattern, false, kPost, "/api/users", kJoinMembers, Lead::kNext, JoinPage},
    {"/login", false, kPost, kSessions, kLoginMembers, Lead::kNext, LoginPage},
    {kLogoutPattern, true, kDelete, "/api/sessions/current", {}, Lead::kHome, nullptr},
    {"/write", true, kPost, "/api/users/{me}/tweets", kTweetMembers, Lead::kHome, WriteTweetPage},
    {"/@{u}/follow", true, kPost, "/api/users/{u}/followers", {}, Lead::kBack, nullptr},
    {"/@{u}/unfollow", true, kDelete, "/api/users/{u}/followers/{me}", {}, Lead::kBack, nullptr},
    {"/@{u}/{id}/favorite",
     true,
     kPost,
     "/api/users/{u}/tweets/{id}/favorites",
     {},
     Lead::kTweet,
     nullptr},
    {"/@{u}/{id}/unfavorite",
     true,
     kDelete,
     "/api/users/{u}/tweets/{id}/favorites/{me}",
     {},
     Lead::kTweet,
     nullptr},
    {"/@{u}/{id}/delete", true, kDelete, "/api/users/{u}/tweets/{id}", {}, Lead::kAuthor, nullptr},
    {"/settings/profile", true, kPatch, "/api/users/{me}", kProfileMembers, Lead::kSaved,
     ProfileSettingsPage},
    {"/settings/password", true, kPatch, "/api/users/{me}", kPasswordMembers, Lead::kSaved,
     PasswordSettingsPage},
    {"/settings/sessions", true, kDelete, kSessions, {}, Lead::kHome, nullptr},
    {"/settings/delete", true, kDelete, "/api/users/{me}", kDeleteMembers, Lead::kHome,
     DeleteSettingsPage},
};

bool IsDone(const api::Response& answer) { return answer.status / 100 == 2; }

void Replace(std::string& target, std::string_view placeholder, std::string_view value) {
  const std::size_t at = target.find(placeholder);
  if (at != target.npos) target.replace(at, placeholder.size(), api::EncodeQueryValue(value));
}

// The API's path of a form's call.
std::string TargetOf(const Visit& visit, const Form& form) {
  std::string target(form.target);
  Replace(target, "{u}", visit.names.user);
  Replace(target, "{id}", visit.names.tweet);
  if (visit.reader) Replace(target, "{me}", visit.reader->username);
  return target;
}

void WriteMember(api::JsonWriter& json, std::string_view name, std::string_view value) {
  if (name == "username") json.Member("username", value);
  if (name == "password") json.Member("password", value);
  if (name == "first_name") json.Member("first_name", value);
  if (name == "last_name") json.Member("last_name", value);
  if (name == "description") json.Member("description", value);
  if (name == "content") json.Member("content", value);
  if (name == "current_password") json.Member("current_password", value);
}

std::string JsonOf(std::span<const std::string_view> members, const FormFields& fields) {
  if (members.empty()) return {};
  api::JsonWriter json;
  json.BeginObject();
  for (const std::string_view name : members) {
    if (fields.Has(name)) WriteMember(json, name, fields.Text(name));
  }
  json.EndObject();
  return json.Take();
}

// Known to this process alone, because a form may hold a password: whoever reads the keys that are
// stored cannot try passwords against them.
std::string_view KeySecret() {
  static const std::string secret = [] {
    std::random_device random;
    std::string bytes;
    while (bytes.size() < 32) bytes += static_cast<char>(random());
    return bytes;
  }();
  return secret;
}

std::string KeyOf(const Form& form, const FormFields& fields, const std::string& target,
                  const std::string& json) {
  const std::string nonce = fields.Text("nonce");
  if (!IsNonce(nonce)) return {};
  return nonce + "." +
         api::EncodeBase64Url(
             api::DigestRequest(api::NameOf(form.method), target, json, KeySecret()));
}

// Whether a GET of this path is a page.
bool LeadsToPage(std::string_view address) {
  const auto path = api::Path::Parse(api::SplitTarget(address).path);
  if (!path) return false;
  return std::ranges::any_of(
      Pages(), [&](const Page& page) { return MatchPattern(page.pattern, *path).has_value(); });
}

// The page of this origin that the form stood on, as the browser says; empty if it does not.
std::string PageBefore(const Visit& visit) {
  const std::string_view referer = visit.head.Find("Referer").value_or(std::string_view());
  const std::size_t scheme = referer.find("://");
  if (scheme == referer.npos) return {};
  const std::string_view rest = referer.substr(scheme + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view host = visit.head.Find("Host").value_or(std::string_view());
  if (!api::EqualsIgnoringCase(rest.substr(0, slash), host)) return {};
  const std::string address = SafeNext(rest.substr(slash, rest.find('#') - slash));
  return LeadsToPage(address) ? address : std::string();
}

std::string LeadOf(const Visit& visit, const Form& form, const FormFields& fields) {
  const std::string& user = visit.names.user;
  switch (form.lead) {
    case Lead::kHome:
      return "/";
    case Lead::kNext:
      return SafeNext(fields.Text("next"));
    case Lead::kBack: {
      std::string before = PageBefore(visit);
      return before.empty() ? UserAddress(user) : before;
    }
    case Lead::kTweet: {
      const std::string before = PageBefore(visit);
      if (before.empty()) return TweetAddress(user, visit.names.tweet);
      return before + "#t" + visit.names.tweet;
    }
    case Lead::kAuthor:
      return UserAddress(user);
    case Lead::kSaved:
      return "/settings?saved=" + std::string(form.pattern.substr(form.pattern.rfind('/') + 1));
  }
  return "/";
}

// What a form that cannot be decoded is answered with.
api::Response UndecodableRefusal(const Visit& visit, const Form& form, const FormFields& fields) {
  api::Problem problem{api::Code::kInvalidFields, "A field is not valid UTF-8."};
  for (const std::string_view name : form.members) {
    if (fields.Bad(name)) {
      problem.errors.push_back({std::string(name), "invalid", "Must be valid UTF-8."});
    }
  }
  return api::RenderProblem(problem, visit.client.request_id());
}

// The form's page with what was typed and what the API says about it.
api::Response FaultPage(const Visit& visit, const Form& form, const FormFields& fields,
                        api::Response refusal) {
  const bool as_page = api::PrefersHtml(visit.head.FindList("Accept").value_or(""));
  if (form.page == nullptr || !as_page) return RefusalPage(visit, std::move(refusal));
  FormState state{.typed = &fields,
                  .status = refusal.status,
                  .problem = contract::ReadProblem(refusal.body).value_or(contract::Problem{})};
  const std::string_view wait = FindLine(refusal.headers, "Retry-After");
  std::from_chars(wait.data(), wait.data() + wait.size(), state.wait_s);
  api::Response response = HtmlResponse(refusal.status, form.page(visit, state));
  response.AddLines(PickLines(refusal.headers, {"Retry-After: ", "WWW-Authenticate: "}));
  return response;
}

// A form that takes a session was sent without one.
api::Response SessionlessAnswer(const Visit& visit, const Form& form, const FormFields& fields) {
  if (form.pattern == kLogoutPattern) return LeadTo(303, "/");
  if (form.page == WriteTweetPage) {
    // What was written is not to be lost.
    return FaultPage(visit, form, fields,
                     api::RenderProblem({api::Code::kUnauthenticated, "The session has ended."},
                                        visit.client.request_id()));
  }
  return SignInPage(visit);
}

bool IsFormType(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  const std::size_t end = type.find_last_not_of(" \t");
  return api::EqualsIgnoringCase(type.substr(0, end == type.npos ? 0 : end + 1),
                                 "application/x-www-form-urlencoded");
}

}  // namespace

std::string FormFields::Text(std::string_view name) const {
  const std::string_view sent = fields_.Find(name).value_or(std::string_view());
  std::string text;
  text.reserve(sent.size());
  for (std::size_t at = 0; at < sent.size(); ++at) {
    if (sent[at] == '\r' && at + 1 < sent.size() && sent[at + 1] == '\n') continue;
    text += sent[at];
  }
  return text;
}

std::span<const Form> Forms() { return kForms; }

std::optional<api::Problem> CheckForm(const api::RequestHead& head, std::string_view body) {
  if (!api::IsSameOrigin(head)) {
    return api::Problem{api::Code::kCrossSite, "Only pages of this same origin may send forms."};
  }
  const auto type = head.Find("Content-Type");
  const auto coding = head.FindList("Content-Encoding");
  if ((type ? !IsFormType(*type) : !body.empty()) ||
      (coding && !api::EqualsIgnoringCase(*coding, "identity"))) {
    return api::Problem{api::Code::kUnsupportedMediaType,
                        "A form is application/x-www-form-urlencoded, not encoded."};
  }
  if (body.size() > kMaxFormBytes) {
    return api::Problem{api::Code::kBodyTooLarge, "The form is longer than 16 KiB."};
  }
  return std::nullopt;
}

api::Task<api::Response> Submit(Visit& visit, const Form& form, std::string_view body) {
  const FormFields fields(body);
  if (form.signed_in && !visit.reader) co_return SessionlessAnswer(visit, form, fields);
  if (std::ranges::any_of(form.members, [&](auto name) { return fields.Bad(name); })) {
    co_return FaultPage(visit, form, fields, UndecodableRefusal(visit, form, fields));
  }
  const std::string target = TargetOf(visit, form);
  const std::string json = JsonOf(form.members, fields);
  api::Response answer =
      co_await visit.client.Call(form.method, target, json, KeyOf(form, fields, target, json));
  if (form.pattern == kJoinPattern && (IsDone(answer) || answer.status == 409)) {
    // Who joins is signed in; and a name that is taken may be their own, by a second press.
    api::Response session = co_await visit.client.Call(kPost, std::string(kSessions),
                                                       JsonOf(kLoginMembers, fields), {});
    if (IsDone(session)) {
      answer = std::move(session);
    } else if (IsDone(answer)) {
      co_return LeadTo(303, SignInAddress(LeadOf(visit, form, fields)));
    }
  }
  if (!IsDone(answer)) co_return FaultPage(visit, form, fields, std::move(answer));
  api::Response response = LeadTo(303, LeadOf(visit, form, fields));
  response.AddLines(PickLines(answer.headers, {"Set-Cookie: "}));
  co_return response;
}

}  // namespace warble::web
