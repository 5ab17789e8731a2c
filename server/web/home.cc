// Home: the timeline of who is signed in, and for others what this is.
#include "server/web/layout.h"
#include "server/web/listing.h"
#include "server/web/pages.h"
#include "server/web/parts.h"
#include "server/web/song.h"

namespace warble::web {
namespace {

void WriteWelcome(HtmlWriter& html, const Visit& visit) {
  html.Markup("<main class=\"welcome\" id=\"main\"><section>");
  WriteEndedNote(html, visit);
  html.Markup(
      "<h1>Say it in a hundred and forty characters.</h1>"
      "<p class=\"lead\">Short texts from people you chose to hear, newest first, and nothing in "
      "between.</p>");
  WriteStrip(html, "warble");
  html.Markup(
      "</section><section class=\"card sheet\" aria-labelledby=\"begin\">"
      "<h2 class=\"title\" id=\"begin\">Begin</h2><p>Choose a name, follow a few people, and read "
      "what they write.</p><p class=\"row\"><a class=\"button main wide\" href=\"/join\">Join</a>"
      "</p><p class=\"row\"><a class=\"button wide\" href=\"/login\">Sign in</a></p></section>"
      "</main>");
}

void WriteTimeline(HtmlWriter& html, const Visit& visit, const TweetListing& listing) {
  html.Markup("<div class=\"frame\"><aside class=\"side\" aria-label=\"You\">");
  WriteCard(html, visit, *visit.reader, false);
  html.Markup(
      "</aside><main class=\"column\" id=\"main\"><h1 class=\"title\" id=\"list-title\" "
      "tabindex=\"-1\">Home</h1>");
  WriteListing(html, visit, listing);
  html.Markup("</main></div>");
}

}  // namespace

api::Task<api::Response> ShowHome(Visit& visit) {
  if (!visit.reader && WantsItems(visit)) co_return SignInPage(visit);
  if (!visit.reader) {
    const PageHead head{.title = "Welcome", .kind = "welcome"};
    co_return HtmlResponse(
        200, WritePage(visit, head, [&](HtmlWriter& html) { WriteWelcome(html, visit); }));
  }
  ListSource source{
      .target = "/api/users/" + visit.reader->username + "/timeline?include_self=true",
      .address = "/",
      .more = "Older tweets",
      .empty = "It is quiet here",
      .empty_text = "Write something, or find people to follow.",
      .grows = true};
  auto asked = co_await AskForTweets(visit, std::move(source));
  if (auto* refusal = std::get_if<api::Response>(&asked)) co_return std::move(*refusal);
  const auto& listing = std::get<TweetListing>(asked);
  if (WantsItems(visit)) co_return ItemsOf(visit, listing);
  const PageHead head{.title = "Home", .kind = "home"};
  co_return HtmlResponse(
      200, WritePage(visit, head, [&](HtmlWriter& html) { WriteTimeline(html, visit, listing); }));
}

}  // namespace warble::web
