#include "api/handlers/objects.h"

#include "storage/model/favorites.h"

#include <algorithm>

namespace warble::api {
namespace {

void WriteSummaryMembers(JsonWriter& json, const storage::UserSummary& user) {
  json.MemberId("id", user.id.value)
      .Member("username", user.username)
      .Member("first_name", user.first_name)
      .Member("last_name", user.last_name);
}

template <class WriteAuthor>
void WriteTweetBy(JsonWriter& json, const storage::Tweet& tweet, const ViewerLens& lens,
                  WriteAuthor write_author) {
  json.BeginObject()
      .MemberId("id", tweet.id.value)
      .Member("content", tweet.content)
      .MemberTime("created_at", tweet.id.created_at())
      .Name("author");
  write_author();
  json.Member("favorites_count", tweet.favorites);
  lens.WriteTweetRelation(json, tweet.id);
  json.EndObject();
}

}  // namespace

void ViewerLens::WriteUserRelation(JsonWriter& json, storage::UserId user) const {
  if (!viewer_) return;
  const bool following = storage::FindFollow(reader_, *viewer_, user).has_value();
  const bool followed_by = storage::FindFollow(reader_, user, *viewer_).has_value();
  json.Name("viewer")
      .BeginObject()
      .MemberBool("following", following)
      .MemberBool("followed_by", followed_by)
      .EndObject();
}

void ViewerLens::WriteTweetRelation(JsonWriter& json, storage::TweetId tweet) const {
  if (!viewer_) return;
  json.Name("viewer")
      .BeginObject()
      .MemberBool("favorited", storage::FindFavorite(reader_, *viewer_, tweet).has_value())
      .EndObject();
}

void WriteUser(JsonWriter& json, const storage::User& user, const storage::UserCounters& counters,
               const ViewerLens& lens) {
  json.BeginObject()
      .MemberId("id", user.id.value)
      .Member("username", user.username)
      .Member("first_name", user.first_name)
      .Member("last_name", user.last_name)
      .Member("description", user.description)
      .MemberTime("created_at", user.created_at)
      .MemberTime("updated_at", user.updated_at)
      .Member("tweets_count", counters.tweets)
      .Member("followers_count", counters.followers)
      .Member("followees_count", counters.followees)
      .Member("favorites_count", counters.favorites);
  lens.WriteUserRelation(json, user.id);
  json.EndObject();
}

void WriteSummary(JsonWriter& json, const storage::UserSummary& user) {
  json.BeginObject();
  WriteSummaryMembers(json, user);
  json.EndObject();
}

void WriteListedUser(JsonWriter& json, const storage::UserSummary& user, const ViewerLens& lens) {
  json.BeginObject();
  WriteSummaryMembers(json, user);
  lens.WriteUserRelation(json, user.id);
  json.EndObject();
}

void WriteTweet(JsonWriter& json, const storage::Tweet& tweet, const storage::UserSummary& author,
                const ViewerLens& lens) {
  WriteTweetBy(json, tweet, lens, [&] { WriteSummary(json, author); });
}

void ListedTweetWriter::Write(JsonWriter& json, const storage::TweetItem& item) {
  WriteTweetBy(json, item.tweet, lens_, [&] {
    const auto written = std::find_if(authors_.begin(), authors_.end(), [&](const Written& other) {
      return other.author == item.author;
    });
    if (written != authors_.end()) {
      json.Repeat(written->from, written->to);
      return;
    }
    const std::size_t from = json.size();
    WriteSummary(json, *item.author);
    authors_.push_back({item.author, from, json.size()});
  });
}

}  // namespace warble::api
