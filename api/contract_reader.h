// The contract's objects, read back from the JSON of answers, for those who ask the API and show
// what it says. Members that are absent are left at their defaults. Thread-safe.
#pragma once

#include "storage/format/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::api::contract {

/// How the reader and a user stand to each other; with expand=viewer.
struct Relation {
  bool following = false;
  bool followed_by = false;
};

struct UserSummary {
  std::string username;
  std::string first_name;
  std::string last_name;
  std::optional<Relation> viewer;
};

struct User : UserSummary {
  std::string description;
  storage::Timestamp created_at{};
  std::uint64_t tweets_count = 0;
  std::uint64_t followers_count = 0;
  std::uint64_t followees_count = 0;
  std::uint64_t favorites_count = 0;
};

struct Tweet {
  std::string id;
  std::string content;
  storage::Timestamp created_at{};
  UserSummary author;
  std::uint64_t favorites_count = 0;
  std::optional<bool> favorited;  ///< by the reader; with expand=viewer
  bool by_subject = true;         ///< in an activity: `authored`
};

/// An item of a list of users, with the time of the edge if the list has one.
struct ListedUser {
  UserSummary user;
  std::optional<storage::Timestamp> at;
};

template <class Item>
struct List {
  std::vector<Item> items;
  std::optional<std::string> next_cursor;
  bool complete = true;
};

struct FieldFault {
  std::string field;
  std::string code;
};

struct Problem {
  std::string code;
  std::string detail;
  std::vector<FieldFault> errors;
};

/// Each reads an answer of its kind; nothing when it is another's.
std::optional<User> ReadUser(std::string_view json);
std::optional<User> ReadSessionUser(std::string_view json);
std::optional<Tweet> ReadTweet(std::string_view json);
std::optional<List<Tweet>> ReadTweets(std::string_view json);
std::optional<List<ListedUser>> ReadUsers(std::string_view json);
std::optional<Problem> ReadProblem(std::string_view json);

}  // namespace warble::api::contract
