#include "server/web/rich_text.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace warble::web {
namespace {

// The pieces of a text with links as <…> and mentions as [...].
std::string Marked(std::string_view text) {
  std::string marked;
  std::string joined;
  for (const TextPiece& piece : FindPieces(text)) {
    joined += piece.text;
    const bool link = piece.kind == TextPiece::Kind::kLink;
    const bool mention = piece.kind == TextPiece::Kind::kMention;
    marked += link ? "<" : mention ? "[" : "";
    marked += piece.text;
    marked += link ? ">" : mention ? "]" : "";
  }
  CHECK(joined == text);
  return marked;
}

struct Case {
  std::string_view text;
  std::string_view marked;
};

TEST_CASE("rich text: links are found") {
  for (const Case& one : {
           Case{"https://a.example", "<https://a.example>"},
           Case{"see http://a.example/b.", "see <http://a.example/b>."},
           Case{"HTTPS://A.example!", "<HTTPS://A.example>!"},
           Case{"(https://a.example/b)", "(<https://a.example/b>)"},
           Case{"https://a.example/b_(c)", "<https://a.example/b_(c)>"},
           Case{"[https://a.example/b]", "[<https://a.example/b>]"},
           Case{"https://a.example/?q=1&r=2#x", "<https://a.example/?q=1&r=2#x>"},
           Case{"https://a.example, and", "<https://a.example>, and"},
           Case{"https://a.example/b...", "<https://a.example/b>..."},
           Case{"\"https://a.example\"", "\"<https://a.example>\""},
           Case{"a\nhttps://a.example\nb", "a\n<https://a.example>\nb"},
           Case{"https://a.example:8080/x", "<https://a.example:8080/x>"},
           Case{"https://[::1]/x", "<https://[::1]/x>"},
           Case{"https://müller.example/ü", "<https://müller.example/ü>"},
           Case{"見て https://a.example。", "見て <https://a.example>。"},
           Case{"「https://a.example」", "「<https://a.example>」"},
           Case{"https://a.example/@maya", "<https://a.example/@maya>"},
           Case{"https://a.examplehttps://b.example", "<https://a.examplehttps://b.example>"},
           Case{"https://a.example https://b.example", "<https://a.example> <https://b.example>"},
           Case{"https://a.example\u202Egpj", "<https://a.example>\u202Egpj"},
           Case{"https://a.example\u2066x", "<https://a.example>\u2066x"},
           Case{"https://a.example\u200Bx", "<https://a.example>\u200Bx"},
           Case{"https://a.example\uFEFFx", "<https://a.example>\uFEFFx"},
           Case{"https://a.example\u3000x", "<https://a.example>\u3000x"},
           Case{"https://a.example<b>", "<https://a.example><b>"},
       }) {
    CAPTURE(one.text);
    CHECK(Marked(one.text) == one.marked);
  }
}

TEST_CASE("rich text: what is no link stays a text") {
  for (const std::string_view text :
       {"https://", "http://.", "https://@", "https://a@b", "https://a:p@b.example/x",
        "javascript:alert(1)", "data:text/html,x", "ftp://a.example", "//a.example", "a.example",
        "xhttps://a.example", "https:/a.example", "https:// a.example", "http://?x", "h", "H",
        "https://_", "https://\u202Ea.example"}) {
    CAPTURE(text);
    for (const TextPiece& piece : FindPieces(text)) {
      CHECK(piece.kind == TextPiece::Kind::kPlain);
    }
  }
}

TEST_CASE("rich text: mentions are found") {
  for (const Case& one : {
           Case{"@maya", "[@maya]"},
           Case{"@maya, @arjun_r!", "[@maya], [@arjun_r]!"},
           Case{"(@maya)", "([@maya])"},
           Case{"hi @maya.", "hi [@maya]."},
           Case{"@maya's", "[@maya]'s"},
           Case{"你好@maya你好", "你好[@maya]你好"},
           Case{"@name_of_thirty_characters_long", "[@name_of_thirty_characters_long]"},
           Case{"@name_of_thirty_characters_long1", "@name_of_thirty_characters_long1"},
           Case{"a@b.example", "a@b.example"},
           Case{"@a@b", "@a@b"},
           Case{"@@x", "@@x"},
           Case{"@", "@"},
           Case{"@ maya", "@ maya"},
           Case{"_@maya", "_@maya"},
           Case{"@é", "@é"},
           Case{"-@maya", "-[@maya]"},
       }) {
    CAPTURE(one.text);
    CHECK(Marked(one.text) == one.marked);
  }
}

TEST_CASE("rich text: what is written is escaped, links and mentions too") {
  HtmlWriter html;
  WriteRichText(html, "<b> @maya https://a.example/?a&b'c");
  CHECK(html.Take() ==
        "&lt;b&gt; <a href=\"/@maya\">@maya</a> <a href=\"https://a.example/?a&amp;b%27c\" "
        "rel=\"nofollow noopener\">https://a.example/?a&amp;b&#39;c</a>");
}

}  // namespace
}  // namespace warble::web
