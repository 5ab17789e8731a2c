#include "storage/model/newest_tweets.h"

#include "storage/engine/engine.h"

#include <algorithm>
#include <array>

namespace warble::storage {
namespace {

constexpr std::size_t kMetRowsLimit = 128;  // then the old ones are forgotten, and looked up again

// The author's newest tweets that are older than `before`, as far as `ids` has room.
NewestTweets Select(std::span<const TweetId> newest, TweetId floor,
                    const std::optional<TweetId>& before, std::span<TweetId> ids) {
  NewestTweets selected{0, floor};
  for (const TweetId id : newest) {
    if (before && id >= *before) continue;
    if (selected.count == ids.size()) return {selected.count, ids.back()};
    ids[selected.count++] = id;
  }
  return selected;
}

}  // namespace

NewestTweets NewestTweetsReader::Find(UserId author, const std::optional<TweetId>& before,
                                      std::span<TweetId> ids) {
  if (!view_.Serves(author)) return {};
  view_.SpendLookUp();
  if (DecodedCache* const cache = view_.cache()) {
    const CacheKey key = DecodedCache::NewestKey(author);
    std::optional<NewestTweets> known = cache->FindNewest(key, before, ids, view_.Trusted());
    // Deletions make what is kept shorter than a page of the author's.
    if (!known || (!before && known->count < ids.size() && known->floor.value != 0)) {
      std::array<TweetId, NewestTweets::kLimit> newest;
      const auto [count, floor] = Walk(author, std::nullopt, newest);
      if (view_.status() != ReadStatus::kOk) return {};
      cache->FillNewest(key, std::span(newest).first(count), floor, view_.completed());
      known = Select(std::span(newest).first(count), floor, before, ids);
    }
    if (known->count > 0 || known->floor.value == 0) return *known;
  }
  return Walk(author, before, ids);
}

TweetId NewestTweetsReader::LastTweetBound(UserId author) const {
  return view_.engine().last_tweets().Bound(author);
}

NewestTweets NewestTweetsReader::Walk(UserId author, const std::optional<TweetId>& before,
                                      std::span<TweetId> ids) {
  if (!scan_) scan_.emplace(view_.ScanByUser(Family::kTweets));
  NewestTweets newest;
  for (scan_->Seek(SeekKeyAfter(author, before)); scan_->Valid() && newest.count < ids.size();
       scan_->Next()) {
    const TweetId id = DecodeTweetKey(scan_->key()).id;
    if (newest.count < kMetRows) Meet(id, scan_->value());
    ids[newest.count++] = id;
  }
  if (scan_->Valid()) newest.floor = ids.back();
  return newest;
}

void NewestTweetsReader::Meet(TweetId id, std::string_view row) {
  if (met_rows_.size() == kMetRowsLimit) {
    met_rows_.clear();
    met_bytes_.clear();
  }
  met_rows_.push_back({id, met_bytes_.size(), row.size()});
  met_bytes_.append(row);
}

bool NewestTweetsReader::Get(Family family, std::string_view key, std::string* value) {
  if (family != Family::kTweets || met_rows_.empty()) return view_.Get(family, key, value);
  const auto met =
      std::find_if(met_rows_.begin(), met_rows_.end(),
                   [id = DecodeTweetKey(key).id](const MetRow& other) { return other.id == id; });
  if (met == met_rows_.end()) return view_.Get(family, key, value);
  view_.SpendLookUp();
  if (view_.status() != ReadStatus::kOk) return false;
  value->assign(met_bytes_, met->at, met->size);
  Cache(key, *value);
  return true;
}

bool NewestTweetsReader::IsCached(UserId author, TweetId id) const {
  std::string row;
  return view_.cache() != nullptr && view_.cache()->FindRow(Family::kTweets, TweetKey(author, id),
                                                            &row) != DecodedCache::Row::kUnknown;
}

void NewestTweetsReader::Cache(std::string_view key, std::string_view row) {
  if (view_.cache() != nullptr) {
    view_.cache()->FillRow(Family::kTweets, key, row, view_.completed());
  }
}

}  // namespace warble::storage
