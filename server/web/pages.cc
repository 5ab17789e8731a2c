#include "server/web/pages.h"

#include <algorithm>
#include <string>

namespace warble::web {
namespace {

constexpr auto kAnyone = Audience::kAnyone;
constexpr auto kReaders = Audience::kReaders;
constexpr auto kSignedIn = Audience::kSignedIn;

// In the order in which they are tried: a tab before a tweet.
constexpr Page kPages[] = {
    {"/", kAnyone, ShowHome},
    {"/join", kAnyone, ShowJoin},
    {"/login", kAnyone, ShowLogin},
    {"/write", kSignedIn, ShowWrite},
    {"/people", kReaders, ShowPeople},
    {"/settings", kSignedIn, ShowSettings},
    {"/@{u}", kReaders, ShowProfile},
    {"/@{u}/favorites", kReaders, ShowFavorites},
    {"/@{u}/activity", kReaders, ShowActivity},
    {"/@{u}/followers", kReaders, ShowFollowers},
    {"/@{u}/followees", kReaders, ShowFollowees},
    {"/@{u}/{id}", kReaders, ShowTweet},
    {"/@{u}/{id}/delete", kSignedIn, ShowDeleteTweet},
};

bool MatchSegment(std::string_view part, std::string_view segment, PathNames& names) {
  if (part == "@{u}") {
    if (segment.size() < 2 || segment[0] != '@') return false;
    names.user = segment.substr(1);
    return true;
  }
  if (part == "{id}") {
    if (!api::ParseDecimal(segment)) return false;
    names.tweet = segment;
    return true;
  }
  return part == segment;
}

}  // namespace

std::span<const Page> Pages() { return kPages; }

std::optional<PathNames> MatchPattern(std::string_view pattern, const api::Path& path) {
  PathNames names;
  pattern.remove_prefix(1);
  for (const std::string_view segment : path.segments) {
    if (pattern.empty()) return std::nullopt;
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    if (!MatchSegment(pattern.substr(0, end), segment, names)) return std::nullopt;
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  if (!pattern.empty()) return std::nullopt;
  return names;
}

}  // namespace warble::web
