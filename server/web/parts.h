// The parts that pages share: a tweet, a person, a card, and what a list ends with. Fragments for
// the script are written by the same functions.
#pragma once

#include "server/web/html.h"
#include "server/web/visit.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace warble::web {

/// What somebody is shown as.
std::string ShownName(const contract::UserSummary& user);

/// A tweet as a row of a list. `favorited_by` names whose favorite it is where the list is not of
/// its author's tweets; else empty.
void WriteTweetItem(HtmlWriter& html, const Visit& visit, const contract::Tweet& tweet,
                    std::string_view favorited_by = {});
/// A person as a row of a list.
void WritePersonItem(HtmlWriter& html, const Visit& visit, const contract::ListedUser& listed);

/// Name and handle of somebody, the name as a link.
void WriteWho(HtmlWriter& html, const contract::UserSummary& user);
/// Star and, on the reader's own, the way to delete it.
void WriteActs(HtmlWriter& html, const Visit& visit, const contract::Tweet& tweet);

/// A user's card. Its name is the page's heading on their own pages, and not beside another list.
void WriteCard(HtmlWriter& html, const Visit& visit, const contract::User& user, bool is_heading);

/// The last row of a list: a link to the next page, if there is one.
void WriteEnd(HtmlWriter& html, std::string_view next, Literal more);

/// What stands in place of a list that is empty.
void WriteEmptyList(HtmlWriter& html, Literal heading, std::string_view text);

/// A moment: `datetime`, and the full time where one points at it.
void WriteAge(HtmlWriter& html, const Visit& visit, storage::Timestamp at);

/// A message above a page's content.
void WriteNote(HtmlWriter& html, Literal text);
/// That the session which the request named has ended, if it has.
void WriteEndedNote(HtmlWriter& html, const Visit& visit);

/// `datetime` of HTML's time element.
std::string TimeText(storage::Timestamp at);

}  // namespace warble::web
