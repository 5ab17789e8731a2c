#include "api/contract_reader.h"

#include "api/http/time_format.h"

#include <simdjson.h>

#include <utility>

namespace warble::api::contract {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

std::string Text(const object& from, std::string_view name) {
  std::string_view text;
  if (from[name].get(text)) return {};
  return std::string(text);
}

std::uint64_t Number(const object& from, std::string_view name) {
  std::uint64_t number = 0;
  if (from[name].get(number)) return 0;
  return number;
}

bool Flag(const object& from, std::string_view name, bool absent) {
  bool flag = absent;
  if (from[name].get(flag)) return absent;
  return flag;
}

std::optional<storage::Timestamp> Time(const object& from, std::string_view name) {
  std::string_view text;
  if (from[name].get(text)) return std::nullopt;
  return ParseTimeCeil(text);
}

void Fill(const object& from, UserSummary& user) {
  user.username = Text(from, "username");
  user.first_name = Text(from, "first_name");
  user.last_name = Text(from, "last_name");
  object viewer;
  if (!from["viewer"].get(viewer)) {
    user.viewer = Relation{Flag(viewer, "following", false), Flag(viewer, "followed_by", false)};
  }
}

std::optional<User> UserOf(const object& from) {
  User user;
  Fill(from, user);
  if (user.username.empty()) return std::nullopt;
  user.description = Text(from, "description");
  user.created_at = Time(from, "created_at").value_or(storage::Timestamp{});
  user.tweets_count = Number(from, "tweets_count");
  user.followers_count = Number(from, "followers_count");
  user.followees_count = Number(from, "followees_count");
  user.favorites_count = Number(from, "favorites_count");
  return user;
}

std::optional<Tweet> TweetOf(const object& from) {
  object author;
  if (from["author"].get(author)) return std::nullopt;
  Tweet tweet;
  Fill(author, tweet.author);
  tweet.id = Text(from, "id");
  tweet.content = Text(from, "content");
  tweet.created_at = Time(from, "created_at").value_or(storage::Timestamp{});
  tweet.favorites_count = Number(from, "favorites_count");
  object viewer;
  if (!from["viewer"].get(viewer)) tweet.favorited = Flag(viewer, "favorited", false);
  return tweet;
}

// An item of a list of tweets: a tweet, or an activity with a tweet in it.
std::optional<Tweet> ListedTweetOf(const object& from) {
  object inner;
  if (from["tweet"].get(inner)) return TweetOf(from);
  std::optional<Tweet> tweet = TweetOf(inner);
  if (tweet) tweet->by_subject = Flag(from, "authored", true);
  return tweet;
}

// An item of a list of users: a summary, or an edge with a summary in it.
std::optional<ListedUser> ListedUserOf(const object& from) {
  ListedUser listed;
  object inner;
  if (from["user"].get(inner)) {
    Fill(from, listed.user);
  } else {
    Fill(inner, listed.user);
    listed.at = Time(from, "followed_at");
    if (!listed.at) listed.at = Time(from, "favorited_at");
  }
  if (listed.user.username.empty()) return std::nullopt;
  return listed;
}

// The object of a whole answer. It lives in the thread's parser until the next one is read.
std::optional<object> Parse(std::string_view json) {
  static thread_local simdjson::dom::parser parser;
  object document;
  if (parser.parse(json.data(), json.size()).get(document)) return std::nullopt;
  return document;
}

template <class Item, class ItemOf>
std::optional<List<Item>> ReadList(std::string_view json, ItemOf item_of) {
  const std::optional<object> document = Parse(json);
  array items;
  if (!document || (*document)["items"].get(items)) return std::nullopt;
  List<Item> list;
  list.items.reserve(items.size());
  for (const element item : items) {
    object from;
    if (item.get(from)) return std::nullopt;
    std::optional<Item> read = item_of(from);
    if (!read) return std::nullopt;
    list.items.push_back(std::move(*read));
  }
  std::string next_cursor = Text(*document, "next_cursor");
  if (!next_cursor.empty()) list.next_cursor = std::move(next_cursor);
  list.complete = Flag(*document, "complete", true);
  return list;
}

}  // namespace

std::optional<User> ReadUser(std::string_view json) {
  const std::optional<object> document = Parse(json);
  return document ? UserOf(*document) : std::nullopt;
}

std::optional<User> ReadSessionUser(std::string_view json) {
  const std::optional<object> document = Parse(json);
  object user;
  if (!document || (*document)["user"].get(user)) return std::nullopt;
  return UserOf(user);
}

std::optional<Tweet> ReadTweet(std::string_view json) {
  const std::optional<object> document = Parse(json);
  return document ? TweetOf(*document) : std::nullopt;
}

std::optional<List<Tweet>> ReadTweets(std::string_view json) {
  return ReadList<Tweet>(json, ListedTweetOf);
}

std::optional<List<ListedUser>> ReadUsers(std::string_view json) {
  return ReadList<ListedUser>(json, ListedUserOf);
}

std::optional<Problem> ReadProblem(std::string_view json) {
  const std::optional<object> document = Parse(json);
  if (!document) return std::nullopt;
  Problem problem;
  problem.code = Text(*document, "code");
  problem.detail = Text(*document, "detail");
  array errors;
  if (!(*document)["errors"].get(errors)) {
    for (const element error : errors) {
      object from;
      if (error.get(from)) continue;
      problem.errors.push_back({Text(from, "field"), Text(from, "code")});
    }
  }
  return problem;
}

}  // namespace warble::api::contract
