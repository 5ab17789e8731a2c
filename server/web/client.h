// The API as a page asks it: in process, with the reader's own credentials and origin, so that
// sessions, ownership, anonymous reading and limits are decided where every client's are.
#pragma once

#include "api/auth/token.h"
#include "api/http/message.h"
#include "api/service.h"
#include "api/task.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace warble::web {

/// The client of one page; used by its coroutine alone.
class Client {
 public:
  /// All must outlive the client; `head` is that of the page's request.
  Client(api::Service& service, const api::RequestHead& head, api::TokenReader& tokens);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// A call of the API. An empty key is none. Only the first call counts for the rate limit: a page
  /// is one request.
  api::Task<api::Response> Call(api::Method method, std::string target, std::string json,
                                std::string key);
  api::Task<api::Response> Get(std::string target);

  /// Whether the request carries credentials.
  bool has_credentials() const { return has_credentials_; }
  /// Whether those are a cookie, which a browser may be told to forget.
  bool by_cookie() const { return by_cookie_; }
  /// Leaves the credentials out of further calls.
  void ForgetCredentials();

  /// The id of the page's request and of all calls for it.
  const std::string& request_id() const { return request_id_; }
  /// The lines of the rate limit, if there is one.
  const std::string& rate_lines() const { return rate_lines_; }

 private:
  api::Service& service_;
  const api::RequestHead& head_;
  api::TokenReader& tokens_;
  const std::string request_id_;
  std::vector<api::Field> fields_;  // of every call
  bool has_credentials_ = false;
  bool by_cookie_ = false;
  bool counted_ = false;
  std::string rate_lines_;
};

/// Of whole field lines those whose names begin with one of `names`.
std::string PickLines(std::string_view lines, std::initializer_list<std::string_view> names);
/// The value of the first of these lines with that name; empty if there is none.
std::string_view FindLine(std::string_view lines, std::string_view name);

}  // namespace warble::web
