#include "storage/purge.h"

#include "storage/check.h"
#include "storage/committer.h"
#include "storage/engine.h"
#include "storage/favorites.h"
#include "storage/follows.h"
#include "storage/sessions.h"
#include "storage/thread_priority.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <span>

namespace warble::storage {
namespace {

// Each removes one row, found in a scan that may be out of date, and all that goes with it.

void PurgeFollowOut(Transaction& transaction, UserId user, std::string_view key) {
  Unfollow(transaction, user, DecodeFollowOutFollowee(key));
}

void PurgeFollowIn(Transaction& transaction, UserId user, std::string_view key) {
  Unfollow(transaction, DecodeFollowInFollower(key).user, user);
}

void PurgeFavoriteOut(Transaction& transaction, UserId user, std::string_view key) {
  Unfavorite(transaction, user, DecodeFavoriteOutTweet(key));
}

void PurgeFavoriteIn(Transaction& transaction, UserId, std::string_view key) {
  const FavoriteInParts parts = DecodeFavoriteIn(key);
  Unfavorite(transaction, parts.user.user, parts.id);
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
  // Not from the start of the prefix: a seek there walks over all that was deleted before.
  Scan scan = view.ScanRange(family, cursor.empty() ? prefix : cursor, PrefixEnd(prefix));
  if (scan.Valid() && scan.key() == cursor) scan.Next();
  for (; scan.Valid() && chunk.keys.size() < limit; scan.Next()) {
    chunk.keys.emplace_back(scan.key());
  }
  chunk.end = !scan.Valid();
  return chunk;
}

// Runs a background command to its end; false when the committer is going down or a read failed.
bool RunBehind(Committer& committer, std::function<void(Transaction&)> evaluate) {
  return committer.Run(Committer::Class::kBackground, std::move(evaluate)).committed();
}

Key SweepKey(Family family) { return Key(kMetaSweepPrefix).Append(FamilyName(family)); }

// Whether a row of `family` may go because everything in it has expired.
bool HasExpired(Family family, std::string_view value, Timestamp now) {
  if (family == Family::kIdempotency) return DecodeStoredAnswer(value).expires_at <= now;
  WARBLE_CHECK(family == Family::kSessions);
  const std::vector<SessionRow> sessions = DecodeSessions(value);
  return std::all_of(sessions.begin(), sessions.end(),
                     [&](const SessionRow& session) { return session.expires_at <= now; });
}

}  // namespace

void SchedulePurge(Transaction& transaction, const PurgeTarget& target) {
  transaction.Put(Family::kMeta, PurgeKey(target), EncodePurgeProgress({}));
}

bool PurgeWorker::Step(Engine& engine, Committer& committer) {
  ReadView view(engine, ReadView::Mode::kMayBlock);
  Scan pending = view.ScanPrefix(Family::kMeta, kMetaPurgePrefix);
  if (!pending.Valid()) return false;
  const std::string purge_key(pending.key());
  const PurgeTarget target = DecodePurgeKey(purge_key);
  PurgeProgress progress = DecodePurgeProgress(pending.value());

  const std::span<const Phase> phases =
      target.tweet ? std::span<const Phase>(kTweetPhases) : std::span<const Phase>(kUserPhases);
  WARBLE_CHECK(progress.phase < phases.size());
  const Phase& phase = phases[progress.phase];
  const Key prefix = target.tweet ? TweetKey(target.user, *target.tweet) : UserKey(target.user);
  const Chunk chunk = CollectKeys(view, phase.family, prefix, progress.cursor, kChunkRows);
  if (view.status() != ReadStatus::kOk) return false;

  if (chunk.end) {
    ++progress.phase;
    progress.cursor.clear();
  } else {
    progress.cursor = chunk.keys.back();
  }
  const bool finished = progress.phase == phases.size();
  return RunBehind(committer, [&](Transaction& transaction) {
    for (const std::string& key : chunk.keys) phase.purge_row(transaction, target.user, key);
    if (!finished) {
      transaction.Put(Family::kMeta, purge_key, EncodePurgeProgress(progress));
      return;
    }
    transaction.Delete(Family::kMeta, purge_key);
    if (!target.tweet) transaction.Delete(Family::kUserCounters, UserKey(target.user));
  });
}

bool PurgeWorker::Sweep(Engine& engine, Committer& committer, Family family, Timestamp now) {
  ReadView view(engine, ReadView::Mode::kPassing);
  std::string cursor;
  view.Get(Family::kMeta, SweepKey(family), &cursor);
  std::vector<std::string> expired;
  std::size_t seen = 0;
  Scan scan = view.ScanRange(family, cursor, {});
  for (; scan.Valid() && seen < kSweepRows && expired.size() < kChunkRows; scan.Next()) {
    ++seen;
    cursor = scan.key();
    if (HasExpired(family, scan.value(), now)) expired.push_back(cursor);
  }
  if (view.status() != ReadStatus::kOk) return false;
  const bool end = !scan.Valid();
  if (end && seen < kSweepRows && expired.empty()) {
    // A small family, all of it looked at: the cursor is at the start already, or goes there.
    if (!view.Has(Family::kMeta, SweepKey(family))) return false;
  }
  const bool committed = RunBehind(committer, [&](Transaction& transaction) {
    for (const std::string& key : expired) {
      std::string value;
      if (transaction.Get(family, key, &value) && HasExpired(family, value, now)) {
        transaction.Delete(family, key);
      }
    }
    if (end) {
      transaction.Delete(Family::kMeta, SweepKey(family));
    } else {
      transaction.Put(Family::kMeta, SweepKey(family), cursor);
    }
  });
  return committed && !end;
}

PurgeWorker::PurgeWorker(Engine& engine, Committer& committer)
    : engine_(engine), committer_(committer), thread_([this] { Loop(); }) {}

PurgeWorker::~PurgeWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool PurgeWorker::Sleep(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void PurgeWorker::Loop() {
  LowerThreadPriority();
  auto next_sweep = std::chrono::steady_clock::now();
  while (true) {
    const bool worked = Step(engine_, committer_);
    if (std::chrono::steady_clock::now() >= next_sweep) {
      const Timestamp now = Clock::SystemTime();
      const bool sessions = Sweep(engine_, committer_, Family::kSessions, now);
      const bool answers = Sweep(engine_, committer_, Family::kIdempotency, now);
      next_sweep = std::chrono::steady_clock::now();
      next_sweep += sessions || answers ? kSweepStepPause : std::chrono::milliseconds(kSweepPause);
    }
    if (!Sleep(worked ? std::chrono::milliseconds(0) : kIdle)) return;
  }
}

}  // namespace warble::storage
