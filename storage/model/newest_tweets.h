// The newest tweets of authors, as timelines and lists ask for them: by the decoded cache where it
// knows them, else by a walk over the author's rows.
//
// A query for an author's newest tweets mostly reads the first few of them next, and a walk passes
// their rows. So the reader keeps those rows, and is a source of points that looks among them
// before it asks the view.
//
// Belongs to one query: it lives no longer than its view, and is used by the view's thread.
#pragma once

#include "storage/read_view.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warble::storage {

class NewestTweetsReader final : public PointReader {
 public:
  /// The reader keeps the rows of so many tweets that a walk finds.
  static constexpr std::size_t kMetRows = 4;

  explicit NewestTweetsReader(ReadView& view) : view_(view) {}

  /// An author's newest tweets older than `before`, in `ids` as far as they have room. They may be
  /// fewer than there are (see NewestTweets::floor), but none only if there are none.
  NewestTweets Find(UserId author, const std::optional<TweetId>& before, std::span<TweetId> ids);
  /// An id that no tweet of `author` exceeds, without a look-up: see LastTweets.
  TweetId LastTweetBound(UserId author) const;

  bool Get(Family family, std::string_view key, std::string* value) override;
  void Prefetch(std::span<const CacheKey> keys) override { view_.Prefetch(keys); }

  /// Whether the decoded cache holds the row of that tweet; Cache() puts one there that a walk of
  /// the caller's has met.
  bool IsCached(UserId author, TweetId id) const;
  void Cache(std::string_view key, std::string_view row);

 private:
  struct MetRow {
    TweetId id;
    std::size_t at;  // in met_bytes_
    std::size_t size;
  };
  NewestTweets Walk(UserId author, const std::optional<TweetId>& before, std::span<TweetId> ids);
  void Meet(TweetId id, std::string_view row);

  ReadView& view_;
  std::optional<Scan> scan_;  // one for all authors
  std::vector<MetRow> met_rows_;
  std::string met_bytes_;
};

}  // namespace warble::storage
