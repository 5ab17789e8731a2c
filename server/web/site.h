// The web site: every path outside the API, answered by pages, forms and assets.
//
// It holds nothing but the service that its pages ask; one may serve all loops. Thread-safe.
#pragma once

#include "api/auth/token.h"
#include "api/http/message.h"
#include "api/http/problems.h"
#include "api/service.h"
#include "api/task.h"
#include "server/web/visit.h"

#include <string>
#include <string_view>

namespace warble::web {

class Site {
 public:
  /// The service must outlive the site.
  explicit Site(api::Service& service) : service_(service) {}

  /// Whether a request is the site's to answer, and not the service's.
  static bool Owns(const api::RequestHead& head);

  /// Whether the body of a request will be looked at, so that a client may be asked for it.
  static bool WantsBody(const api::RequestHead& head);

  struct Answer {
    api::Response response;
    std::string_view route;  ///< the page's or form's pattern; static storage; for metrics
  };
  /// The answer to a request with its whole body. All arguments must live until it is there;
  /// `tokens` are its connection's.
  api::Task<Answer> Respond(const api::RequestHead& head, api::TokenReader& tokens,
                            std::string_view body);

  /// An answer that the server decided on: body_too_large, request_timeout.
  Answer Refuse(const api::RequestHead& head, api::TokenReader& tokens, api::Code code,
                std::string detail);

 private:
  api::Task<Answer> RespondWithPage(const api::RequestHead& head, api::TokenReader& tokens,
                                    std::string_view body);
  /// Finds out who reads; what is to be shown if that cannot be told, or if they ask too often.
  static api::Task<std::optional<api::Response>> FindReader(Visit& visit);
  Visit MakeVisit(const api::RequestHead& head, Client& client) const;

  api::Service& service_;
};

}  // namespace warble::web
