#include "storage/model/timeline.h"

#include "storage/model/follows.h"
#include "storage/model/newest_tweets.h"
#include "storage/model/users.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace warble::storage {

namespace {

// Few authors have more of the newest twenty tweets than this; they are asked again.
constexpr std::size_t kTaken = NewestTweetsReader::kMetRows;
// The stream of a tweet that another shard has named.
constexpr std::size_t kElsewhere = std::numeric_limits<std::size_t>::max();

// A tweet as the page names it.
struct Name {
  UserId author;
  TweetId id;
  std::size_t stream;
};

// Merges the tweets of many authors, newest first. An author's are looked up only when the merge
// has come down to the bound of the author's last tweet, so of most authors they never are.
class Merge {
 public:
  /// `page`: how many tweets are wanted, probably.
  Merge(ReadView& view, NewestTweetsReader& newest, std::span<const EdgePosition> authors,
        const std::optional<TweetId>& after, std::size_t page)
      : view_(view), newest_(newest), next_taken_(page) {
    // Only tweets before `after` matter.
    const TweetId most{!after ? TweetId::kMaxValue : after->value == 0 ? 0 : after->value - 1};
    waiting_.reserve(authors.size());
    for (const EdgePosition& author : authors) {
      const TweetId bound = std::min(newest.LastTweetBound(author.user), most);
      if (bound.value != 0) waiting_.push_back({bound, author.user, kNotOpened});
    }
    TakeWaiting();
  }

  std::optional<Name> Next() {
    while (view_.status() == ReadStatus::kOk) {
      if (heads_.empty() || heads_.front().id < waiting_bound_) {
        if (waiting_.empty()) return std::nullopt;
        TakeWaiting();
        continue;
      }
      std::pop_heap(heads_.begin(), heads_.end());
      const Head head = heads_.back();
      heads_.pop_back();
      if (head.stream == kNotOpened) {
        streams_.push_back({head.author, {}, {0, head.id}, 0, false});
        Continue(streams_.size() - 1, {head.id.value + 1});
        continue;
      }
      Continue(head.stream, head.id);
      return Name{head.author, head.id, head.stream};
    }
    return std::nullopt;
  }

  // No more of this author's.
  void Drop(std::size_t stream) { streams_[stream].dropped = true; }

 private:
  static constexpr std::size_t kNotOpened = std::numeric_limits<std::size_t>::max();

  // The newest tweet of an author that was not named yet; of one not opened, a bound of it.
  struct Head {
    TweetId id;
    UserId author;
    std::size_t stream;
    bool operator<(const Head& other) const { return id < other.id; }
  };

  // An author's tweets as far as the merge has come.
  struct Stream {
    UserId author;
    std::array<TweetId, kTaken> ids;
    NewestTweets known;  // what ids hold
    std::size_t next;    // into ids
    bool dropped;
  };

  // Moves the waiting authors with the greatest bounds into the merge: a page of them, and twice as
  // many each time.
  void TakeWaiting() {
    const std::size_t count = std::min(waiting_.size(), next_taken_);
    next_taken_ *= 2;
    const auto first = waiting_.end() - static_cast<std::ptrdiff_t>(count);
    std::nth_element(waiting_.begin(), first, waiting_.end());
    std::vector<CacheKey> keys;
    keys.reserve(count);
    for (auto head = first; head != waiting_.end(); ++head) {
      keys.push_back(DecodedCache::NewestKey(head->author));
    }
    view_.Prefetch(keys);
    heads_.insert(heads_.end(), first, waiting_.end());
    std::make_heap(heads_.begin(), heads_.end());
    waiting_.erase(first, waiting_.end());
    const auto greatest = std::max_element(waiting_.begin(), waiting_.end());
    waiting_bound_ = greatest == waiting_.end() ? TweetId{} : greatest->id;
  }

  // Puts the author's next tweet before `before` into the merge.
  void Continue(std::size_t index, TweetId before) {
    Stream& stream = streams_[index];
    if (stream.dropped) return;
    if (stream.next == stream.known.count) {
      if (stream.known.floor.value == 0) return;
      stream.next = 0;
      stream.known = newest_.Find(stream.author, before, stream.ids);
      if (stream.known.count == 0) return;
    }
    heads_.push_back({stream.ids[stream.next++], stream.author, index});
    std::push_heap(heads_.begin(), heads_.end());
  }

  ReadView& view_;
  NewestTweetsReader& newest_;
  std::vector<Head> waiting_;  // not in the merge: their bounds are at most waiting_bound_
  TweetId waiting_bound_{};
  std::size_t next_taken_;
  std::vector<Head> heads_;  // a heap
  std::vector<Stream> streams_;
};

}  // namespace

namespace {

// The tweets of authors of other shards, merged, newest first. They are known to exist.
class Parts {
 public:
  // Takes the authors of other shards out of `authors`.
  Parts(ReadView& view, std::vector<EdgePosition>& authors, const PageRequest<TweetId>& request)
      : view_(view) {
    if (!view.asks_others()) return;
    const std::size_t all = authors.size();
    std::erase_if(authors, [&](const EdgePosition& author) {
      const auto shard = view_.ShardElsewhere(author.user);
      if (shard) PartOf(*shard, request).authors.push_back(author.user);
      return shard.has_value();
    });
    const double wanted = request.skip + request.limit + 1.0;
    for (Part& part : parts_) {
      std::vector<UserId>& of_shard = part.request.authors;
      std::sort(of_shard.begin(), of_shard.end());
      const double mean = wanted * static_cast<double>(of_shard.size()) / static_cast<double>(all);
      part.request.count =
          static_cast<std::uint32_t>(std::min(wanted, mean + kDeviations * std::sqrt(mean) + 1));
      part.told = view_.FindTimeline(part.shard, part.request);
    }
  }

  // The newest that was not taken; nothing at the end, or when a shard must be asked for more.
  const TimelinePart::Named* Newest() {
    newest_ = nullptr;
    const TimelinePart::Named* found = nullptr;
    for (Part& part : parts_) {
      if (part.told != nullptr && part.next == part.told->tweets.size() && !part.told->all) {
        part.request.before = part.told->tweets.back().id;
        part.told = view_.FindTimeline(part.shard, part.request);
        part.next = 0;
      }
      if (part.told == nullptr) return nullptr;
      if (part.next == part.told->tweets.size()) continue;
      const TimelinePart::Named& head = part.told->tweets[part.next];
      if (found != nullptr && head.id < found->id) continue;
      found = &head;
      newest_ = &part;
    }
    return found;
  }

  void TakeNewest() { ++newest_->next; }

 private:
  // A page of `wanted` tweets holds about wanted · its share of the followees from a shard, and
  // hardly ever so many standard deviations more; then the shard is asked again.
  static constexpr double kDeviations = 3;

  struct Part {
    ShardNumber shard;
    TimelineRequest request;
    const TimelinePart* told = nullptr;
    std::size_t next = 0;  // in told
  };

  TimelineRequest& PartOf(ShardNumber shard, const PageRequest<TweetId>& request) {
    for (Part& part : parts_) {
      if (part.shard == shard) return part.request;
    }
    Part& part = parts_.emplace_back();
    part.shard = shard;
    part.request.before = request.after;
    // Of a deep page nearly all is skipped: its rows are asked for when it is known which they are.
    part.request.content = request.skip == 0;
    return part.request;
  }

  ReadView& view_;
  std::vector<Part> parts_;
  Part* newest_ = nullptr;
};

// The tweets of followees wherever they live.
class Timeline {
 public:
  Timeline(ReadView& view, NewestTweetsReader& newest, std::vector<EdgePosition> authors,
           const PageRequest<TweetId>& request)
      : view_(view),
        parts_(view, authors, request),
        merge_(view, newest, authors, request.after, std::size_t{request.limit} + 1) {}

  std::optional<Name> Next() {
    if (!view_.asks_others()) return merge_.Next();
    const TimelinePart::Named* const elsewhere = parts_.Newest();
    if (!here_) here_ = merge_.Next();
    if (elsewhere != nullptr && (!here_ || here_->id < elsewhere->id)) {
      parts_.TakeNewest();
      return Name{elsewhere->author, elsewhere->id, kElsewhere};
    }
    return std::exchange(here_, std::nullopt);
  }

  void Drop(std::size_t stream) { merge_.Drop(stream); }

 private:
  ReadView& view_;
  Parts parts_;
  Merge merge_;
  std::optional<Name> here_;  // the newest of this shard's authors, once it was looked for
};

}  // namespace

Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request) {
  std::vector<EdgePosition> authors = LoadFollowees(view, user);
  if (include_self) authors.push_back({{}, user});
  NewestTweetsReader newest(view);
  Timeline timeline(view, newest, std::move(authors), request);
  PageBuilder<TweetItem> page(request);
  TweetLoader loader(view, request.viewer);
  WalkByChunks<Name>(
      view, page, [&] { return timeline.Next(); },
      [&](auto names, Wanted wanted) {
        if (wanted == Wanted::kRow || !view.asks_others()) loader.Prefetch(names, wanted);
      },
      [&](const Name& name) {
        // A shard that names a tweet has seen that it is there.
        if (name.stream == kElsewhere && !page.NeedsContent()) return page.Add({});
        const SharedSummary& author = loader.FindAuthor(name.author);
        if (author == nullptr) {
          if (name.stream != kElsewhere) timeline.Drop(name.stream);
          return true;
        }
        if (!page.NeedsContent()) return page.Add({});
        std::optional<Tweet> tweet = LoadTweet(newest, name.author, name.id);
        return !tweet || page.Add({std::move(*tweet), author});
      });
  return page.Take();
}

TimelinePart ListTimelinePart(ReadView& view, const TimelineRequest& request,
                              std::vector<Told::Row>* rows) {
  std::vector<EdgePosition> authors;
  authors.reserve(request.authors.size());
  for (const UserId author : request.authors) authors.push_back({{}, author});
  NewestTweetsReader newest(view);
  Merge merge(view, newest, authors, request.before, request.count);
  PageBuilder<TimelinePart::Named> page(PageRequest<TweetId>{{}, 0, request.count});
  std::vector<std::pair<UserId, bool>> living;
  std::string row;
  const auto tell = [&](Family family, const Key& key, bool wanted) {
    if (!newest.Get(family, key, &row)) return false;
    if (wanted) {
      rows->push_back({DecodedCache::RowKey(family, key), RowToTell(family, row, Wanted::kRow)});
    }
    return true;
  };
  const auto lives = [&](UserId author) {
    const auto known = std::find_if(living.begin(), living.end(),
                                    [&](const auto& other) { return other.first == author; });
    if (known != living.end()) return known->second;
    const bool alive = tell(Family::kUsers, UserKey(author), false) && !IsDeletedUser(row);
    if (alive && request.content) tell(Family::kUsers, UserKey(author), true);
    return living.emplace_back(author, alive).second;
  };
  TweetLoader loader(view);
  WalkByChunks<Name>(
      view, page, [&] { return merge.Next(); },
      [&](auto names, Wanted wanted) { loader.Prefetch(names, wanted); },
      [&](const Name& name) {
        if (!lives(name.author)) {
          merge.Drop(name.stream);
          return true;
        }
        const bool there = tell(Family::kTweets, TweetKey(name.author, name.id),
                                request.content && page.NeedsContent());
        return !there || page.Add({name.author, name.id});
      });
  Page<TimelinePart::Named> told = page.Take();
  return {std::move(told.items), !told.more};
}

}  // namespace warble::storage
