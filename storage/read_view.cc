#include "storage/read_view.h"

#include "storage/check.h"
#include "storage/engine.h"

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <functional>

namespace warble::storage {

struct Scan::State {
  ReadView* view;
  // The iterator keeps a pointer to `upper`, so both live here at a fixed address.
  std::string lower;
  std::string upper;
  rocksdb::Slice upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
};

Scan::Scan(std::unique_ptr<State> state) : state_(std::move(state)) {}
Scan::Scan(Scan&&) noexcept = default;
Scan::~Scan() = default;

bool Scan::Valid() const {
  return state_->view->status() == ReadStatus::kOk && state_->iterator->Valid();
}

void Scan::Next() {
  state_->iterator->Next();
  Moved();
}

void Scan::Seek(std::string_view key) {
  if (state_->view->status() != ReadStatus::kOk) return;
  state_->iterator->Seek(rocksdb::Slice(key < state_->lower ? state_->lower : key));
  Moved();
}

void Scan::Moved() {
  state_->view->Spend();
  const rocksdb::Status status = state_->iterator->status();
  if (!status.ok()) state_->view->Fail(status.IsIncomplete(), status.ToString());
}

std::string_view Scan::key() const { return state_->iterator->key().ToStringView(); }
std::string_view Scan::value() const { return state_->iterator->value().ToStringView(); }

namespace {
// Enough of an author's newest tweets for nearly every timeline.
constexpr std::size_t kNewestAtFirst = 8;
}  // namespace

ReadView::ReadView(const Engine& engine, Mode mode, Rows rows)
    : engine_(engine),
      mode_(mode),
      cache_(rows == Rows::kCached ? &engine.decoded_cache() : nullptr),
      completed_(engine.decoded_cache().completed()) {
  if (rows == Rows::kSnapshot) Options();
}

ReadView::~ReadView() {
  if (options_ != nullptr) engine_.db().ReleaseSnapshot(options_->snapshot);
}

const rocksdb::ReadOptions& ReadView::Options() {
  if (options_ == nullptr) {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);  // counting would cost more than comparing
    options_ = std::make_unique<rocksdb::ReadOptions>();
    options_->snapshot = engine_.db().GetSnapshot();
    if (mode_ == Mode::kCacheOnly) options_->read_tier = rocksdb::kBlockCacheTier;
  }
  return *options_;
}

bool ReadView::Get(Family family, std::string_view key, std::string* value) {
  if (status_ != ReadStatus::kOk) return false;
  Spend();
  if (cache_ == nullptr || !DecodedCache::Holds(family)) {
    return GetFromDatabase(family, key, value);
  }
  const DecodedCache::Row row = cache_->FindRow(family, key, value);
  if (row != DecodedCache::Row::kUnknown) return row == DecodedCache::Row::kPresent;
  const bool found = GetFromDatabase(family, key, value);
  if (status_ == ReadStatus::kOk) {
    const auto known = found ? std::optional<std::string_view>(*value) : std::nullopt;
    cache_->FillRow(family, key, known, completed_);
  }
  return found;
}

bool ReadView::GetFromDatabase(Family family, std::string_view key, std::string* value) {
  rocksdb::PinnableSlice pinned;
  const rocksdb::Status status = engine_.db().Get(Options(), engine_.family(family), key, &pinned);
  if (status.ok()) {
    value->assign(pinned.data(), pinned.size());
    return true;
  }
  if (!status.IsNotFound()) Fail(status.IsIncomplete(), status.ToString());
  return false;
}

std::vector<EdgePosition> ReadView::Followees(UserId user) {
  Spend();
  std::vector<EdgePosition> followees;
  if (cache_ != nullptr && cache_->FindFollowees(user, &followees)) return followees;
  followees = ScanFollowees(user);
  if (cache_ != nullptr && status_ == ReadStatus::kOk) {
    cache_->FillFollowees(user, followees, completed_);
  }
  return followees;
}

std::vector<EdgePosition> ReadView::ScanFollowees(UserId user) {
  // The rows lie by id: sort them by time.
  std::vector<EdgePosition> followees;
  for (Scan scan = ScanPrefix(Family::kFollowsOut, UserKey(user)); scan.Valid(); scan.Next()) {
    followees.push_back({DecodeTimestamp(scan.value()), DecodeFollowOutFollowee(scan.key())});
  }
  std::sort(followees.begin(), followees.end(), std::greater<>());
  return followees;
}

TweetId ReadView::LastTweetBound(UserId author) const {
  return engine_.last_tweets().Bound(author);
}

NewestTweets ReadView::Newest(UserId author, const std::optional<TweetId>& before,
                              std::span<TweetId> ids) {
  Spend();
  const CacheKey key = DecodedCache::NewestKey(author);
  if (cache_ != nullptr) {
    const std::optional<NewestTweets> known = cache_->FindNewest(key, before, ids);
    // A short list serves a timeline, but not a page of the author's: that one makes it longer.
    const bool serves = known && (before || ids.size() <= kNewestAtFirst);
    if (known && (serves || known->count == ids.size() || known->floor.value == 0)) return *known;
  }
  std::array<TweetId, NewestTweets::kLimit> newest;
  const std::size_t wanted = std::clamp(ids.size(), kNewestAtFirst, newest.size());
  auto [count, floor] = ScanNewest(author, std::span(newest).first(wanted));
  if (cache_ != nullptr && status_ == ReadStatus::kOk) {
    cache_->FillNewest(key, std::span(newest).first(count), floor, completed_);
  }
  NewestTweets found{0, floor};
  for (const TweetId id : std::span(newest).first(count)) {
    if (before && id >= *before) continue;
    if (found.count == ids.size()) {
      found.floor = ids.back();
      break;
    }
    ids[found.count++] = id;
  }
  return found;
}

NewestTweets ReadView::ScanNewest(UserId author, std::span<TweetId> ids) {
  NewestTweets newest;
  Scan scan = ScanPrefix(Family::kTweets, UserKey(author));
  for (; scan.Valid() && newest.count < ids.size(); scan.Next()) {
    ids[newest.count++] = DecodeTweetKey(scan.key()).id;
  }
  if (scan.Valid()) newest.floor = ids.back();
  return newest;
}

void ReadView::PrefetchNewest(std::span<const UserId> authors) const {
  if (cache_ == nullptr) return;
  std::vector<CacheKey> keys;
  keys.reserve(authors.size());
  for (const UserId author : authors) keys.push_back(DecodedCache::NewestKey(author));
  cache_->PrefetchNewest(keys);
}

void ReadView::PrefetchRows(std::span<const RowName> rows) const {
  if (cache_ != nullptr) cache_->PrefetchRows(rows);
}

Scan ReadView::ScanPrefix(Family family, std::string_view prefix) {
  return ScanRange(family, prefix, PrefixEnd(prefix));
}

Scan ReadView::ScanRange(Family family, std::string_view lower, std::string_view upper) {
  auto state = std::make_unique<Scan::State>();
  state->view = this;
  state->lower = lower;
  state->upper = upper;
  state->upper_slice = rocksdb::Slice(state->upper);
  rocksdb::ReadOptions options = Options();
  if (!upper.empty()) options.iterate_upper_bound = &state->upper_slice;
  // Prefix filters may be asked only where the whole range lies within one user's rows: elsewhere
  // a seek to an absent prefix would end early with status OK.
  const bool one_user = lower.size() >= kUserPrefixSize && !upper.empty() &&
                        upper <= PrefixEnd(lower.substr(0, kUserPrefixSize));
  options.total_order_seek = !one_user;
  state->iterator.reset(engine_.db().NewIterator(options, engine_.family(family)));
  Scan scan(std::move(state));
  scan.Seek(lower);
  return scan;
}

Scan ReadView::ScanByUser(Family family) {
  auto state = std::make_unique<Scan::State>();
  state->view = this;
  rocksdb::ReadOptions options = Options();
  options.prefix_same_as_start = true;
  state->iterator.reset(engine_.db().NewIterator(options, engine_.family(family)));
  return Scan(std::move(state));
}

void ReadView::Spend() {
  if (mode_ == Mode::kMayBlock) return;
  if (rows_left_ == 0) {
    if (status_ == ReadStatus::kOk) status_ = ReadStatus::kWouldBlock;
    return;
  }
  --rows_left_;
}

void ReadView::Fail(bool incomplete, std::string_view what) {
  if (incomplete && mode_ == Mode::kCacheOnly) {
    if (status_ == ReadStatus::kOk) status_ = ReadStatus::kWouldBlock;
    return;
  }
  spdlog::error("a read failed: {}", what);
  status_ = ReadStatus::kFailed;
}

}  // namespace warble::storage
