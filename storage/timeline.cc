#include "storage/timeline.h"

#include "storage/follows.h"

#include <queue>

namespace warble::storage {

Page<TweetItem> ListTimeline(ReadView& view, UserId user, bool include_self,
                             const PageRequest<TweetId>& request) {
  std::vector<UserId> authors = LoadFollowees(view, user);
  if (include_self) authors.push_back(user);

  // A merge of the authors' lists: the heap holds the newest tweet not yet shown of each.
  struct Head {
    TweetId id;
    UserId author;
    bool operator<(const Head& other) const { return id < other.id; }
  };
  std::priority_queue<Head> heads;
  Scan scan = view.ScanByUser(Family::kTweets);
  const auto push_next = [&](UserId author, const std::optional<TweetId>& after) {
    scan.Seek(SeekKeyAfter(author, after));
    if (!scan.Valid()) return;
    const TweetKeyParts parts = DecodeTweetKey(scan.key());
    if (parts.author == author) heads.push({parts.id, author});
  };
  for (const UserId author : authors) push_next(author, request.after);

  PageBuilder<TweetItem> page(request);
  SummaryCache summaries(view);
  while (!heads.empty() && view.status() == ReadStatus::kOk) {
    const Head head = heads.top();
    heads.pop();
    const UserSummary* author = summaries.Find(head.author);
    if (author == nullptr) continue;  // deleted: none of the author's tweets count
    std::optional<Tweet> tweet = Tweet{head.id, head.author, {}, 0};
    if (page.NeedsContent()) tweet = LoadTweet(view, head.author, head.id);
    if (tweet && !page.Add({std::move(*tweet), *author})) break;
    push_next(head.author, head.id);
  }
  return page.Take();
}

}  // namespace warble::storage
