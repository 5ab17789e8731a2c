#include "server/web/layout.h"

#include "api/http/base64url.h"
#include "server/web/parts.h"
#include "server/web/song.h"

#include <random>

namespace warble::web {
namespace {

// 64 random bits as text. No secret: it tells pages apart, not people.
std::string MakeNonce() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const std::uint64_t bits = random();
  return api::EncodeBase64Url({reinterpret_cast<const char*>(&bits), sizeof(bits)});
}

// This origin as the client calls it.
std::string OriginOf(const Visit& visit) {
  return std::string(visit.head.secure ? "https://" : "http://")
      .append(visit.head.Find("Host").value_or(std::string_view()));
}

void WriteMeta(HtmlWriter& html, Literal property, std::string_view content) {
  html.Markup("<meta property=\"")
      .Markup(property)
      .Markup("\"")
      .Attribute("content", content)
      .Markup(">");
}

void WritePreview(HtmlWriter& html, const Visit& visit, const Preview& preview) {
  const std::string address = OriginOf(visit) + preview.address;
  html.Markup("<meta name=\"description\"")
      .Attribute("content", preview.description)
      .Markup("><link rel=\"canonical\"")
      .Address("href", address)
      .Markup(">");
  WriteMeta(html, "og:site_name", "Warble");
  WriteMeta(html, "og:type", preview.is_profile ? "profile" : "article");
  WriteMeta(html, "og:title", preview.title);
  WriteMeta(html, "og:description", preview.description);
  WriteMeta(html, "og:url", address);
}

void WriteHead(HtmlWriter& html, const Visit& visit, const PageHead& head) {
  html.Markup(
          "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
          "<meta name=\"color-scheme\" content=\"light dark\">"
          "<meta name=\"theme-color\" content=\"#faf8f4\" media=\"(prefers-color-scheme: light)\">"
          "<meta name=\"theme-color\" content=\"#101412\" media=\"(prefers-color-scheme: dark)\">"
          "<title>")
      .Text(head.title)
      .Markup(" - Warble</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">")
      .Markup("<link rel=\"stylesheet\"")
      .Address("href", AssetPath("style.css"))
      .Markup("><script type=\"module\"")
      .Address("src", AssetPath("app.js"))
      .Markup("></script>");
  if (head.preview) WritePreview(html, visit, *head.preview);
  html.Markup("</head><body").Attribute("data-page", head.kind);
  if (visit.reader) {
    html.Attribute("data-user", visit.reader->username)
        .Attribute("data-name", ShownName(*visit.reader));
  }
  if (!head.of.empty()) html.Attribute("data-of", head.of);
  html.Markup(">").Markup(FindAsset("icons.svg"));
  html.Markup("<a class=\"skip\" href=\"#main\">Skip to the content</a>");
}

void WriteSearch(HtmlWriter& html) {
  html.Markup(
      "<search class=\"search\"><form action=\"/people\">"
      "<label class=\"hidden-visually\" for=\"who\">Find people</label>");
  WriteIcon(html, "#find");
  html.Markup(
      "<input id=\"who\" name=\"prefix\" type=\"search\" placeholder=\"Find people\" "
      "autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\"></form></search>"
      "<a class=\"act find\" href=\"/people\" aria-label=\"Find people\">");
  WriteIcon(html, "#find");
  html.Markup("</a>");
}

void WriteReadersButtons(HtmlWriter& html, const contract::User& reader) {
  html.Markup(
      "<form class=\"to-write\" action=\"/write\"><button class=\"button main\" type=\"submit\" "
      "aria-haspopup=\"dialog\" id=\"write-button\">");
  WriteIcon(html, "#pen");
  html.Markup("Write</button></form><button class=\"me\" type=\"button\" popovertarget=\"menu\"")
      .Attribute("aria-label", "You, " + ShownName(reader))
      .Markup(">");
  WriteAvatar(html, reader.username, AvatarSize::kSmall);
  html.Markup("</button><nav class=\"menu\" id=\"menu\" popover aria-label=\"You\"><a")
      .Address("href", UserAddress(reader.username))
      .Markup(
          ">Your profile</a><a href=\"/settings\">Settings</a><form method=\"post\" "
          "action=\"/logout\"><button type=\"submit\">Sign out</button></form></nav>");
}

// The address of the page itself, where signing in is to lead back to.
std::string NextOf(const Visit& visit, const PageHead& head) {
  if (!head.next.empty()) return head.next;
  return SafeNext(visit.head.method == api::Method::kPost ? "/" : visit.head.target);
}

void WriteBar(HtmlWriter& html, const Visit& visit, const PageHead& head) {
  html.Markup(
      "<header class=\"bar\"><div class=\"bar-row\"><a class=\"brand\" href=\"/\" "
      "aria-label=\"Warble, home\"><svg viewBox=\"0 0 32 32\" aria-hidden=\"true\"><g "
      "fill=\"none\" stroke=\"currentColor\" stroke-width=\"3.6\" stroke-linecap=\"round\"><path "
      "d=\"M4 17v3M10 12.5v9.5M16 5v22M22 8v13\"/></g><path d=\"M25.6 9.6 31 13l-5.4 3z\" "
      "fill=\"currentColor\"/></svg><span>Warble</span></a>");
  if (visit.reader || visit.anonymous_reads) {
    WriteSearch(html);
  } else {
    html.Markup("<span class=\"gap\"></span>");
  }
  if (visit.reader) {
    WriteReadersButtons(html, *visit.reader);
  } else {
    html.Markup("<a class=\"button\"")
        .Address("href", SignInAddress(NextOf(visit, head)))
        .Markup(">Sign in</a><a class=\"button main\" href=\"/join\">Join</a>");
  }
  html.Markup("</div></header><p class=\"strip\" id=\"strip\" role=\"status\" hidden></p>");
}

void WriteClose(HtmlWriter& html, Literal label) {
  html.Markup("<form method=\"dialog\"><button class=\"act\" aria-label=\"")
      .Markup(label)
      .Markup("\">");
  WriteIcon(html, "#close");
  html.Markup("</button></form></div>");
}

void WriteReadersDialogs(HtmlWriter& html, const PageHead& head) {
  if (!head.writes_here) {
    html.Markup(
        "<dialog id=\"compose\" aria-labelledby=\"compose-title\"><div class=\"dialog-head\">"
        "<h2 id=\"compose-title\">Write a tweet</h2>");
    WriteClose(html, "Close; what you wrote is kept");
    html.Markup("<form class=\"compose\" method=\"post\" action=\"/write\">");
    WriteComposeFields(html, {});
    html.Markup("</form></dialog>");
  }
  html.Markup(
      "<dialog id=\"delete\" aria-labelledby=\"delete-title\"><div class=\"dialog-head\">"
      "<h2 id=\"delete-title\">Delete this tweet?</h2></div><div class=\"person\">"
      "<p>It is gone for everybody, and its favorites with it.</p>"
      "<form class=\"row\" method=\"dialog\"><button class=\"button\" value=\"cancel\">"
      "Cancel</button> <button class=\"button danger\" value=\"delete\">Delete</button></form>"
      "</div></dialog>");
}

void WriteKeysDialog(HtmlWriter& html) {
  html.Markup(
      "<dialog id=\"keys\" aria-labelledby=\"keys-title\"><div class=\"dialog-head\">"
      "<h2 id=\"keys-title\">Keyboard</h2>");
  WriteClose(html, "Close");
  html.Markup(
      "<dl class=\"keys\"><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous tweet</dd>"
      "<dt><kbd>Enter</kbd></dt><dd>open it</dd><dt><kbd>f</kbd></dt><dd>favorite it</dd>"
      "<dt><kbd>n</kbd></dt><dd>write</dd><dt><kbd>/</kbd></dt><dd>find people</dd>"
      "<dt><kbd>.</kbd></dt><dd>show new tweets</dd><dt><kbd>h</kbd></dt><dd>home</dd>"
      "<dt><kbd>p</kbd></dt><dd>your profile</dd><dt><kbd>?</kbd></dt><dd>this list</dd></dl>"
      "<p class=\"person\"><label><input type=\"checkbox\" id=\"keys-on\" checked> "
      "Use these keys</label></p></dialog>");
}

void WriteFoot(HtmlWriter& html, const Visit& visit, const PageHead& head) {
  html.Markup(
      "<footer class=\"foot\"><a href=\"/api/openapi.json\">API</a><button class=\"act\" "
      "type=\"button\" id=\"keys-button\" hidden>Keyboard <kbd>?</kbd></button></footer>");
  if (visit.reader) WriteReadersDialogs(html, head);
  WriteKeysDialog(html);
  html.Markup(
      "<div class=\"toasts\" id=\"toasts\" role=\"status\"></div>"
      "<p class=\"hidden-visually\" id=\"spoken\" role=\"status\"></p></body></html>\n");
}

}  // namespace

std::string WritePage(const Visit& visit, const PageHead& head,
                      const std::function<void(HtmlWriter&)>& content) {
  constexpr std::size_t kUsualPage = std::size_t{40} << 10;
  HtmlWriter html(kUsualPage);
  WriteHead(html, visit, head);
  WriteBar(html, visit, head);
  content(html);
  WriteFoot(html, visit, head);
  return html.Take();
}

bool IsNonce(std::string_view text) {
  const auto bits = api::DecodeBase64Url(text);
  return bits && bits->size() == sizeof(std::uint64_t);
}

void WriteNonce(HtmlWriter& html, std::string_view kept) {
  html.Markup("<input type=\"hidden\" name=\"nonce\"")
      .Attribute("value", IsNonce(kept) ? std::string(kept) : MakeNonce())
      .Markup(">");
}

void WriteComposeFields(HtmlWriter& html, const ComposeState& state) {
  WriteNonce(html, state.nonce);
  html.Markup(
      "<label class=\"hidden-visually\" for=\"content\">What do you want to say?</label>"
      "<p class=\"fault\" id=\"content-fault\"");
  if (state.fault.empty()) html.Markup(" hidden");
  html.Markup(">")
      .Text(state.fault)
      .Markup(
          "</p><textarea id=\"content\" name=\"content\" rows=\"4\" dir=\"auto\" "
          "placeholder=\"What do you want to say?\" required");
  if (state.fault.empty()) {
    html.Markup(" aria-describedby=\"left\"");
  } else {
    html.Markup(" aria-describedby=\"content-fault left\" aria-invalid=\"true\" autofocus");
  }
  // HTML's parser takes a first line feed away.
  html.Markup(">\n")
      .Text(state.typed)
      .Markup(
          "</textarea><div class=\"compose-foot\"><svg class=\"meter\" viewBox=\"0 0 198 24\" "
          "aria-hidden=\"true\"><path d=\"M3 10v4M10 8v8M17 6v12M24 4v16M31 6v12M38 8v8M45 10v4M52 "
          "8v8M59 6v12M66 4v16M73 6v12M80 8v8M87 10v4M94 8v8M101 6v12M108 4v16M115 6v12M122 "
          "8v8M129 "
          "10v4M136 8v8M143 6v12M150 4v16M157 6v12M164 8v8M171 10v4M178 8v8M185 6v12M192 4v16\"/>"
          "<path class=\"used\" d=\"\"/></svg><p class=\"left\" id=\"left\">140 at most</p>"
          "<button class=\"button main\" type=\"submit\">Post</button></div>");
}

void WriteIcon(HtmlWriter& html, Literal reference) {
  html.Markup("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"")
      .Markup(reference)
      .Markup("\"/></svg>");
}

}  // namespace warble::web
