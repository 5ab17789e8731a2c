#include "storage/timeline.h"

#include "storage/users.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

namespace warble::storage {

namespace {

// Of how many authors the newest tweets are asked for at once.
constexpr std::size_t kPrefetched = 32;
// Few authors have more than this many of the newest twenty tweets; they are asked again.
constexpr std::size_t kTaken = 4;

// An author's tweets as far as the merge has come.
struct Stream {
  UserId author;
  std::array<TweetId, kTaken> ids;
  NewestTweets known;  // what ids hold
  std::size_t next;    // into ids
  bool dropped;
};

// A tweet as the page names it.
struct Name {
  UserId author;
  TweetId id;
  std::size_t stream;
};

struct Head {
  TweetId id;
  std::size_t stream;
  bool operator<(const Head& other) const { return id < other.id; }
};

// Merges the tweets of many authors, newest first.
class Merge {
 public:
  Merge(ReadView& view, const std::optional<TweetId>& after, std::size_t authors)
      : view_(view), after_(after) {
    streams_.reserve(authors);
    heads_.reserve(authors);
  }

  void Add(std::span<const EdgePosition> authors) {
    std::array<TweetId, kTaken> ids;
    view_.NewestOfAll(authors, after_, ids, [&](std::size_t index, NewestTweets newest) {
      streams_.push_back({authors[index].user, ids, newest, 0, false});
      if (newest.count > 0 || Seek(streams_.back(), after_)) PushHead(streams_.size() - 1);
    });
  }
  // Once every author was added.
  void Begin() { std::make_heap(heads_.begin(), heads_.end()); }

  bool empty() const { return heads_.empty(); }
  Head Pop() {
    std::pop_heap(heads_.begin(), heads_.end());
    const Head head = heads_.back();
    heads_.pop_back();
    return head;
  }
  UserId AuthorOf(const Head& head) const { return streams_[head.stream].author; }
  // No more of this author's.
  void Drop(std::size_t stream) { streams_[stream].dropped = true; }
  void Continue(const Head& head) {
    Stream& stream = streams_[head.stream];
    if (stream.dropped) return;
    if (stream.next == stream.known.count && !Refill(stream, head.id)) return;
    PushHead(head.stream);
    std::push_heap(heads_.begin(), heads_.end());
  }

 private:
  void PushHead(std::size_t index) {
    Stream& stream = streams_[index];
    heads_.push_back({stream.ids[stream.next++], index});
  }

  // Takes an author's next tweets before `after`; false when there are none.
  bool Refill(Stream& stream, TweetId after) {
    if (stream.known.floor.value == 0) return false;
    stream.next = 0;
    stream.known = view_.Newest(stream.author, after, stream.ids);
    return stream.known.count > 0 || Seek(stream, after);
  }

  // The same by a seek, one tweet at a time, where the newest tweets do not reach.
  bool Seek(Stream& stream, const std::optional<TweetId>& after) {
    if (stream.known.floor.value == 0) return false;
    if (!scan_) scan_.emplace(view_.ScanByUser(Family::kTweets));
    scan_->Seek(SeekKeyAfter(stream.author, after));
    if (!scan_->Valid()) return false;
    const TweetKeyParts parts = DecodeTweetKey(scan_->key());
    if (parts.author != stream.author) return false;
    stream.ids[0] = parts.id;
    stream.known = {1, parts.id};
    return true;
  }

  ReadView& view_;
  const std::optional<TweetId> after_;
  std::vector<Stream> streams_;
  std::vector<Head> heads_;
  std::optional<Scan> scan_;
};

}  // namespace

Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request) {
  std::vector<EdgePosition> authors = view.Followees(user);
  if (include_self) authors.push_back({{}, user});
  Merge merge(view, request.after, authors.size());
  for (std::span<const EdgePosition> rest = authors;
       !rest.empty() && view.status() == ReadStatus::kOk;) {
    const std::size_t count = std::min(rest.size(), kPrefetched);
    merge.Add(rest.first(count));
    rest = rest.subspan(count);
  }
  merge.Begin();

  const auto next = [&]() -> std::optional<Name> {
    if (merge.empty() || view.status() != ReadStatus::kOk) return std::nullopt;
    const Head head = merge.Pop();
    merge.Continue(head);
    return Name{merge.AuthorOf(head), head.id, head.stream};
  };
  PageBuilder<TweetItem> page(request);
  TweetLoader loader(view);
  WalkByChunks<Name>(
      request.limit, next, [&](auto names) { loader.Prefetch(names); },
      [&](const Name& name) {
        if (!loader.IsAuthorAlive(name.author)) {
          merge.Drop(name.stream);
          return true;
        }
        if (!page.NeedsContent()) return page.Add({});
        std::optional<TweetItem> item = loader.Load(name.author, name.id);
        return !item || page.Add(std::move(*item));
      });
  return page.Take();
}

}  // namespace warble::storage
