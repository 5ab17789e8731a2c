// The faces of errors: every refusal of the API or of a page, with its true status.
#include "api/http/header_fields.h"
#include "api/http/problems.h"
#include "server/web/layout.h"
#include "server/web/phrases.h"
#include "server/web/visit.h"

#include <charconv>
#include <optional>

namespace warble::web {
namespace {

struct Face {
  Literal heading;
  Literal text;
  Literal link;
  Literal address;
};

constexpr Literal kHomeLink = "Home";
constexpr Literal kHome = "/";

Face FaceOfMissing(const Visit& visit) {
  if (!visit.names.tweet.empty()) {
    return {"This tweet is not here", "It was deleted, or it never was.", kHomeLink, kHome};
  }
  if (!visit.names.user.empty()) {
    return {"Nobody sings under that name", "There is no such person here, or not any more.",
            "Find people", "/people"};
  }
  return {"There is nothing under this address", "It may have been mistyped.", kHomeLink, kHome};
}

Face FaceOfRefusedInput(const std::string& code) {
  if (code == "cannot_follow_self") {
    return {"That is you", "Nobody can follow themselves.", kHomeLink, kHome};
  }
  if (code == "too_many_followees") {
    return {"That is enough", "One follows at most 10,000 people.", kHomeLink, kHome};
  }
  return {"That cannot be done", "Something in what was sent is not right.", kHomeLink, kHome};
}

Face FaceOf(const Visit& visit, int status, const std::string& code) {
  switch (status) {
    case 400:
      return {"This address leads nowhere", "It was cut or changed on its way.", kHomeLink, kHome};
    case 403:
      if (code == "cross_site") {
        return {"This came from another page",
                "For your safety only pages of this site may do that. Go back and try again.",
                kHomeLink, kHome};
      }
      return {"That is not yours to do", "Only who it belongs to can do that.", kHomeLink, kHome};
    case 404:
      return FaceOfMissing(visit);
    case 405:
      return {"That cannot be done here", "This address is for something else.", kHomeLink, kHome};
    case 408:
      return {"That took too long", "What you sent did not arrive in time.", kHomeLink, kHome};
    case 413:
      return {"That is too much", "What you sent is longer than a form can be.", kHomeLink, kHome};
    case 415:
      return {"That is no form", "What was sent is not what a form sends.", kHomeLink, kHome};
    case 422:
      return FaceOfRefusedInput(code);
    case 429:
      return {"Slowly, please", "", "", ""};
    case 503:
      return {"The server is catching its breath", "Nothing is lost. Try again in a moment.", "",
              ""};
    default:
      return {"Something broke here", "It is our fault, not yours.", kHomeLink, kHome};
  }
}

unsigned RetryAfter(const api::Response& refusal) {
  const std::string_view text = FindLine(refusal.headers, "Retry-After");
  unsigned seconds = 1;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

void WriteFace(HtmlWriter& html, const Face& face, std::optional<unsigned> wait_s) {
  html.Markup(
          "<main class=\"column alone\" id=\"main\"><section class=\"quiet\"><svg viewBox=\"0 0 "
          "120 "
          "32\" aria-hidden=\"true\"><path d=\"M4 16v.01M12 16v.01M20 16v.01M28 14v4M36 16v.01M44 "
          "16v.01M52 16v.01M60 16v.01M68 16v.01M76 16v.01M84 16v.01M92 16v.01M100 16v.01M108 "
          "16v.01M116 16v.01\"/></svg><h1>")
      .Markup(face.heading)
      .Markup("</h1>");
  if (wait_s) {
    html.Markup(
            "<p class=\"note bad\" role=\"alert\">Too many requests at once. You can try again in "
            "<span")
        .Attribute("data-retry", *wait_s)
        .Markup(">")
        .Text(Wait(*wait_s))
        .Markup("</span>.</p>");
  } else {
    html.Markup("<p>").Markup(face.text).Markup("</p>");
  }
  if (!face.link.text().empty()) {
    html.Markup("<a class=\"button\" href=\"")
        .Markup(face.address)
        .Markup("\">")
        .Markup(face.link)
        .Markup("</a>");
  }
  html.Markup("</section></main>");
}

}  // namespace

api::Response RefusalPage(const Visit& visit, api::Response refusal) {
  std::string lines =
      PickLines(refusal.headers, {"Retry-After: ", "Allow: ", "WWW-Authenticate: "});
  const bool as_page = api::PrefersHtml(visit.head.FindList("Accept").value_or(""));
  if (as_page) {
    const auto problem = contract::ReadProblem(refusal.body);
    const Face face = FaceOf(visit, refusal.status, problem ? problem->code : std::string());
    std::optional<unsigned> wait_s;
    if (refusal.status == 429) wait_s = RetryAfter(refusal);
    const PageHead head{.title = std::string(face.heading.text()), .kind = "error"};
    refusal.body = WritePage(visit, head, [&](HtmlWriter& html) { WriteFace(html, face, wait_s); });
    refusal.content_type = "text/html; charset=utf-8";
  }
  refusal.headers = std::move(lines);
  refusal.location.clear();
  return refusal;
}

api::Response RefusalPage(const Visit& visit, const api::Problem& problem) {
  return RefusalPage(visit, api::RenderProblem(problem, visit.client.request_id()));
}

api::Response RefusalPage(const Visit& visit, api::Code code, std::string_view detail) {
  return RefusalPage(visit, api::Problem{code, std::string(detail)});
}

}  // namespace warble::web
