#include "storage/model/purge.h"

#include "storage/base/check.h"
#include "storage/base/thread_priority.h"
#include "storage/committer.h"
#include "storage/engine/engine.h"
#include "storage/model/favorites.h"
#include "storage/model/follows.h"
#include "storage/pending_purges.h"

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warble::storage {
namespace {

// Each removes one row, found in a scan that may be out of date, and all that goes with it. Of an
// edge that the user made, that is taking it back; of one that others made, its end here and then
// its end there, which says whether the edge is still that of the row.

void PurgeFollowOut(Transaction& transaction, UserId user, std::string_view key) {
  Unfollow(transaction, user, DecodeFollowOutFollowee(key));
}

void PurgeFollowIn(Transaction& transaction, UserId user, std::string_view key) {
  const EdgePosition follower = DecodeFollowInFollower(key);
  if (FindFollow(transaction, follower.user, user) != follower.at) return;
  RemoveFollowIn(transaction, user, follower);
  RemoveFollowOut(transaction, follower.user, user);
}

void PurgeFavoriteOut(Transaction& transaction, UserId user, std::string_view key) {
  Unfavorite(transaction, user, DecodeFavoriteOutTweet(key));
}

void PurgeFavoriteIn(Transaction& transaction, UserId author, std::string_view key) {
  const auto [tweet, user] = DecodeFavoriteIn(key);
  const std::optional<FavoriteOut> favorite = FindFavorite(transaction, user.user, tweet);
  if (!favorite || favorite->at != user.at) return;
  RemoveFavoriteIn(transaction, author, tweet, user);
  RemoveFavoriteOut(transaction, user.user, tweet);
}

void PurgeTweet(Transaction& transaction, UserId user, std::string_view key) {
  if (!transaction.Has(Family::kTweets, key)) return;
  transaction.Delete(Family::kTweets, key);
  transaction.Delete(Family::kFavoritedTweets, key);
  ChangeUserCounter(transaction, user, &UserCounters::tweets, -1);
}

void PurgeAnswer(Transaction& transaction, UserId, std::string_view key) {
  transaction.Delete(Family::kIdempotency, key);
}

struct Phase {
  Family family;
  void (*purge_row)(Transaction&, UserId, std::string_view key);
};

// Favorites of the user's tweets go before the tweets: a favorite without its tweet is allowed to a
// verifier only while its purge is pending, and this way even that does not happen.
constexpr std::array kUserPhases = {
    Phase{Family::kFollowsOut, PurgeFollowOut},
    Phase{Family::kFollowsIn, PurgeFollowIn},
    Phase{Family::kFavoritesOut, PurgeFavoriteOut},
    Phase{Family::kFavoritesIn, PurgeFavoriteIn},
    Phase{Family::kTweets, PurgeTweet},
    Phase{Family::kIdempotency, PurgeAnswer},
};
constexpr std::array kTweetPhases = {Phase{Family::kFavoritesIn, PurgeFavoriteIn}};

struct Chunk {
  std::vector<std::string> keys;
  bool end = false;  // nothing is left behind these
};

// The next keys of a prefix behind `cursor`; at most `limit`.
Chunk CollectKeys(ReadView& view, Family family, std::string_view prefix, std::string_view cursor,
                  std::size_t limit) {
  Chunk chunk;
  // Starts behind the cursor: a seek to the start of the prefix walks over all rows deleted before.
  Scan scan = view.ScanRange(family, cursor.empty() ? prefix : cursor, PrefixEnd(prefix));
  if (scan.Valid() && scan.key() == cursor) scan.Next();
  for (; scan.Valid() && chunk.keys.size() < limit; scan.Next()) {
    chunk.keys.emplace_back(scan.key());
  }
  chunk.end = !scan.Valid();
  return chunk;
}

// The share of one purge in a step.
struct Share {
  std::string purge_key;
  PurgeTarget target;
  struct Row {
    const Phase* phase;
    std::string key;
  };
  std::vector<Row> rows;
  PurgeProgress progress;  // behind them
  bool finished = false;
};

// The next rows of a purge, at most `limit`, phase after phase. Nothing if it is not pending, or if
// the view failed.
std::optional<Share> CollectShare(ReadView& view, std::string_view purge_key, std::size_t limit) {
  std::string value;
  if (!view.Get(Family::kMeta, purge_key, &value)) return std::nullopt;
  Share share{std::string(purge_key), DecodePurgeKey(purge_key), {}, DecodePurgeProgress(value)};
  const PurgeTarget& target = share.target;
  const std::span<const Phase> phases =
      target.tweet ? std::span<const Phase>(kTweetPhases) : std::span<const Phase>(kUserPhases);
  const Key prefix = target.tweet ? TweetKey(target.user, *target.tweet) : UserKey(target.user);
  PurgeProgress& progress = share.progress;
  WARBLE_CHECK(progress.phase < phases.size());
  while (progress.phase < phases.size()) {
    const Phase& phase = phases[progress.phase];
    Chunk chunk =
        CollectKeys(view, phase.family, prefix, progress.cursor, limit - share.rows.size());
    if (view.status() != ReadStatus::kOk) return std::nullopt;
    if (!chunk.end && !chunk.keys.empty()) progress.cursor = chunk.keys.back();
    for (std::string& key : chunk.keys) share.rows.push_back({&phase, std::move(key)});
    if (!chunk.end) break;
    ++progress.phase;
    progress.cursor.clear();
  }
  share.finished = progress.phase == phases.size();
  return share;
}

void PurgeShare(Transaction& transaction, const Share& share) {
  for (const Share::Row& row : share.rows) {
    row.phase->purge_row(transaction, share.target.user, row.key);
  }
  if (!share.finished) {
    transaction.Put(Family::kMeta, share.purge_key, EncodePurgeProgress(share.progress));
    return;
  }
  transaction.Delete(Family::kMeta, share.purge_key);
  if (!share.target.tweet) {
    transaction.Delete(Family::kUserCounters, UserKey(share.target.user));
  }
}

// Evaluates rows of a share for the reads alone; false: one failed.
bool RehearseRows(const Engine& engine, const Clock& clock, UserId user,
                  std::span<const Share::Row> rows) {
  ReadView view(engine, ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
  Transaction rehearsal(view, clock);
  for (const Share::Row& row : rows) row.phase->purge_row(rehearsal, user, row.key);
  return view.status() == ReadStatus::kOk;
}

// The same of all rows, so that the committer finds in memory what it will read. Cold rows wait for
// the disk: threads, which inherit this one's priority, read those of a large share at once.
bool Rehearse(const Engine& engine, const Clock& clock, const Share& share) {
  constexpr std::size_t kRowsOfAThread = 64;
  const auto policy = std::launch::async | std::launch::deferred;  // deferred: no thread is left
  std::span<const Share::Row> rows(share.rows);
  std::vector<std::future<bool>> others;
  while (rows.size() > kRowsOfAThread) {
    others.push_back(std::async(policy, RehearseRows, std::cref(engine), std::cref(clock),
                                share.target.user, rows.first(kRowsOfAThread)));
    rows = rows.subspan(kRowsOfAThread);
  }
  bool succeeded = RehearseRows(engine, clock, share.target.user, rows);
  for (std::future<bool>& other : others) succeeded = other.get() && succeeded;
  return succeeded;
}

// The share of the next purge, rehearsed. It has views of its own, so that an unreadable purge
// leaves the others sound.
std::optional<Share> PrepareShare(const Engine& engine, const Clock& clock, PendingPurges& pending,
                                  const std::string& purge_key, std::size_t limit) {
  ReadView view(engine, ReadView::Mode::kMayBlock);
  std::optional<Share> share = CollectShare(view, purge_key, limit);
  if (view.status() != ReadStatus::kOk || (share && !Rehearse(engine, clock, *share))) {
    pending.SetAside(purge_key);
    return std::nullopt;
  }
  if (!share) pending.Forget(purge_key);
  return share;
}

}  // namespace

bool PurgeWorker::Step(Engine& engine, Committer& committer) {
  PendingPurges& pending = committer.pending_purges();
  pending.ReadOn(engine);
  std::vector<Share> shares;
  bool took_any = false;
  for (std::size_t room = kChunkRows; room > 0;) {
    const std::optional<std::string> purge_key = pending.Take();
    if (!purge_key) break;
    took_any = true;
    std::optional<Share> share = PrepareShare(engine, committer.clock(), pending, *purge_key, room);
    const std::size_t rows = share ? share->rows.size() : 0;
    room -= std::max<std::size_t>(rows, 1);
    if (share) shares.push_back(std::move(*share));
  }
  if (shares.empty()) return took_any;
  const auto run = committer.Run(Committer::Class::kBackground, [&](Transaction& transaction) {
    for (const Share& share : shares) PurgeShare(transaction, share);
  });
  const bool admitted = run.admission == Committer::Admission::kAccepted;
  for (Share& share : shares) {
    if (admitted && !run.committed()) {
      pending.SetAside(share.purge_key);
    } else if (run.committed() && share.finished) {
      pending.Forget(share.purge_key);
    } else {
      pending.Requeue(std::move(share.purge_key));
    }
  }
  return admitted;
}

PurgeWorker::PurgeWorker(Engine& engine, Committer& committer)
    : engine_(engine),
      committer_(committer),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void PurgeWorker::Loop(const std::stop_token& stop) {
  LowerThreadPriority();
  auto next_retry = std::chrono::steady_clock::now() + kRetry;
  bool worked = true;
  while (PauseFor(stop, worked ? std::chrono::milliseconds(0) : kIdle)) {
    worked = Step(engine_, committer_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_retry) continue;
    next_retry = now + kRetry;
    committer_.pending_purges().RetrySetAside();
  }
}

}  // namespace warble::storage
