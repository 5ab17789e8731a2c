// A call: all that a handler knows of its request.
#pragma once

#include "api/auth/password.h"
#include "api/http/message.h"
#include "api/http/target.h"
#include "storage/format/types.h"
#include "storage/model/tweets.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace warble::api {

struct Route;

/// The session that a request was found to have.
struct Session {
  storage::UserId user;
  storage::TokenHash token_hash;
  storage::Timestamp expires_at;
  bool by_cookie = false;
};

/// The texts of a path's placeholders, decoded; empty where the route has none.
struct PathTexts {
  std::string user;   ///< {u}
  std::string tweet;  ///< {id}
  std::string other;  ///< {v} or {me}
};

struct Call {
  const RequestHead* head = nullptr;
  const Route* route = nullptr;
  PathTexts path;
  Query query{std::string_view()};
  std::string_view body;
  std::optional<Session> session;
  std::string_view secret;  ///< of the data directory
  PasswordWork passwords;
  std::string account;  ///< the account of a guessed password; {u} unless a handler says otherwise
};

/// The users and the tweet that the path's texts name; read before the handler runs.
struct Subjects {
  std::optional<storage::User> user;    ///< {u}
  std::optional<storage::Tweet> tweet;  ///< {id}, by {u}
  std::optional<storage::User> other;   ///< {v} or {me}
};

}  // namespace warble::api
