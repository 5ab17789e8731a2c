#include "server/web/client.h"

#include "api/auth/credentials.h"
#include "api/http/text.h"

#include <algorithm>
#include <utility>

namespace warble::web {
namespace {

constexpr std::string_view kCredentials[] = {"Authorization", "Cookie"};
// What tells the API where a page's request came from.
constexpr std::string_view kPassedOn[] = {"Host", "Origin", "Sec-Fetch-Site"};

template <class Names>
bool Lists(const Names& names, std::string_view name) {
  return std::ranges::any_of(
      names, [name](std::string_view listed) { return api::EqualsIgnoringCase(listed, name); });
}

// Calls visit(line) with each line, CRLF included, until it returns true.
template <class Visit>
void VisitLines(std::string_view lines, Visit visit) {
  while (!lines.empty()) {
    const std::size_t size = std::min(lines.find("\r\n"), lines.size() - 2) + 2;
    if (visit(lines.substr(0, size))) return;
    lines.remove_prefix(size);
  }
}

}  // namespace

Client::Client(api::Service& service, const api::RequestHead& head, api::TokenReader& tokens)
    : service_(service),
      head_(head),
      tokens_(tokens),
      request_id_(api::Service::RequestIdOf(head)) {
  for (const api::Field& field : head.fields) {
    if (Lists(kCredentials, field.name) || Lists(kPassedOn, field.name)) fields_.push_back(field);
  }
  const auto credentials = api::FindCredentials(head);
  has_credentials_ = credentials.has_value();
  by_cookie_ = credentials && credentials->by_cookie;
  fields_.push_back({"X-Request-Id", request_id_});
}

void Client::ForgetCredentials() {
  std::erase_if(fields_, [](const api::Field& field) { return Lists(kCredentials, field.name); });
}

api::Task<api::Response> Client::Call(api::Method method, std::string target, std::string json,
                                      std::string key) {
  std::vector<api::Field> fields = fields_;
  if (!json.empty()) fields.push_back({"Content-Type", "application/json"});
  if (!key.empty()) fields.push_back({"Idempotency-Key", key});
  api::RequestHead head = head_;
  head.method = method;
  head.method_text = api::NameOf(method);
  head.target = target;
  head.fields = fields;
  head.has_body = !json.empty();
  head.counted = std::exchange(counted_, true);

  api::Soon<api::AdmissionPtr> admitted = service_.Admit(head, tokens_);
  if (!admitted.ready()) co_await admitted.Wait();
  const api::AdmissionPtr admission = admitted.Take();
  api::Soon<api::Response> answer = service_.Handle(*admission, json);
  if (!answer.ready()) co_await answer.Wait();
  api::Response response = answer.Take();
  if (!head.counted) rate_lines_ = PickLines(response.headers, {"RateLimit-"});
  co_return response;
}

api::Task<api::Response> Client::Get(std::string target) {
  return Call(api::Method::kGet, std::move(target), {}, {});
}

std::string PickLines(std::string_view lines, std::initializer_list<std::string_view> names) {
  std::string picked;
  VisitLines(lines, [&](std::string_view line) {
    const auto begins = [line](std::string_view name) { return line.starts_with(name); };
    if (std::ranges::any_of(names, begins)) picked.append(line);
    return false;
  });
  return picked;
}

std::string_view FindLine(std::string_view lines, std::string_view name) {
  std::string_view value;
  VisitLines(lines, [&](std::string_view line) {
    if (!line.starts_with(name) || line.substr(name.size(), 2) != ": ") return false;
    value = line.substr(name.size() + 2, line.size() - name.size() - 4);
    return true;
  });
  return value;
}

}  // namespace warble::web
