#include "server/web/html.h"

#include "api/http/text.h"

#include <fmt/format.h>

#include <array>

namespace warble::web {
namespace {

// For each byte what HTML needs in its place; empty where it may stand.
constexpr std::array<std::string_view, 256> MakeEscapes() {
  std::array<std::string_view, 256> escapes{};
  escapes['&'] = "&amp;";
  escapes['<'] = "&lt;";
  escapes['>'] = "&gt;";
  escapes['"'] = "&quot;";
  escapes['\''] = "&#39;";
  // What HTML's parser would drop or change.
  escapes['\0'] = "\xEF\xBF\xBD";
  escapes['\r'] = "&#13;";
  return escapes;
}
constexpr std::array<std::string_view, 256> kEscapes = MakeEscapes();

void AppendEscaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view escape = kEscapes[static_cast<unsigned char>(text[at])];
    if (escape.empty()) continue;
    out.append(text, plain, at - plain).append(escape);
    plain = at + 1;
  }
  out.append(text, plain);
}

// RFC 3986's characters, '%' included: what was encoded stays so. The apostrophe is left out.
bool MayStandInAddress(char c) {
  constexpr std::string_view kOthers = "-._~:/?#[]@!$&()*+,;=%";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         kOthers.find(c) != std::string_view::npos;
}

bool BeginsWithScheme(std::string_view address, std::string_view scheme) {
  return api::EqualsIgnoringCase(address.substr(0, scheme.size()), scheme);
}

}  // namespace

bool IsSafeAddress(std::string_view address) {
  if (address.empty()) return false;
  for (const char c : address) {
    if (c == '\\' || static_cast<unsigned char>(c) < ' ') return false;
  }
  if (address[0] == '/') return address.size() == 1 || address[1] != '/';
  if (address[0] == '?' || address[0] == '#') return true;
  return BeginsWithScheme(address, "http://") || BeginsWithScheme(address, "https://");
}

HtmlWriter& HtmlWriter::Text(std::string_view text) {
  AppendEscaped(out_, text);
  return *this;
}

HtmlWriter& HtmlWriter::Number(std::uint64_t number) {
  const fmt::format_int digits(number);
  return Append({digits.data(), digits.size()});
}

HtmlWriter& HtmlWriter::Attribute(Literal name, std::string_view value) {
  out_.append(" ").append(name.text()).append("=\"");
  AppendEscaped(out_, value);
  return Append("\"");
}

HtmlWriter& HtmlWriter::Attribute(Literal name, std::uint64_t value) {
  const fmt::format_int digits(value);
  return Attribute(name, std::string_view(digits.data(), digits.size()));
}

HtmlWriter& HtmlWriter::Address(Literal name, std::string_view address) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out_.append(" ").append(name.text()).append("=\"");
  if (!IsSafeAddress(address)) address = "/";
  for (const char c : address) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out_.append("&amp;");
    } else if (MayStandInAddress(c)) {
      out_.push_back(c);
    } else {
      out_.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return Append("\"");
}

}  // namespace warble::web
