// Joining and signing in.
#include "api/http/header_fields.h"
#include "server/web/form_parts.h"
#include "server/web/layout.h"
#include "server/web/pages.h"
#include "server/web/parts.h"
#include "server/web/song.h"

#include <functional>

namespace warble::web {
namespace {

// A sheet beside the words of welcome.
void WriteSheet(HtmlWriter& html, const Visit& visit, Literal heading,
                const std::function<void()>& content) {
  html.Markup("<main class=\"welcome\" id=\"main\"><section>");
  WriteEndedNote(html, visit);
  html.Markup(
      "<p class=\"lead\">Short texts from people you chose to hear, newest first, and nothing in "
      "between.</p>");
  WriteStrip(html, "warble");
  html.Markup(
          "</section><section class=\"card sheet\" aria-labelledby=\"sheet-title\"><h1 "
          "class=\"title\" id=\"sheet-title\">")
      .Markup(heading)
      .Markup("</h1>");
  content();
  html.Markup("</section></main>");
}

std::string NextOf(const Visit& visit, const FormState& state) {
  return SafeNext(state.typed != nullptr ? state.Typed("next")
                                         : std::string(visit.Parameter("next")));
}

void WriteNext(HtmlWriter& html, const std::string& next) {
  html.Markup("<input type=\"hidden\" name=\"next\"").Attribute("value", next).Markup(">");
}

constexpr Literal kUsernameAttributes =
    " autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required";

// The form of the sign-in page; `next` is where it leads.
std::string WriteLogin(const Visit& visit, const FormState& state, const std::string& next,
                       bool must) {
  const PageHead head{.title = "Sign in", .kind = "login", .next = next};
  return WritePage(visit, head, [&](HtmlWriter& html) {
    WriteSheet(html, visit, "Sign in", [&] {
      if (must) html.Markup("<p class=\"note\" id=\"note\">Sign in to see this page.</p>");
      WriteRefusal(html, state);
      html.Markup("<form class=\"form\" method=\"post\" action=\"/login\">");
      WriteNext(html, next);
      FieldWriter fields(html, state);
      fields.Write({.id = "username",
                    .name = "username",
                    .label = "Username",
                    .attributes = kUsernameAttributes});
      fields.Write({.id = "password",
                    .name = "password",
                    .label = "Password",
                    .attributes = " autocomplete=\"current-password\" required",
                    .secret = true});
      html.Markup(
              "<button class=\"button main wide\" type=\"submit\">Sign in</button><p "
              "class=\"hint\">New here? <a")
          .Address("href", next == "/" ? "/join" : "/join?next=" + api::EncodeQueryValue(next))
          .Markup(">Join</a></p></form>");
    });
  });
}

}  // namespace

std::string LoginPage(const Visit& visit, const FormState& state) {
  return WriteLogin(visit, state, NextOf(visit, state), false);
}

std::string JoinPage(const Visit& visit, const FormState& state) {
  const std::string next = NextOf(visit, state);
  const PageHead head{.title = "Join", .kind = "join", .next = next};
  return WritePage(visit, head, [&](HtmlWriter& html) {
    WriteSheet(html, visit, "Join", [&] {
      WriteRefusal(html, state);
      html.Markup("<form class=\"form\" method=\"post\" action=\"/join\">");
      WriteNext(html, next);
      FieldWriter fields(html, state);
      fields.Write(
          {.id = "username",
           .name = "username",
           .label = "Username",
           .attributes = kUsernameAttributes,
           .hint = "1 to 30 letters, digits and underscores. It cannot be changed later."});
      html.Markup("<div class=\"pair\">");
      fields.Write({.id = "first_name",
                    .name = "first_name",
                    .label = "First name",
                    .attributes = " autocomplete=\"given-name\""});
      fields.Write({.id = "last_name",
                    .name = "last_name",
                    .label = "Last name",
                    .attributes = " autocomplete=\"family-name\""});
      html.Markup("</div>");
      fields.Write({.id = "description",
                    .name = "description",
                    .label = "About you",
                    .hint = "At most 160 characters.",
                    .long_text = true});
      fields.Write({.id = "password",
                    .name = "password",
                    .label = "Password",
                    .attributes = " autocomplete=\"new-password\" required",
                    .hint = "8 characters or more.",
                    .secret = true});
      html.Markup(
              "<button class=\"button main wide\" type=\"submit\">Join</button><p "
              "class=\"hint\">Here already? <a")
          .Address("href", SignInAddress(next))
          .Markup(">Sign in</a></p></form>");
    });
  });
}

api::Task<api::Response> ShowJoin(Visit& visit) {
  const FormState empty;
  co_return HtmlResponse(200, JoinPage(visit, empty));
}

api::Task<api::Response> ShowLogin(Visit& visit) {
  const FormState empty;
  co_return HtmlResponse(200, LoginPage(visit, empty));
}

api::Response SignInPage(const Visit& visit) {
  const bool as_page = api::PrefersHtml(visit.head.FindList("Accept").value_or(""));
  if (!as_page || visit.query.Has("part")) {
    return RefusalPage(visit, api::Code::kUnauthenticated, "Sign in first: /login.");
  }
  const bool leads_back = visit.head.method != api::Method::kPost;
  const std::string next = leads_back ? SafeNext(visit.head.target) : "/";
  api::Response response = HtmlResponse(401, WriteLogin(visit, {}, next, !visit.ended));
  response.AddHeader("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace warble::web
