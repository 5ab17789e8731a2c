#include "server/web/html.h"

#include <doctest/doctest.h>

#include <string>

namespace warble::web {
namespace {

TEST_CASE("html: every byte in a text and in an attribute stays a character") {
  for (int byte = 0; byte < 128; ++byte) {
    CAPTURE(byte);
    const std::string text(1, static_cast<char>(byte));
    HtmlWriter html;
    html.Text(text).Attribute("a", text);
    const std::string written = html.Take();
    std::string expected = text;
    if (byte == '&') expected = "&amp;";
    if (byte == '<') expected = "&lt;";
    if (byte == '>') expected = "&gt;";
    if (byte == '"') expected = "&quot;";
    if (byte == '\'') expected = "&#39;";
    if (byte == '\r') expected = "&#13;";
    if (byte == 0) expected = "\xEF\xBF\xBD";
    CHECK(written == expected + " a=\"" + expected + "\"");
  }
}

TEST_CASE("html: an address holds only what an address may") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    HtmlWriter html;
    html.Address("href", "/x" + std::string(1, static_cast<char>(byte)));
    const std::string written = html.Take();
    CHECK(written.starts_with(" href=\"/"));
    CHECK(written.find_first_of("<> \t\n'\\", 1) == std::string::npos);
    CHECK(written.find('"', 7) == written.size() - 1);
  }
}

TEST_CASE("html: an address leads into this origin or by http") {
  const auto written = [](std::string_view address) {
    HtmlWriter html;
    html.Address("href", address);
    return html.Take();
  };
  for (const std::string_view bad :
       {"javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//x.example", "/\\x.example",
        "", "x", " /x", "\t/x", "https:/x", "/\n/x", "vbscript:x", "ftp://x"}) {
    CAPTURE(bad);
    CHECK(written(bad) == " href=\"/\"");
  }
  CHECK(written("/@maya?a=b&c=%20#t1") == " href=\"/@maya?a=b&amp;c=%20#t1\"");
  CHECK(written("HTTPS://x.example/a b") == " href=\"HTTPS://x.example/a%20b\"");
  CHECK(written("https://x.example/ü\"") == " href=\"https://x.example/%C3%BC%22\"");
  CHECK(written("?cursor=a") == " href=\"?cursor=a\"");
}

}  // namespace
}  // namespace warble::web
