// A visit: one request for a page, and what is known of whoever makes it.
#pragma once

#include "api/contract_reader.h"
#include "api/http/message.h"
#include "api/http/problems.h"
#include "api/http/target.h"
#include "api/task.h"
#include "server/web/client.h"
#include "storage/format/types.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace warble::web {

namespace contract = api::contract;

/// What the placeholders of a page's pattern were; empty where it has none.
struct PathNames {
  std::string user;   ///< {u}
  std::string tweet;  ///< {id}
};

struct Visit {
  const api::RequestHead& head;
  Client& client;
  bool anonymous_reads = false;
  storage::Timestamp now{};
  api::Query query{std::string_view()};
  PathNames names{};
  std::optional<contract::User> reader{};  ///< who is signed in
  bool ended = false;  ///< the credentials sent are those of no session any more

  /// The text of a query parameter; empty when it is absent or broken.
  std::string_view Parameter(std::string_view name) const {
    return query.Find(name).value_or(std::string_view());
  }
  bool IsReader(std::string_view username) const { return reader && reader->username == username; }
};

/// A page of HTML.
api::Response HtmlResponse(int status, std::string html);
/// An answer that leads elsewhere; `location` is a path of this origin.
api::Response LeadTo(int status, std::string location);

/// The same page under the registered spelling of its user's name: 308.
api::Response MovedTo(const Visit& visit, std::string_view username);

/// The page for an answer of the API that is an error: a face with the same status, or the answer
/// itself where the client asks for no HTML.
api::Response RefusalPage(const Visit& visit, api::Response refusal);
/// The same for what a page itself refuses.
api::Response RefusalPage(const Visit& visit, const api::Problem& problem);
api::Response RefusalPage(const Visit& visit, api::Code code, std::string_view detail);

/// Asks the API for an object: that, or the page that says why not.
template <class Object>
api::Task<std::variant<Object, api::Response>> Ask(Visit& visit, std::string target,
                                                   std::optional<Object> (*read)(std::string_view));

/// "/@maya_lind".
std::string UserAddress(std::string_view username);
/// "/@maya_lind/123".
std::string TweetAddress(std::string_view username, std::string_view id);
/// "/login?next=…", for coming back to this address.
std::string SignInAddress(std::string_view next);

/// Where a reader is led after signing in: `next` if it is a path of this origin, else "/". A
/// browser takes "//x", "/\x" and paths with control characters for other origins.
std::string SafeNext(std::string_view next);

template <class Object>
api::Task<std::variant<Object, api::Response>> Ask(
    Visit& visit, std::string target, std::optional<Object> (*read)(std::string_view)) {
  api::Response answer = co_await visit.client.Get(std::move(target));
  if (answer.status != 200) co_return RefusalPage(visit, std::move(answer));
  std::optional<Object> object = read(answer.body);
  if (!object) {
    co_return RefusalPage(visit, api::Code::kInternal, "An answer could not be read back.");
  }
  co_return std::move(*object);
}

}  // namespace warble::web
