#include "api/http/header_fields.h"

#include "api/http/text.h"

#include <algorithm>
#include <cstddef>

namespace warble::api {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Takes the next piece of `*rest` up to a separator that stands outside a quoted string.
std::string_view NextPiece(std::string_view* rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest->size(); ++end) {
    const char c = (*rest)[end];
    if (c == '"') quoted = !quoted;
    if (c == '\\' && quoted) ++end;  // a quoted pair: its second character means nothing
    if (c == separator && !quoted) break;
  }
  end = std::min(end, rest->size());
  const std::string_view piece = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return Trim(piece);
}

// A quality in thousandths; anything but RFC 9110's form counts as 0, not acceptable.
int ParseQuality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int quality = (text[0] - '0') * 1000;
  if (text.size() == 1) return quality;
  if (text[1] != '.') return 0;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    quality += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(quality, 1000);
}

// How well one representation matches an Accept: the most specific range that covers it wins.
struct Match {
  int specificity = 0;  // 0 none, 1 */*, 2 type/*, 3 the type itself
  int quality = 0;      // thousandths

  void Consider(int range_specificity, int range_quality) {
    if (range_specificity > specificity) {
      specificity = range_specificity;
      quality = range_quality;
    } else if (range_specificity == specificity) {
      quality = std::max(quality, range_quality);
    }
  }
};

constexpr std::string_view kWeak = "W/";

// Whether a list of entity tags is "*", or has the quoted tag, weak or not, where `counts(weak)`.
template <class Counts>
bool ListsTag(std::string_view field, std::string_view quoted, Counts counts) {
  if (Trim(field) == "*") return true;
  while (!field.empty()) {
    // An entity tag knows no quoted pairs: it ends at the next quote.
    const std::size_t open = field.find('"');
    if (open == std::string_view::npos) return false;
    const std::size_t close = field.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    const bool weak = field.substr(0, open).ends_with(kWeak);
    if (field.substr(open, close - open + 1) == quoted && counts(weak)) return true;
    field.remove_prefix(close + 1);
  }
  return false;
}

}  // namespace

bool IsJsonContentType(std::string_view content_type) {
  return EqualsIgnoringCase(NextPiece(&content_type, ';'), "application/json");
}

bool PrefersHtml(std::string_view accept) {
  Match html;
  Match json;
  Match problem;
  Match anything;
  while (!accept.empty()) {
    std::string_view parameters = NextPiece(&accept, ',');
    const std::string_view range = NextPiece(&parameters, ';');
    int quality = 1000;
    while (!parameters.empty()) {
      const std::string_view parameter = NextPiece(&parameters, ';');
      if (parameter.size() >= 2 && EqualsIgnoringCase(parameter.substr(0, 2), "q=")) {
        quality = ParseQuality(parameter.substr(2));
      }
    }
    if (range == "*/*") {
      for (Match* match : {&html, &json, &problem, &anything}) match->Consider(1, quality);
    } else if (EqualsIgnoringCase(range, "text/*")) {
      html.Consider(2, quality);
    } else if (EqualsIgnoringCase(range, "application/*")) {
      for (Match* match : {&json, &problem}) match->Consider(2, quality);
    } else if (EqualsIgnoringCase(range, "text/html")) {
      html.Consider(3, quality);
    } else if (EqualsIgnoringCase(range, "application/json")) {
      json.Consider(3, quality);
    } else if (EqualsIgnoringCase(range, "application/problem+json")) {
      problem.Consider(3, quality);
    }
  }
  if (html.quality > std::max(json.quality, problem.quality)) return true;
  const bool json_by_wildcard_only = json.specificity <= 1 && problem.specificity <= 1;
  return html.specificity == 3 && html.quality > 0 && json_by_wildcard_only &&
         html.quality >= anything.quality;
}

bool IfNoneMatchHits(std::string_view field, std::string_view etag) {
  const bool weak = etag.starts_with(kWeak);
  return ListsTag(field, weak ? etag.substr(kWeak.size()) : etag, [](bool) { return true; });
}

bool IfMatchHolds(std::string_view field, std::string_view etag) {
  return ListsTag(field, etag, [](bool weak) { return !weak; });
}

std::optional<std::string_view> NextCookie(std::string_view* rest, std::string_view name) {
  while (!rest->empty()) {
    const std::size_t end = std::min(rest->find(';'), rest->size());
    const std::string_view pair = Trim(rest->substr(0, end));
    rest->remove_prefix(std::min(end + 1, rest->size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && Trim(pair.substr(0, equals)) == name) {
      return Trim(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace warble::api
