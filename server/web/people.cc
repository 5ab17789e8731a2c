// People search.
#include "api/http/body.h"
#include "api/http/text.h"
#include "server/web/layout.h"
#include "server/web/listing.h"
#include "server/web/pages.h"
#include "server/web/parts.h"

#include <algorithm>

namespace warble::web {
namespace {

// What was asked for, without blanks around it and the sign of a handle.
std::string_view ReadPrefix(const Visit& visit) {
  std::string_view prefix = visit.Parameter("prefix");
  const std::size_t first = prefix.find_first_not_of(" \t\n\r@");
  if (first == prefix.npos) return {};
  prefix.remove_prefix(first);
  return prefix.substr(0, prefix.find_last_not_of(" \t\n\r") + 1);
}

bool CanBeginAName(std::string_view prefix) {
  return api::IsUsernameAlphabet(prefix) && prefix.size() <= api::FieldReader::kUsernameMax;
}

std::string WritePeople(const Visit& visit, std::string_view prefix, const UserListing* found) {
  const PageHead head{.title = "Find people", .kind = "people"};
  return WritePage(visit, head, [&](HtmlWriter& html) {
    html.Markup("<main class=\"column alone\" id=\"main\">");
    WriteEndedNote(html, visit);
    html.Markup(
            "<h1 class=\"title\" id=\"list-title\" tabindex=\"-1\">Find people</h1><form "
            "class=\"form find-people\" action=\"/people\"><div class=\"field\"><label "
            "for=\"prefix\">The beginning of a username</label><input id=\"prefix\" "
            "name=\"prefix\" type=\"search\" autocapitalize=\"none\" autocomplete=\"off\" "
            "spellcheck=\"false\"")
        .Attribute("value", prefix);
    if (!CanBeginAName(prefix)) {
      html.Markup(
          " aria-invalid=\"true\" aria-describedby=\"prefix-fault\"><p class=\"fault\" "
          "id=\"prefix-fault\">Usernames have only the letters A to Z, digits and underscores, 30 "
          "at most.</p></div>");
    } else {
      html.Markup("></div>");
    }
    html.Markup("<button class=\"button main\" type=\"submit\">Find</button></form>");
    if (found != nullptr) WriteListing(html, visit, *found);
    html.Markup("</main>");
  });
}

}  // namespace

api::Task<api::Response> ShowPeople(Visit& visit) {
  const std::string prefix(ReadPrefix(visit));
  if (prefix.empty()) co_return HtmlResponse(200, WritePeople(visit, prefix, nullptr));
  if (!CanBeginAName(prefix)) co_return HtmlResponse(422, WritePeople(visit, prefix, nullptr));
  ListSource source{.target = "/api/users?limit=50&prefix=" + prefix,
                    .address = "/people?prefix=" + prefix,
                    .more = "More people",
                    .empty = "Nobody sings under that name",
                    .empty_text = "No username here begins so."};
  auto asked = co_await AskForUsers(visit, std::move(source));
  if (auto* refusal = std::get_if<api::Response>(&asked)) co_return std::move(*refusal);
  const auto& found = std::get<UserListing>(asked);
  if (WantsItems(visit)) co_return ItemsOf(visit, found);
  co_return HtmlResponse(200, WritePeople(visit, prefix, &found));
}

}  // namespace warble::web
