// Settings: names and description, password, sessions, and the end of the account.
#include "server/web/form_parts.h"
#include "server/web/layout.h"
#include "server/web/pages.h"
#include "server/web/parts.h"

namespace warble::web {
namespace {

// The forms of the page; of these at most one was sent.
struct SettingsState {
  FormState profile{};
  FormState password{};
  FormState end{};
};

void WriteProfileForm(HtmlWriter& html, const contract::User& reader, const FormState& state) {
  html.Markup("<section class=\"card sheet\"><h2 class=\"title\">Profile</h2>");
  WriteRefusal(html, state);
  html.Markup(
      "<form class=\"form\" id=\"profile-form\" method=\"post\" action=\"/settings/profile\">");
  WriteNonce(html, state.Typed("nonce"));
  FieldWriter fields(html, state);
  html.Markup("<div class=\"pair\">");
  fields.Write({.id = "first_name",
                .name = "first_name",
                .label = "First name",
                .attributes = " autocomplete=\"given-name\"",
                .value = reader.first_name});
  fields.Write({.id = "last_name",
                .name = "last_name",
                .label = "Last name",
                .attributes = " autocomplete=\"family-name\"",
                .value = reader.last_name});
  html.Markup("</div>");
  fields.Write({.id = "description",
                .name = "description",
                .label = "About you",
                .hint = "At most 160 characters.",
                .long_text = true,
                .value = reader.description});
  html.Markup("<button class=\"button main\" type=\"submit\">Save</button></form></section>");
}

// By it a password manager knows whose password it is.
void WriteHiddenUsername(HtmlWriter& html, const contract::User& reader) {
  html.Markup("<input type=\"text\" name=\"username\" autocomplete=\"username\" hidden")
      .Attribute("value", reader.username)
      .Markup(">");
}

void WritePasswordForm(HtmlWriter& html, const contract::User& reader, const FormState& state) {
  html.Markup("<section class=\"card sheet\"><h2 class=\"title\">Password</h2>");
  WriteRefusal(html, state);
  html.Markup(
      "<form class=\"form\" id=\"password-form\" method=\"post\" action=\"/settings/password\">");
  WriteNonce(html, state.Typed("nonce"));
  WriteHiddenUsername(html, reader);
  FieldWriter fields(html, state);
  fields.Write({.id = "current_password",
                .name = "current_password",
                .label = "Present password",
                .attributes = " autocomplete=\"current-password\" required",
                .secret = true});
  fields.Write({.id = "password",
                .name = "password",
                .label = "New password",
                .attributes = " autocomplete=\"new-password\" required",
                .hint = "8 characters or more. It ends your other sessions.",
                .secret = true});
  html.Markup("<button class=\"button main\" type=\"submit\">Change</button></form></section>");
}

void WriteSessionsForm(HtmlWriter& html) {
  html.Markup(
      "<section class=\"card sheet\"><h2 class=\"title\">Sessions</h2><form class=\"form\" "
      "id=\"sessions-form\" method=\"post\" action=\"/settings/sessions\"><p>Wherever you are "
      "signed in, here too, you will have to sign in again.</p><button class=\"button\" "
      "type=\"submit\">Sign out everywhere</button></form></section>");
}

void WriteDeleteForm(HtmlWriter& html, const contract::User& reader, const FormState& state) {
  html.Markup("<section class=\"card sheet\"><h2 class=\"title\">Delete your account</h2>");
  WriteRefusal(html, state);
  html.Markup(
      "<form class=\"form\" id=\"delete-form\" method=\"post\" action=\"/settings/delete\">"
      "<p>Everything you wrote is gone at once, and nobody can ever have your name again.</p>");
  WriteHiddenUsername(html, reader);
  FieldWriter fields(html, state);
  fields.Write({.id = "delete_password",
                .name = "password",
                .label = "Your password",
                .attributes = " autocomplete=\"current-password\" required",
                .secret = true});
  html.Markup(
      "<button class=\"button danger\" type=\"submit\">Delete my account</button></form>"
      "</section>");
}

void WriteSavedNote(HtmlWriter& html, std::string_view what) {
  if (what == "profile") WriteNote(html, "Your profile is saved.");
  if (what == "password") WriteNote(html, "Your password is changed.");
}

std::string WriteSettings(const Visit& visit, const SettingsState& state) {
  const PageHead head{.title = "Settings", .kind = "settings"};
  return WritePage(visit, head, [&](HtmlWriter& html) {
    html.Markup("<main class=\"column alone\" id=\"main\">");
    WriteSavedNote(html, visit.Parameter("saved"));
    html.Markup("<h1 class=\"title\">Settings</h1>");
    WriteProfileForm(html, *visit.reader, state.profile);
    WritePasswordForm(html, *visit.reader, state.password);
    WriteSessionsForm(html);
    WriteDeleteForm(html, *visit.reader, state.end);
    html.Markup("</main>");
  });
}

}  // namespace

std::string ProfileSettingsPage(const Visit& visit, const FormState& state) {
  return WriteSettings(visit, {.profile = state});
}

std::string PasswordSettingsPage(const Visit& visit, const FormState& state) {
  return WriteSettings(visit, {.password = state});
}

std::string DeleteSettingsPage(const Visit& visit, const FormState& state) {
  return WriteSettings(visit, {.end = state});
}

api::Task<api::Response> ShowSettings(Visit& visit) {
  const SettingsState empty;
  co_return HtmlResponse(200, WriteSettings(visit, empty));
}

}  // namespace warble::web
