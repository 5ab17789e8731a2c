// The pages of a user: tweets, favorites, activity, followers and followees, beside their card.
#include "api/http/time_format.h"
#include "server/web/layout.h"
#include "server/web/listing.h"
#include "server/web/pages.h"
#include "server/web/parts.h"
#include "server/web/phrases.h"

#include <fmt/format.h>

namespace warble::web {
namespace {

enum class Tab { kTweets, kFavorites, kActivity, kFollowers, kFollowees };

std::string_view KindOf(Tab tab) {
  switch (tab) {
    case Tab::kTweets:
      return "profile";
    case Tab::kFavorites:
      return "favorites";
    case Tab::kActivity:
      return "activity";
    case Tab::kFollowers:
      return "followers";
    case Tab::kFollowees:
      return "followees";
  }
  return {};
}

// One end of a span of days, as it was typed.
struct Bound {
  std::string_view typed;
  std::string parameter;  // of the API; empty when nothing usable was typed
  bool faulty = false;
};

constexpr std::uint64_t kDayMs = 24ULL * 60 * 60 * 1000;

// "&since=2026-11-01T00:00:00.000Z"; a span ends with the whole day that is its last.
Bound ReadBound(const Visit& visit, std::string_view name, std::uint64_t add_ms) {
  Bound bound{visit.Parameter(name), {}};
  bound.faulty = visit.query.Bad(name);
  if (bound.typed.empty()) return bound;
  const auto midnight = api::ParseTimeCeil(std::string(bound.typed) + "T00:00:00Z");
  bound.faulty = !midnight;
  if (midnight) {
    bound.parameter =
        fmt::format("&{}={}", name, TimeText(storage::Timestamp{midnight->ms + add_ms}));
  }
  return bound;
}

struct Filters {
  bool favorited = false;
  bool by_date = false;
  Bound since;
  Bound until;
  bool any() const { return favorited || by_date; }
  bool faulty() const { return since.faulty || until.faulty; }
};

Filters ReadFilters(const Visit& visit) {
  Filters filters;
  filters.favorited = visit.Parameter("favorited") == "true";
  filters.since = ReadBound(visit, "since", 0);
  filters.until = ReadBound(visit, "until", kDayMs);
  filters.by_date = visit.query.Has("since") || visit.query.Has("until") ||
                    (visit.query.Has("dates") && !filters.favorited);
  return filters;
}

// The page's own address with its filters.
std::string AddressWith(const Filters& filters, std::string address) {
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    address += separator;
    separator = '&';
    address.append(name).append("=").append(api::EncodeQueryValue(value));
  };
  if (filters.favorited) add("favorited", "true");
  if (!filters.since.typed.empty()) add("since", filters.since.typed);
  if (!filters.until.typed.empty()) add("until", filters.until.typed);
  return address;
}

ListSource TweetsOf(const Visit& visit, const Filters& filters) {
  const std::string_view who = visit.names.user;
  std::string target = fmt::format("/api/users/{}/tweets?limit=20", api::EncodeQueryValue(who));
  if (filters.favorited) target += "&favorited=true";
  target += filters.since.parameter + filters.until.parameter;
  return {.target = std::move(target),
          .address = AddressWith(filters, UserAddress(who)),
          .more = "Older tweets",
          .empty = filters.any() ? Literal("No such tweets") : Literal("No tweets yet"),
          .empty_text =
              filters.any() ? "None of them is like that." : "Whatever they write will be here.",
          .grows = !filters.any()};
}

ListSource SourceOf(const Visit& visit, Tab tab) {
  const std::string who = api::EncodeQueryValue(visit.names.user);
  const std::string_view kind = KindOf(tab);
  const bool people = tab == Tab::kFollowers || tab == Tab::kFollowees;
  ListSource source{.target = fmt::format("/api/users/{}/{}?limit=20", who, kind),
                    .address = fmt::format("{}/{}", UserAddress(visit.names.user), kind),
                    .more = people ? Literal("More people") : Literal("Older tweets"),
                    .empty = people ? Literal("Nobody yet") : Literal("Nothing yet")};
  if (tab == Tab::kFollowers) source.empty_text = "Whoever follows them will be here.";
  if (tab == Tab::kFollowees) source.empty_text = "Whom they follow will be here.";
  if (tab == Tab::kFavorites) source.empty_text = "What they favorite will be here.";
  if (tab == Tab::kActivity) source.empty_text = "What they write or favorite will be here.";
  return source;
}

void WriteTab(HtmlWriter& html, const std::string& address, bool current, Literal label) {
  html.Markup("<a").Address("href", address);
  if (current) html.Markup(" aria-current=\"page\"");
  html.Markup(">").Markup(label).Markup("</a>");
}

void WriteTabs(HtmlWriter& html, const contract::User& user, Tab tab) {
  const std::string address = UserAddress(user.username);
  html.Markup("<nav class=\"tabs\"")
      .Attribute("aria-label", "Lists of " + ShownName(user))
      .Markup(">");
  WriteTab(html, address, tab == Tab::kTweets, "Tweets");
  WriteTab(html, address + "/favorites", tab == Tab::kFavorites, "Favorites");
  WriteTab(html, address + "/activity", tab == Tab::kActivity, "Activity");
  html.Markup("</nav>");
}

void WriteFilter(HtmlWriter& html, const std::string& address, bool current, Literal label) {
  html.Markup("<a").Address("href", address);
  if (current) html.Markup(" aria-current=\"true\"");
  html.Markup(">").Markup(label).Markup("</a>");
}

void WriteDateField(HtmlWriter& html, Literal name, Literal label, const Bound& bound) {
  html.Markup("<div class=\"field\"><label for=\"")
      .Markup(name)
      .Markup("\">")
      .Markup(label)
      .Markup("</label><input id=\"")
      .Markup(name)
      .Markup("\" name=\"")
      .Markup(name)
      .Markup("\" type=\"date\"")
      .Attribute("value", bound.typed);
  if (!bound.faulty) {
    html.Markup("></div>");
    return;
  }
  html.Markup(" aria-invalid=\"true\" aria-describedby=\"")
      .Markup(name)
      .Markup("-fault\"><p class=\"fault\" id=\"")
      .Markup(name)
      .Markup("-fault\">A day is written like 2026-11-30.</p></div>");
}

void WriteFilters(HtmlWriter& html, const contract::User& user, const Filters& filters) {
  const std::string address = UserAddress(user.username);
  html.Markup("<p class=\"filters\">");
  WriteFilter(html, address, !filters.any(), "All");
  WriteFilter(html, address + "?favorited=true", filters.favorited, "Favorited at least once");
  WriteFilter(html, address + "?dates", filters.by_date, "By date");
  html.Markup("</p>");
  if (!filters.by_date) return;
  html.Markup("<form class=\"form dates\"")
      .Address("action", address)
      .Markup("><div class=\"pair\">");
  WriteDateField(html, "since", "From", filters.since);
  WriteDateField(html, "until", "To", filters.until);
  html.Markup("</div><button class=\"button\" type=\"submit\">Show</button></form>");
}

void WriteListHeading(HtmlWriter& html, Tab tab) {
  switch (tab) {
    case Tab::kTweets:
      html.Markup("<h2 class=\"hidden-visually\" id=\"list-title\" tabindex=\"-1\">Tweets</h2>");
      break;
    case Tab::kFavorites:
      html.Markup("<h2 class=\"hidden-visually\" id=\"list-title\" tabindex=\"-1\">Favorites</h2>");
      break;
    case Tab::kActivity:
      html.Markup("<h2 class=\"hidden-visually\" id=\"list-title\" tabindex=\"-1\">Activity</h2>");
      break;
    case Tab::kFollowers:
      html.Markup("<h2 class=\"title\" id=\"list-title\" tabindex=\"-1\">Followers</h2>");
      break;
    case Tab::kFollowees:
      html.Markup("<h2 class=\"title\" id=\"list-title\" tabindex=\"-1\">Following</h2>");
      break;
  }
}

Preview PreviewOf(const contract::User& user) {
  std::string description = user.description;
  if (description.empty()) {
    description = fmt::format("{} tweets, {} followers.", ShortCount(user.tweets_count),
                              ShortCount(user.followers_count));
  }
  return {.title = fmt::format("{} (@{})", ShownName(user), user.username),
          .description = std::move(description),
          .address = UserAddress(user.username),
          .is_profile = true};
}

// The page with the card, the tabs and a list of either kind.
template <class Item>
std::string WriteUserPage(const Visit& visit, const contract::User& user, Tab tab,
                          const Filters& filters, const Listing<Item>& listing) {
  PageHead head{.title = fmt::format("{} (@{})", ShownName(user), user.username),
                .kind = KindOf(tab),
                .of = user.username};
  if (visit.anonymous_reads) head.preview = PreviewOf(user);
  return WritePage(visit, head, [&](HtmlWriter& html) {
    html.Markup("<div class=\"frame\"><aside class=\"profile\"")
        .Attribute("aria-label", ShownName(user))
        .Markup(">");
    WriteCard(html, visit, user, true);
    html.Markup("</aside><main class=\"column\" id=\"main\">");
    WriteEndedNote(html, visit);
    WriteTabs(html, user, tab);
    if (tab == Tab::kTweets) WriteFilters(html, user, filters);
    WriteListHeading(html, tab);
    WriteListing(html, visit, listing);
    html.Markup("</main></div>");
  });
}

template <class Item>
using Asking = api::Task<std::variant<Listing<Item>, api::Response>> (*)(Visit&, ListSource);

template <class Item>
api::Task<api::Response> ShowUserPage(Visit& visit, Tab tab, Filters filters, ListSource source,
                                      Asking<Item> ask) {
  std::optional<contract::User> user;
  if (!WantsItems(visit)) {
    auto asked = co_await Ask<contract::User>(
        visit, fmt::format("/api/users/{}?expand=viewer", api::EncodeQueryValue(visit.names.user)),
        contract::ReadUser);
    if (auto* refusal = std::get_if<api::Response>(&asked)) co_return std::move(*refusal);
    user = std::get<contract::User>(std::move(asked));
    if (user->username != visit.names.user) co_return MovedTo(visit, user->username);
    source.favorited_by = ShownName(*user);
  } else if (tab == Tab::kActivity) {
    source.favorited_by = visit.names.user;
  }
  auto asked = co_await ask(visit, std::move(source));
  if (auto* refusal = std::get_if<api::Response>(&asked)) co_return std::move(*refusal);
  const auto& listing = std::get<Listing<Item>>(asked);
  if (!user) co_return ItemsOf(visit, listing);
  co_return HtmlResponse(filters.faulty() ? 422 : 200,
                         WriteUserPage(visit, *user, tab, filters, listing));
}

}  // namespace

api::Task<api::Response> ShowProfile(Visit& visit) {
  Filters filters = ReadFilters(visit);
  ListSource source = TweetsOf(visit, filters);
  return ShowUserPage<contract::Tweet>(visit, Tab::kTweets, std::move(filters), std::move(source),
                                       AskForTweets);
}

api::Task<api::Response> ShowFavorites(Visit& visit) {
  return ShowUserPage<contract::Tweet>(visit, Tab::kFavorites, {}, SourceOf(visit, Tab::kFavorites),
                                       AskForTweets);
}

api::Task<api::Response> ShowActivity(Visit& visit) {
  return ShowUserPage<contract::Tweet>(visit, Tab::kActivity, {}, SourceOf(visit, Tab::kActivity),
                                       AskForTweets);
}

api::Task<api::Response> ShowFollowers(Visit& visit) {
  return ShowUserPage<contract::ListedUser>(visit, Tab::kFollowers, {},
                                            SourceOf(visit, Tab::kFollowers), AskForUsers);
}

api::Task<api::Response> ShowFollowees(Visit& visit) {
  return ShowUserPage<contract::ListedUser>(visit, Tab::kFollowees, {},
                                            SourceOf(visit, Tab::kFollowees), AskForUsers);
}

}  // namespace warble::web
