// The contract's objects as JSON.
#pragma once

#include "api/http/json_writer.h"
#include "storage/format/types.h"
#include "storage/model/follows.h"
#include "storage/model/tweets.h"
#include "storage/read_view.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace warble::api {

/// With expand=viewer: the user who sees an object; adds the object's member "viewer". Without a
/// viewer it adds nothing.
class ViewerLens {
 public:
  ViewerLens(storage::PointReader& reader, std::optional<storage::UserId> viewer)
      : reader_(reader), viewer_(viewer) {}

  void WriteUserRelation(JsonWriter& json, storage::UserId user) const;
  void WriteTweetRelation(JsonWriter& json, storage::TweetId tweet) const;

 private:
  storage::PointReader& reader_;
  std::optional<storage::UserId> viewer_;
};

void WriteUser(JsonWriter& json, const storage::User& user, const storage::UserCounters& counters,
               const ViewerLens& lens);
void WriteSummary(JsonWriter& json, const storage::UserSummary& user);
/// A summary as the item of a list of users, which a viewer's relation may follow.
void WriteListedUser(JsonWriter& json, const storage::UserSummary& user, const ViewerLens& lens);
void WriteTweet(JsonWriter& json, const storage::Tweet& tweet, const storage::UserSummary& author,
                const ViewerLens& lens);

/// Writes the tweets of one list: an author's second and later appearances are copies of the first.
class ListedTweetWriter {
 public:
  explicit ListedTweetWriter(const ViewerLens& lens) : lens_(lens) {}
  /// Always with the same writer.
  void Write(JsonWriter& json, const storage::TweetItem& item);

 private:
  struct Written {
    storage::SharedSummary author;
    std::size_t from;  // in the writer
    std::size_t to;
  };
  const ViewerLens& lens_;
  std::vector<Written> authors_;
};

}  // namespace warble::api
