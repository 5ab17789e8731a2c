// Lists of pages: one page of a list asked for, shown, and given to the script as a fragment.
#pragma once

#include "server/web/html.h"
#include "server/web/visit.h"

#include <string>
#include <variant>

namespace warble::web {

/// Where a list comes from and how it is shown.
struct ListSource {
  std::string target;   ///< of the API, with its query but for cursor and expand
  std::string address;  ///< of the page that shows it, without a cursor
  Literal more;         ///< the link to the next page
  Literal empty;        ///< the heading of an empty list
  std::string empty_text{};
  std::string favorited_by{};  ///< whose favorites stand among the tweets of an activity
  bool grows = false;          ///< what is new is put at its head
};

template <class Item>
struct Listing {
  ListSource source;
  contract::List<Item> list;
};
using TweetListing = Listing<contract::Tweet>;
using UserListing = Listing<contract::ListedUser>;

/// The page of the list that the visit's cursor asks for, or the page that says why not.
api::Task<std::variant<TweetListing, api::Response>> AskForTweets(Visit& visit, ListSource source);
api::Task<std::variant<UserListing, api::Response>> AskForUsers(Visit& visit, ListSource source);

/// The list with its end.
void WriteListing(HtmlWriter& html, const Visit& visit, const TweetListing& listing);
void WriteListing(HtmlWriter& html, const Visit& visit, const UserListing& listing);

/// Whether the visit asks for the bare items alone.
bool WantsItems(const Visit& visit);
/// The items and the end of the list, nothing around them.
api::Response ItemsOf(const Visit& visit, const TweetListing& listing);
api::Response ItemsOf(const Visit& visit, const UserListing& listing);

}  // namespace warble::web
