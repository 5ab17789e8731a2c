// What every page has around its content: head, bar, menu, foot and dialogs.
#pragma once

#include "server/web/html.h"
#include "server/web/visit.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace warble::web {

/// What other sites show of a page that may be read without a session.
struct Preview {
  std::string title;
  std::string description;
  std::string address;  ///< the page's canonical path
  bool is_profile = false;
};

struct PageHead {
  std::string title;      ///< without the site's name
  std::string_view kind;  ///< data-page: which page this is, for the script
  std::string of{};       ///< data-of: whose page this is, if anybody's
  std::optional<Preview> preview{};
  std::string next{};        ///< where signing in leads; empty: to this page
  bool writes_here = false;  ///< the page has the form for a tweet itself, so it needs no dialog
};

/// A whole page. `content` writes what stands between the bar and the foot.
std::string WritePage(const Visit& visit, const PageHead& head,
                      const std::function<void(HtmlWriter&)>& content);

/// The inner part of the form for a tweet, from its hidden fields on: what was typed, what is wrong
/// with it, and the nonce it was sent with.
struct ComposeState {
  std::string typed{};
  std::string fault{};
  std::string nonce{};
};
void WriteComposeFields(HtmlWriter& html, const ComposeState& state);

/// The hidden field by which two posts of one page are known to be one. A form that was refused
/// keeps its nonce, as it may have been executed all the same; else there is a new one.
void WriteNonce(HtmlWriter& html, std::string_view kept);
/// Whether a text can be a nonce of ours.
bool IsNonce(std::string_view text);
/// An icon of icons.svg.
void WriteIcon(HtmlWriter& html, Literal reference);

}  // namespace warble::web
