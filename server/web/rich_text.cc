#include "server/web/rich_text.h"

#include "api/http/body.h"
#include "api/http/text.h"
#include "server/web/code_points.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace warble::web {
namespace {

bool IsWord(char c) { return api::IsUsernameAlphabet({&c, 1}); }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Besides what is invisible: what no address holds unencoded, and the full stops, commas, quotes
// and brackets that end one in East Asian and typeset texts.
bool EndsLink(char32_t value) {
  constexpr std::u32string_view kEnds =
      U"<>\"`{}|\\^‘’‚‛“”„‟、。〃〈〉《》「」『』【】〔〕〖〗〘〙〚〛！（），．：；？";
  return IsInvisible(value) || kEnds.find(value) != kEnds.npos;
}

// A link without the punctuation that rather belongs to the sentence around it.
std::string_view WithoutTail(std::string_view link) {
  constexpr std::string_view kTail = ".,:;!?'*_~";
  while (!link.empty()) {
    const char last = link.back();
    if (kTail.find(last) != kTail.npos) {
      link.remove_suffix(1);
      continue;
    }
    if (last != ')' && last != ']') break;
    // "(see https://a.example/b)", but "https://a.example/b_(c)".
    const char opening = last == ')' ? '(' : '[';
    if (std::ranges::count(link, opening) >= std::ranges::count(link, last)) break;
    link.remove_suffix(1);
  }
  return link;
}

// Where a link would begin with a scheme, the size of that; else 0.
std::size_t SchemeSize(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (api::EqualsIgnoringCase(text.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

// What a link's host, and perhaps its port, are.
bool IsAuthority(std::string_view text) {
  if (text.empty() || text.find('@') != text.npos) return false;
  return !IsAscii(text[0]) || (IsWord(text[0]) && text[0] != '_') || text[0] == '[';
}

// The link at the beginning of `text`, empty if there is none.
std::string_view LinkAt(std::string_view text) {
  const std::size_t scheme = SchemeSize(text);
  if (scheme == 0) return {};
  std::size_t end = scheme;
  while (end < text.size()) {
    const CodePoint point = CodePointAt(text, end);
    if (EndsLink(point.value)) break;
    end += point.size;
  }
  const std::string_view link = WithoutTail(text.substr(0, end));
  if (link.size() <= scheme) return {};
  const std::string_view rest = link.substr(scheme);
  return IsAuthority(rest.substr(0, rest.find_first_of("/?#"))) ? link : std::string_view();
}

// The mention at the beginning of `text`, empty if there is none.
std::string_view MentionAt(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && IsWord(text[end])) ++end;
  const std::size_t size = end - 1;
  if (size == 0 || size > api::FieldReader::kUsernameMax) return {};
  if (end < text.size() && text[end] == '@') return {};
  return text.substr(0, end);
}

// Whether a link or a mention may begin at a place of the text: not within a word.
bool MayBeginAt(std::string_view text, std::size_t at) {
  return at == 0 || !(IsWord(text[at - 1]) || text[at - 1] == '@');
}

TextPiece PieceAt(std::string_view text, std::size_t at) {
  using Kind = TextPiece::Kind;
  const char c = text[at];
  const std::string_view rest = text.substr(at);
  if ((c == 'h' || c == 'H') && MayBeginAt(text, at)) return {Kind::kLink, LinkAt(rest)};
  if (c == '@' && MayBeginAt(text, at)) return {Kind::kMention, MentionAt(rest)};
  return {Kind::kPlain, {}};
}

}  // namespace

std::vector<TextPiece> FindPieces(std::string_view text) {
  std::vector<TextPiece> pieces;
  std::size_t plain = 0;
  const auto add_plain = [&](std::size_t end) {
    if (plain < end) pieces.push_back({TextPiece::Kind::kPlain, text.substr(plain, end - plain)});
  };
  std::size_t at = 0;
  while ((at = text.find_first_of("@hH", at)) != text.npos) {
    const TextPiece piece = PieceAt(text, at);
    if (piece.text.empty()) {
      ++at;
      continue;
    }
    add_plain(at);
    pieces.push_back(piece);
    at += piece.text.size();
    plain = at;
  }
  add_plain(text.size());
  return pieces;
}

void WriteRichText(HtmlWriter& html, std::string_view text) {
  for (const TextPiece& piece : FindPieces(text)) {
    switch (piece.kind) {
      case TextPiece::Kind::kPlain:
        html.Text(piece.text);
        break;
      case TextPiece::Kind::kLink:
        html.Markup("<a")
            .Address("href", piece.text)
            .Markup(" rel=\"nofollow noopener\">")
            .Text(piece.text)
            .Markup("</a>");
        break;
      case TextPiece::Kind::kMention:
        html.Markup("<a")
            .Address("href", std::string("/").append(piece.text))
            .Markup(">")
            .Text(piece.text)
            .Markup("</a>");
        break;
    }
  }
}

}  // namespace warble::web
