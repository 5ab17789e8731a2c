#include "server/web/listing.h"

#include "server/web/parts.h"

namespace warble::web {
namespace {

std::string WithParameter(std::string address, std::string_view name, std::string_view value) {
  address += address.find('?') == address.npos ? '?' : '&';
  return address.append(name).append("=").append(api::EncodeQueryValue(value));
}

template <class Item>
api::Task<std::variant<Listing<Item>, api::Response>> AskForListing(
    Visit& visit, ListSource source,
    std::optional<contract::List<Item>> (*read)(std::string_view)) {
  std::string target = WithParameter(source.target, "expand", "viewer");
  if (visit.query.Has("cursor")) {
    target = WithParameter(std::move(target), "cursor", visit.Parameter("cursor"));
  }
  auto list = co_await Ask<contract::List<Item>>(visit, std::move(target), read);
  if (auto* refusal = std::get_if<api::Response>(&list)) co_return std::move(*refusal);
  Listing<Item> listing{std::move(source), std::get<contract::List<Item>>(std::move(list))};
  co_return std::move(listing);
}

void WriteItem(HtmlWriter& html, const Visit& visit, const TweetListing& listing,
               const contract::Tweet& tweet) {
  WriteTweetItem(html, visit, tweet,
                 tweet.by_subject ? std::string_view() : listing.source.favorited_by);
}

void WriteItem(HtmlWriter& html, const Visit& visit, const UserListing&,
               const contract::ListedUser& user) {
  WritePersonItem(html, visit, user);
}

template <class Item>
void WriteItems(HtmlWriter& html, const Visit& visit, const Listing<Item>& listing) {
  for (const Item& item : listing.list.items) WriteItem(html, visit, listing, item);
}

template <class Item>
void WriteEndOf(HtmlWriter& html, const Listing<Item>& listing) {
  const auto& cursor = listing.list.next_cursor;
  WriteEnd(html, cursor ? WithParameter(listing.source.address, "cursor", *cursor) : std::string(),
           listing.source.more);
}

// What follows the opening tag of the list.
template <class Item>
void WriteRest(HtmlWriter& html, const Visit& visit, const Listing<Item>& listing) {
  WriteItems(html, visit, listing);
  html.Markup("</ol>");
  if (!listing.list.complete) {
    html.Markup(
        "<p class=\"note\">Not everything could be reached just now. It will be here again in a "
        "while.</p>");
  }
  if (listing.list.items.empty() && !listing.list.next_cursor) {
    WriteEmptyList(html, listing.source.empty, listing.source.empty_text);
  } else {
    WriteEndOf(html, listing);
  }
}

template <class Item>
api::Response FragmentOf(const Visit& visit, const Listing<Item>& listing) {
  constexpr std::size_t kUsualFragment = std::size_t{24} << 10;
  HtmlWriter html(kUsualFragment);
  WriteItems(html, visit, listing);
  WriteEndOf(html, listing);
  return HtmlResponse(200, html.Take());
}

}  // namespace

api::Task<std::variant<TweetListing, api::Response>> AskForTweets(Visit& visit, ListSource source) {
  return AskForListing<contract::Tweet>(visit, std::move(source), contract::ReadTweets);
}

api::Task<std::variant<UserListing, api::Response>> AskForUsers(Visit& visit, ListSource source) {
  return AskForListing<contract::ListedUser>(visit, std::move(source), contract::ReadUsers);
}

void WriteListing(HtmlWriter& html, const Visit& visit, const TweetListing& listing) {
  if (listing.source.grows) {
    html.Markup(
        "<button class=\"button main pill\" id=\"pill\" type=\"button\" hidden></button>"
        "<ol id=\"list\" data-grows>");
  } else {
    html.Markup("<ol id=\"list\">");
  }
  WriteRest(html, visit, listing);
}

void WriteListing(HtmlWriter& html, const Visit& visit, const UserListing& listing) {
  html.Markup("<ol id=\"list\" class=\"people\">");
  WriteRest(html, visit, listing);
}

bool WantsItems(const Visit& visit) { return visit.Parameter("part") == "items"; }

api::Response ItemsOf(const Visit& visit, const TweetListing& listing) {
  return FragmentOf(visit, listing);
}

api::Response ItemsOf(const Visit& visit, const UserListing& listing) {
  return FragmentOf(visit, listing);
}

}  // namespace warble::web
