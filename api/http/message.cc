#include "api/http/message.h"

#include "api/http/text.h"

#include <algorithm>

namespace warble::api {

std::string_view NameOf(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      return {};
  }
  return {};
}

std::optional<std::string_view> RequestHead::Find(std::string_view name) const {
  for (const Field& field : fields) {
    if (EqualsIgnoringCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

bool RequestHead::Repeats(std::string_view name) const {
  const auto is_named = [&](const Field& field) { return EqualsIgnoringCase(field.name, name); };
  return std::count_if(fields.begin(), fields.end(), is_named) > 1;
}

std::optional<std::string> RequestHead::FindList(std::string_view name) const {
  std::optional<std::string> list;
  for (const Field& field : fields) {
    if (!EqualsIgnoringCase(field.name, name)) continue;
    if (list) {
      list->append(", ").append(field.value);
    } else {
      list = field.value;
    }
  }
  return list;
}

namespace {
constexpr std::size_t kUsualHeaders = 320;  // bytes of field lines of most answers
}

void Response::RemoveContent() {
  content_type = {};
  body.clear();
  static_body = {};
}

void Response::AddHeader(std::string_view name, std::string_view value) {
  if (headers.empty()) headers.reserve(kUsualHeaders);
  headers.append(name).append(": ").append(value).append("\r\n");
}

void Response::AddLines(std::string_view lines) {
  if (headers.empty()) headers.reserve(kUsualHeaders);
  headers.append(lines);
}

}  // namespace warble::api
