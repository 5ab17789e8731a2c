// One tweet on its page, the question before its deletion, and the form for a new one.
#include "server/web/form_parts.h"
#include "server/web/layout.h"
#include "server/web/listing.h"
#include "server/web/pages.h"
#include "server/web/parts.h"
#include "server/web/phrases.h"
#include "server/web/rich_text.h"
#include "server/web/song.h"

#include <fmt/format.h>

namespace warble::web {
namespace {

std::string TargetOf(const Visit& visit) {
  return fmt::format("/api/users/{}/tweets/{}", api::EncodeQueryValue(visit.names.user),
                     visit.names.tweet);
}

ListSource FavoritersOf(const Visit& visit) {
  return {.target = TargetOf(visit) + "/favorites?limit=20",
          .address = TweetAddress(visit.names.user, visit.names.tweet),
          .more = "More people",
          .empty = "Nobody has favorited it yet",
          .empty_text = "Whoever does will be here."};
}

// At most so many code points of a text, in one line.
std::string Beginning(std::string_view text, std::size_t most) {
  std::string beginning;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts && count++ == most) return beginning + "…";
    beginning += text[at] == '\n' ? ' ' : text[at];
  }
  return beginning;
}

std::string TitleOf(const contract::Tweet& tweet, std::size_t most) {
  return fmt::format("{}: {}", ShownName(tweet.author), Beginning(tweet.content, most));
}

Preview PreviewOf(const contract::Tweet& tweet) {
  constexpr std::size_t kWhole = 140;
  return {.title = TitleOf(tweet, kWhole),
          .description = fmt::format("{} (@{}) on {}", ShownName(tweet.author),
                                     tweet.author.username, FullTime(tweet.created_at)),
          .address = TweetAddress(tweet.author.username, tweet.id)};
}

void WriteSingle(HtmlWriter& html, const Visit& visit, const contract::Tweet& tweet) {
  html.Markup("<article class=\"card single\"")
      .Attribute("data-id", tweet.id)
      .Attribute("data-by", tweet.author.username)
      .Markup("><header class=\"tweet-head\">");
  WriteAvatar(html, tweet.author.username, AvatarSize::kUsual);
  WriteWho(html, tweet.author);
  html.Markup("</header><h1 class=\"text\" dir=\"auto\">");
  WriteRichText(html, tweet.content);
  html.Markup("</h1><p class=\"stamp\"><time data-full")
      .Attribute("datetime", TimeText(tweet.created_at))
      .Markup(">")
      .Text(FullTime(tweet.created_at))
      .Markup("</time></p>");
  WriteActs(html, visit, tweet);
  html.Markup("</article>");
}

std::string WriteTweetView(const Visit& visit, const contract::Tweet& tweet,
                           const UserListing& favoriters) {
  constexpr std::size_t kTitle = 60;
  PageHead head{.title = TitleOf(tweet, kTitle), .kind = "tweet", .of = tweet.author.username};
  if (visit.anonymous_reads) head.preview = PreviewOf(tweet);
  return WritePage(visit, head, [&](HtmlWriter& html) {
    html.Markup("<main class=\"column alone\" id=\"main\">");
    WriteEndedNote(html, visit);
    WriteSingle(html, visit, tweet);
    html.Markup("<h2 class=\"title spaced\" id=\"list-title\" tabindex=\"-1\">Favorited by ")
        .Text(ShortCount(tweet.favorites_count))
        .Markup("</h2>");
    WriteListing(html, visit, favoriters);
    html.Markup("</main>");
  });
}

using AskedTweet = std::variant<contract::Tweet, api::Response>;

// The tweet of the path, or the page to show in its place.
api::Task<AskedTweet> AskForTweet(Visit& visit) {
  auto asked =
      co_await Ask<contract::Tweet>(visit, TargetOf(visit) + "?expand=viewer", contract::ReadTweet);
  if (const auto* tweet = std::get_if<contract::Tweet>(&asked)) {
    if (tweet->author.username != visit.names.user) {
      co_return MovedTo(visit, tweet->author.username);
    }
  }
  co_return asked;
}

}  // namespace

api::Task<api::Response> ShowTweet(Visit& visit) {
  std::optional<contract::Tweet> tweet;
  if (!WantsItems(visit)) {
    AskedTweet asked = co_await AskForTweet(visit);
    if (auto* other = std::get_if<api::Response>(&asked)) co_return std::move(*other);
    tweet = std::get<contract::Tweet>(std::move(asked));
    if (visit.Parameter("part") == "item") {
      HtmlWriter html;
      WriteTweetItem(html, visit, *tweet);
      co_return HtmlResponse(200, html.Take());
    }
  }
  auto favoriters = co_await AskForUsers(visit, FavoritersOf(visit));
  if (auto* refusal = std::get_if<api::Response>(&favoriters)) co_return std::move(*refusal);
  const auto& listing = std::get<UserListing>(favoriters);
  if (!tweet) co_return ItemsOf(visit, listing);
  co_return HtmlResponse(200, WriteTweetView(visit, *tweet, listing));
}

api::Task<api::Response> ShowDeleteTweet(Visit& visit) {
  AskedTweet asked = co_await AskForTweet(visit);
  if (auto* other = std::get_if<api::Response>(&asked)) co_return std::move(*other);
  const auto& tweet = std::get<contract::Tweet>(asked);
  if (!visit.IsReader(tweet.author.username)) {
    co_return RefusalPage(visit, api::Code::kForbidden, "Only its author can delete a tweet.");
  }
  const std::string address = TweetAddress(tweet.author.username, tweet.id);
  const PageHead head{.title = "Delete this tweet?", .kind = "delete", .of = tweet.author.username};
  co_return HtmlResponse(
      200, WritePage(visit, head, [&](HtmlWriter& html) {
        html.Markup(
            "<main class=\"column alone\" id=\"main\"><h1 class=\"title\">Delete this tweet?</h1>"
            "<blockquote class=\"card single\"><p class=\"text\" dir=\"auto\">");
        WriteRichText(html, tweet.content);
        html.Markup(
                "</p></blockquote><p>It is gone for everybody, and its favorites with it.</p>"
                "<form class=\"row\" method=\"post\"")
            .Address("action", address + "/delete")
            .Markup("><a class=\"button\"")
            .Address("href", address)
            .Markup(
                ">Cancel</a> <button class=\"button danger\" type=\"submit\">Delete</button></form>"
                "</main>");
      }));
}

std::string WriteTweetPage(const Visit& visit, const FormState& state) {
  const PageHead head{.title = "Write a tweet", .kind = "write", .writes_here = true};
  return WritePage(visit, head, [&](HtmlWriter& html) {
    html.Markup("<main class=\"column alone\" id=\"main\"><h1 class=\"title\">Write a tweet</h1>");
    if (state.FaultAt("content").empty()) WriteRefusal(html, state);
    html.Markup("<form class=\"compose\" method=\"post\" action=\"/write\">");
    WriteComposeFields(html, {.typed = state.Typed("content"),
                              .fault = state.FaultAt("content"),
                              .nonce = state.Typed("nonce")});
    html.Markup("</form></main>");
  });
}

api::Task<api::Response> ShowWrite(Visit& visit) {
  const FormState empty;
  co_return HtmlResponse(200, WriteTweetPage(visit, empty));
}

}  // namespace warble::web
