// Texts with links and mentions in them. One function finds them for every page.
//
// A link is http:// or https:// with a host and no user part, at most up to the next white space,
// invisible character or bidi control; punctuation at its end belongs to the sentence. A mention is
// '@' and 1 to 30 characters of the username alphabet that no such character and no second '@'
// stands beside. Pure functions, thread-safe; texts are valid UTF-8.
#pragma once

#include "server/web/html.h"

#include <string_view>
#include <vector>

namespace warble::web {

struct TextPiece {
  enum class Kind { kPlain, kLink, kMention };
  Kind kind;
  std::string_view text;  ///< a mention with its '@'
  friend bool operator==(const TextPiece&, const TextPiece&) = default;
};

/// The pieces of a text, which joined together are the text.
std::vector<TextPiece> FindPieces(std::string_view text);

/// Writes the text with its links and mentions as links.
void WriteRichText(HtmlWriter& html, std::string_view text);

}  // namespace warble::web
