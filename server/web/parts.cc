#include "server/web/parts.h"

#include "api/http/time_format.h"
#include "server/web/layout.h"
#include "server/web/phrases.h"
#include "server/web/rich_text.h"
#include "server/web/song.h"

namespace warble::web {
namespace {

// A count that is cut says in its title what it is.
void WriteCountTitle(HtmlWriter& html, std::uint64_t count) {
  constexpr std::uint64_t kFirstCut = 10'000;
  if (count >= kFirstCut) html.Attribute("title", ExactCount(count));
}

void WriteStarFace(HtmlWriter& html, std::uint64_t count) {
  WriteIcon(html, "#star");
  html.Markup("<span class=\"hidden-visually\">Favorite</span> <span class=\"n\"");
  WriteCountTitle(html, count);
  html.Markup(">");
  if (count > 0) html.Text(ShortCount(count));
  html.Markup("</span>");
}

void WriteFollowFace(HtmlWriter& html, Literal open, Literal verb, const std::string& name) {
  html.Markup(open)
      .Markup(verb)
      .Markup("<span class=\"hidden-visually\"> ")
      .Text(name)
      .Markup("</span></span>");
}

// Nothing beside oneself, nor for who is not signed in.
void WriteFollowForm(HtmlWriter& html, const contract::UserSummary& user) {
  const bool following = user.viewer->following;
  html.Markup("<form class=\"follow-form\" method=\"post\"")
      .Address("action", UserAddress(user.username) + (following ? "/unfollow" : "/follow"))
      .Attribute("data-of", user.username)
      .Markup("><button class=\"button follow")
      .Markup(following ? Literal(" is-on") : Literal(""))
      .Markup("\" type=\"submit\">");
  const std::string name = ShownName(user);
  WriteFollowFace(html, "<span class=\"off\">", "Follow", name);
  WriteFollowFace(html, "<span class=\"on\">", "Following", name);
  WriteFollowFace(html, "<span class=\"undo\">", "Unfollow", name);
  html.Markup("</button></form>");
}

void WriteCardButton(HtmlWriter& html, const Visit& visit, const contract::User& user,
                     bool is_heading) {
  if (visit.IsReader(user.username)) {
    if (is_heading) html.Markup("<a class=\"button\" href=\"/settings\">Edit profile</a>");
  } else if (!visit.reader) {
    html.Markup("<a class=\"button\"")
        .Address("href", SignInAddress(UserAddress(user.username)))
        .Markup(">Sign in to follow</a>");
  } else if (user.viewer) {
    WriteFollowForm(html, user);
  }
}

void WriteCardCount(HtmlWriter& html, const std::string& address, Literal name, std::uint64_t count,
                    Literal label) {
  html.Markup("<li><a")
      .Address("href", address)
      .Markup("><b data-count=\"")
      .Markup(name)
      .Markup("\"")
      .Attribute("data-n", count);
  WriteCountTitle(html, count);
  html.Markup(">").Text(ShortCount(count)).Markup("</b>").Markup(label).Markup("</a></li>");
}

void WriteCardCounts(HtmlWriter& html, const contract::User& user) {
  const std::string address = UserAddress(user.username);
  html.Markup("<ul class=\"counts\">");
  WriteCardCount(html, address, "tweets", user.tweets_count,
                 user.tweets_count == 1 ? Literal("tweet") : Literal("tweets"));
  WriteCardCount(html, address + "/followees", "followees", user.followees_count, "following");
  WriteCardCount(html, address + "/followers", "followers", user.followers_count,
                 user.followers_count == 1 ? Literal("follower") : Literal("followers"));
  WriteCardCount(html, address + "/favorites", "favorites", user.favorites_count,
                 user.favorites_count == 1 ? Literal("favorite") : Literal("favorites"));
  html.Markup("</ul>");
}

}  // namespace

std::string ShownName(const contract::UserSummary& user) {
  return DisplayName(user.first_name, user.last_name, user.username);
}

std::string TimeText(storage::Timestamp at) {
  std::string text;
  api::AppendTime(text, at);
  return text;
}

void WriteAge(HtmlWriter& html, const Visit& visit, storage::Timestamp at) {
  html.Markup("<time")
      .Attribute("datetime", TimeText(at))
      .Attribute("title", FullTime(at))
      .Markup(">")
      .Text(Age(at, visit.now))
      .Markup("</time>");
}

void WriteWho(HtmlWriter& html, const contract::UserSummary& user) {
  html.Markup("<p class=\"who\"><a")
      .Address("href", UserAddress(user.username))
      .Markup("><b><bdi>")
      .Text(ShownName(user))
      .Markup("</bdi></b></a> <span>@")
      .Text(user.username)
      .Markup("</span></p>");
}

void WriteActs(HtmlWriter& html, const Visit& visit, const contract::Tweet& tweet) {
  const std::string address = TweetAddress(tweet.author.username, tweet.id);
  if (!visit.reader) {
    html.Markup("<p class=\"acts\"><a class=\"act star\"")
        .Address("href", SignInAddress(address))
        .Markup(">");
    WriteStarFace(html, tweet.favorites_count);
    html.Markup("</a></p>");
    return;
  }
  const bool favorited = tweet.favorited.value_or(false);
  html.Markup("<form class=\"acts\" method=\"post\"")
      .Address("action", address + (favorited ? "/unfavorite" : "/favorite"))
      .Markup("><button class=\"act star\" type=\"submit\" aria-pressed=\"")
      .Markup(favorited ? Literal("true\"") : Literal("false\""))
      .Attribute("data-n", tweet.favorites_count)
      .Markup(">");
  WriteStarFace(html, tweet.favorites_count);
  html.Markup("</button>");
  if (visit.IsReader(tweet.author.username)) {
    html.Markup("<a class=\"act push\" data-delete")
        .Address("href", address + "/delete")
        .Markup(">Delete</a>");
  }
  html.Markup("</form>");
}

void WriteTweetItem(HtmlWriter& html, const Visit& visit, const contract::Tweet& tweet,
                    std::string_view favorited_by) {
  const std::string& author = tweet.author.username;
  html.Markup("<li")
      .Attribute("id", "t" + tweet.id)
      .Markup("><article class=\"tweet\" tabindex=\"-1\"")
      .Attribute("data-id", tweet.id)
      .Attribute("data-by", author)
      .Markup(">");
  WriteAvatar(html, author, AvatarSize::kUsual);
  html.Markup("<div>");
  if (!favorited_by.empty()) {
    html.Markup("<p class=\"why\"><bdi>").Text(favorited_by).Markup("</bdi> favorited this</p>");
  }
  html.Markup("<header class=\"tweet-head\">");
  WriteWho(html, tweet.author);
  html.Markup("<a class=\"when\"").Address("href", TweetAddress(author, tweet.id)).Markup(">");
  WriteAge(html, visit, tweet.created_at);
  html.Markup("</a></header><p class=\"text\" dir=\"auto\">");
  WriteRichText(html, tweet.content);
  html.Markup("</p>");
  WriteActs(html, visit, tweet);
  html.Markup("</div></article></li>");
}

void WritePersonItem(HtmlWriter& html, const Visit& visit, const contract::ListedUser& listed) {
  const contract::UserSummary& user = listed.user;
  html.Markup("<li").Attribute("data-of", user.username).Markup(">");
  WriteAvatar(html, user.username, AvatarSize::kUsual);
  WriteWho(html, user);
  if (listed.at) {
    html.Markup("<span class=\"when\">");
    WriteAge(html, visit, *listed.at);
    html.Markup("</span>");
  }
  if (visit.reader && user.viewer && !visit.IsReader(user.username)) WriteFollowForm(html, user);
  html.Markup("</li>");
}

void WriteCard(HtmlWriter& html, const Visit& visit, const contract::User& user, bool is_heading) {
  html.Markup("<div class=\"card\">");
  WriteStrip(html, user.username);
  html.Markup("<div class=\"person\"><div class=\"person-top\">");
  WriteAvatar(html, user.username, AvatarSize::kLarge);
  WriteCardButton(html, visit, user, is_heading);
  html.Markup(is_heading ? Literal("</div><h1 class=\"name\" dir=\"auto\">")
                         : Literal("</div><p class=\"name\" dir=\"auto\">"))
      .Markup("<bdi>")
      .Text(ShownName(user))
      .Markup(is_heading ? Literal("</bdi></h1>") : Literal("</bdi></p>"))
      .Markup("<p class=\"handle\">@")
      .Text(user.username);
  if (user.viewer && user.viewer->followed_by) {
    html.Markup(" <span class=\"chip\">Follows you</span>");
  }
  html.Markup("</p>");
  if (!user.description.empty()) {
    html.Markup("<p class=\"about\" dir=\"auto\">");
    WriteRichText(html, user.description);
    html.Markup("</p>");
  }
  if (is_heading) {
    html.Markup("<p class=\"joined\">Joined <time data-day")
        .Attribute("datetime", TimeText(user.created_at))
        .Markup(">")
        .Text(Day(user.created_at))
        .Markup("</time></p>");
  }
  WriteCardCounts(html, user);
  html.Markup("</div></div>");
}

void WriteEnd(HtmlWriter& html, std::string_view next, Literal more) {
  if (next.empty()) {
    html.Markup("<p class=\"older end\">That is all.</p>");
    return;
  }
  html.Markup("<p class=\"older\"><a class=\"button\" rel=\"next\"")
      .Address("href", next)
      .Markup(">")
      .Markup(more)
      .Markup("</a></p>");
}

void WriteEmptyList(HtmlWriter& html, Literal heading, std::string_view text) {
  html.Markup(
          "<section class=\"quiet\" id=\"empty\"><svg viewBox=\"0 0 120 32\" aria-hidden=\"true\">"
          "<path d=\"M4 16v.01M12 16v.01M20 16v.01M28 16v.01M36 14v4M44 11v10M52 7v18M60 4v24M68 "
          "8v16M76 13v6M84 16v.01M92 16v.01M100 16v.01M108 16v.01M116 16v.01\"/></svg><h2>")
      .Markup(heading)
      .Markup("</h2><p>")
      .Text(text)
      .Markup("</p></section>");
}

void WriteNote(HtmlWriter& html, Literal text) {
  html.Markup("<p class=\"note\" id=\"note\" role=\"status\">").Markup(text).Markup("</p>");
}

void WriteEndedNote(HtmlWriter& html, const Visit& visit) {
  if (!visit.ended) return;
  html.Markup("<p class=\"note\" id=\"note\" role=\"status\" data-ended>Your session has ended. <a")
      .Address("href", SignInAddress(SafeNext(visit.head.target)))
      .Markup(">Sign in</a></p>");
}

}  // namespace warble::web
