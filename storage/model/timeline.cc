#include "storage/model/timeline.h"

#include "storage/model/users.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace warble::storage {

namespace {

// Few authors have more of the newest twenty tweets than this; they are asked again.
constexpr std::size_t kTaken = ReadView::kMetRows;

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
  Merge(ReadView& view, std::span<const EdgePosition> authors, const std::optional<TweetId>& after,
        std::size_t page)
      : view_(view), next_taken_(page) {
    // Only tweets before `after` matter.
    const TweetId most{!after ? TweetId::kMaxValue : after->value == 0 ? 0 : after->value - 1};
    waiting_.reserve(authors.size());
    for (const EdgePosition& author : authors) {
      const TweetId bound = std::min(view.LastTweetBound(author.user), most);
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
      stream.known = view_.Newest(stream.author, before, stream.ids);
      if (stream.known.count == 0) return;
    }
    heads_.push_back({stream.ids[stream.next++], stream.author, index});
    std::push_heap(heads_.begin(), heads_.end());
  }

  ReadView& view_;
  std::vector<Head> waiting_;  // not in the merge: their bounds are at most waiting_bound_
  TweetId waiting_bound_{};
  std::size_t next_taken_;
  std::vector<Head> heads_;  // a heap
  std::vector<Stream> streams_;
};

}  // namespace

Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request) {
  std::vector<EdgePosition> authors = view.Followees(user);
  if (include_self) authors.push_back({{}, user});
  Merge merge(view, authors, request.after, std::size_t{request.limit} + 1);
  PageBuilder<TweetItem> page(request);
  TweetLoader loader(view);
  WalkByChunks<Name>(
      request.limit, [&] { return merge.Next(); }, [&](auto names) { loader.Prefetch(names); },
      [&](const Name& name) {
        const SharedSummary& author = loader.FindAuthor(name.author);
        if (author == nullptr) {
          merge.Drop(name.stream);
          return true;
        }
        if (!page.NeedsContent()) return page.Add({});
        std::optional<Tweet> tweet = LoadTweet(view, name.author, name.id);
        return !tweet || page.Add({std::move(*tweet), author});
      });
  return page.Take();
}

}  // namespace warble::storage
