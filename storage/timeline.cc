#include "storage/timeline.h"

#include "storage/users.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace warble::storage {

namespace {

// An author's tweets as far as the merge has come. The newest come from a short list; only who has
// more among the wanted ones is read further, by seeks.
struct Stream {
  UserId author;
  DecodedCache::Newest newest;
  std::size_t next = 0;  // into newest->ids
};

struct Head {
  TweetId id;
  std::size_t stream;
  bool operator<(const Head& other) const { return id < other.id; }
};

// Merges the tweets of many authors, newest first.
class Merge {
 public:
  explicit Merge(ReadView& view) : view_(view) {}

  void Add(UserId author, const std::optional<TweetId>& after) {
    Stream stream{author, view_.Newest(author)};
    const std::vector<TweetId>& ids = stream.newest->ids;
    while (after && stream.next < ids.size() && ids[stream.next] >= *after) ++stream.next;
    streams_.push_back(std::move(stream));
    Advance(streams_.size() - 1, after);
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
  void Continue(const Head& head) {
    const std::size_t before = heads_.size();
    Advance(head.stream, head.id);
    if (heads_.size() > before) std::push_heap(heads_.begin(), heads_.end());
  }

 private:
  // Appends the next head of a stream, which is the newest tweet before `after`.
  void Advance(std::size_t index, const std::optional<TweetId>& after) {
    Stream& stream = streams_[index];
    if (stream.next < stream.newest->ids.size()) {
      heads_.push_back({stream.newest->ids[stream.next++], index});
      return;
    }
    if (stream.newest->floor.value == 0) return;  // those were all
    if (!scan_) scan_.emplace(view_.ScanByUser(Family::kTweets));
    scan_->Seek(SeekKeyAfter(stream.author, after));
    if (!scan_->Valid()) return;
    const TweetKeyParts parts = DecodeTweetKey(scan_->key());
    if (parts.author == stream.author) heads_.push_back({parts.id, index});
  }

  ReadView& view_;
  std::vector<Stream> streams_;
  std::vector<Head> heads_;
  std::optional<Scan> scan_;
};

}  // namespace

Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request) {
  Merge merge(view);
  const DecodedCache::Followees followees = view.Followees(user);
  for (const UserId author : *followees) {
    if (view.status() != ReadStatus::kOk) break;
    merge.Add(author, request.after);
  }
  if (include_self) merge.Add(user, request.after);
  merge.Begin();

  PageBuilder<TweetItem> page(request);
  SummaryCache summaries(view);
  while (!merge.empty() && view.status() == ReadStatus::kOk) {
    const Head head = merge.Pop();
    const UserId author_id = merge.AuthorOf(head);
    const UserSummary* author = summaries.Find(author_id);
    if (author == nullptr) continue;  // deleted: none of the author's tweets count
    std::optional<Tweet> tweet = Tweet{head.id, author_id, {}, 0};
    if (page.NeedsContent()) tweet = LoadTweet(view, author_id, head.id);
    if (tweet && !page.Add({std::move(*tweet), *author})) break;
    merge.Continue(head);
  }
  return page.Take();
}

}  // namespace warble::storage
