#include "server/web/form_parts.h"

#include "server/web/phrases.h"

namespace warble::web {
namespace {

Literal RefusalOf(const FormState& state) {
  switch (state.status) {
    case 401:
      return state.problem.code == "invalid_credentials"
                 ? Literal("There is nobody with that name and that password.")
                 : Literal(
                       "Your session has ended. Nothing is lost: sign in in another tab, and "
                       "send this again.");
    case 403:
      return "That is not your password.";
    case 409:
      return "One thing to look at before you are in.";
    case 422:
      return state.problem.code == "invalid_fields"
                 ? Literal("Something is not right yet.")
                 : Literal("This was sent once before, with something else in it. Send it again.");
    case 503:
      return "The server is catching its breath. Nothing is lost; try again in a moment.";
    default:
      return "That did not work.";
  }
}

}  // namespace

std::string FormState::FaultAt(std::string_view name) const {
  for (const contract::FieldFault& fault : problem.errors) {
    if (fault.field == name) return FaultOf(name, fault.code);
  }
  if (problem.code == "username_taken" && name == "username") return "This name is taken.";
  if (problem.code == "invalid_credentials" && status == 403) {
    const bool changes_it = typed != nullptr && typed->Has("current_password");
    if (name == (changes_it ? "current_password" : "password")) return "This is not your password.";
  }
  return {};
}

void WriteRefusal(HtmlWriter& html, const FormState& state) {
  if (state.typed == nullptr) return;
  html.Markup("<p class=\"note bad\" id=\"note\" role=\"alert\">");
  if (state.status == 429) {
    html.Markup("Too many attempts. You can try again in <span")
        .Attribute("data-retry", state.wait_s)
        .Markup(">")
        .Text(Wait(state.wait_s))
        .Markup("</span>.");
  } else {
    html.Markup(RefusalOf(state));
  }
  html.Markup("</p>");
}

void FieldWriter::WriteDescription(const FieldLine& line, bool faulty) {
  const bool has_hint = !line.hint.text().empty();
  if (!faulty && !has_hint) return;
  html_.Markup(" aria-describedby=\"");
  if (faulty) html_.Markup(line.id).Markup("-fault");
  if (faulty && has_hint) html_.Markup(" ");
  if (has_hint) html_.Markup(line.id).Markup("-hint");
  html_.Markup("\"");
}

void FieldWriter::WriteInput(const FieldLine& line, bool faulty) {
  html_
      .Markup(line.long_text ? Literal("<textarea rows=\"3\" dir=\"auto\" id=\"")
                             : Literal("<input id=\""))
      .Markup(line.id)
      .Markup("\" name=\"")
      .Markup(line.name)
      .Markup("\"")
      .Markup(line.attributes);
  WriteDescription(line, faulty);
  if (faulty) html_.Markup(" aria-invalid=\"true\"");
  if (faulty && !focused_) html_.Markup(" autofocus");
  focused_ = focused_ || faulty;
  const std::string value = state_.typed != nullptr && state_.typed->Has(line.name.text())
                                ? state_.Typed(line.name.text())
                                : line.value;
  if (line.long_text) {
    html_.Markup(">\n").Text(value).Markup("</textarea>");
    return;
  }
  if (line.secret) {
    html_.Markup(" type=\"password\"");
  } else {
    html_.Attribute("value", value);
  }
  html_.Markup(">");
}

void FieldWriter::Write(const FieldLine& line) {
  const std::string fault = state_.FaultAt(line.name.text());
  html_.Markup("<div class=\"field\"><label for=\"")
      .Markup(line.id)
      .Markup("\">")
      .Markup(line.label)
      .Markup("</label>");
  WriteInput(line, !fault.empty());
  if (!fault.empty()) {
    html_.Markup("<p class=\"fault\" id=\"")
        .Markup(line.id)
        .Markup("-fault\">")
        .Text(fault)
        .Markup("</p>");
  }
  if (!line.hint.text().empty()) {
    html_.Markup("<p class=\"hint\" id=\"")
        .Markup(line.id)
        .Markup("-hint\">")
        .Markup(line.hint)
        .Markup("</p>");
  }
  html_.Markup("</div>");
}

}  // namespace warble::web
