// The pages: one table of path, who may, and the function that asks and shows.
#pragma once

#include "api/http/target.h"
#include "server/web/visit.h"

#include <optional>
#include <span>
#include <string_view>

namespace warble::web {

enum class Audience {
  kAnyone,
  kReaders,  ///< who is signed in, or anyone where the server allows anonymous reading
  kSignedIn,
};

using PageFunction = api::Task<api::Response> (*)(Visit&);

struct Page {
  std::string_view pattern;  ///< e.g. "/@{u}/{id}"
  Audience audience;
  PageFunction show;
};

std::span<const Page> Pages();

/// What the placeholders of a pattern are in a path; nothing when they do not match. {u} stands for
/// one or more characters, {id} for decimal digits.
std::optional<PathNames> MatchPattern(std::string_view pattern, const api::Path& path);

// home.cc
api::Task<api::Response> ShowHome(Visit& visit);

// profile.cc
api::Task<api::Response> ShowProfile(Visit& visit);
api::Task<api::Response> ShowFavorites(Visit& visit);
api::Task<api::Response> ShowActivity(Visit& visit);
api::Task<api::Response> ShowFollowers(Visit& visit);
api::Task<api::Response> ShowFollowees(Visit& visit);

// tweet.cc
api::Task<api::Response> ShowTweet(Visit& visit);
api::Task<api::Response> ShowDeleteTweet(Visit& visit);
api::Task<api::Response> ShowWrite(Visit& visit);

// people.cc
api::Task<api::Response> ShowPeople(Visit& visit);

// account.cc
api::Task<api::Response> ShowJoin(Visit& visit);
api::Task<api::Response> ShowLogin(Visit& visit);
/// The sign-in page in place of one that needs a session: 401, and it leads back.
api::Response SignInPage(const Visit& visit);

// settings.cc
api::Task<api::Response> ShowSettings(Visit& visit);

}  // namespace warble::web
