#include "storage/read_view.h"

#include "storage/check.h"
#include "storage/engine.h"

#include <rocksdb/db.h>
#include <spdlog/spdlog.h>

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
std::unique_ptr<const rocksdb::ReadOptions> MakeReadOptions(ReadView::Mode mode,
                                                            const rocksdb::Snapshot* snapshot) {
  auto options = std::make_unique<rocksdb::ReadOptions>();
  options->snapshot = snapshot;
  if (mode == ReadView::Mode::kCacheOnly) options->read_tier = rocksdb::kBlockCacheTier;
  return options;
}
}  // namespace

ReadView::ReadView(const Engine& engine, Mode mode, Rows rows)
    : engine_(engine),
      mode_(mode),
      cache_(rows == Rows::kCached ? &engine.decoded_cache() : nullptr),
      completed_(engine.decoded_cache().completed()),
      snapshot_(engine.db().GetSnapshot()),
      options_(MakeReadOptions(mode, snapshot_)) {}

ReadView::~ReadView() { engine_.db().ReleaseSnapshot(snapshot_); }

bool ReadView::Get(Family family, std::string_view key, std::string* value) {
  if (status_ != ReadStatus::kOk) return false;
  Spend();
  if (cache_ == nullptr || !DecodedCache::Holds(family)) {
    return GetFromDatabase(family, key, value);
  }
  if (const auto row = cache_->FindRow(family, key)) {
    if (*row == nullptr) return false;
    value->assign(**row);
    return true;
  }
  const bool found = GetFromDatabase(family, key, value);
  if (status_ == ReadStatus::kOk) {
    DecodedCache::Row row = found ? std::make_shared<const std::string>(*value) : nullptr;
    cache_->FillRow(family, key, std::move(row), completed_);
  }
  return found;
}

bool ReadView::GetFromDatabase(Family family, std::string_view key, std::string* value) {
  rocksdb::PinnableSlice pinned;
  const rocksdb::Status status = engine_.db().Get(*options_, engine_.family(family), key, &pinned);
  if (status.ok()) {
    value->assign(pinned.data(), pinned.size());
    return true;
  }
  if (!status.IsNotFound()) Fail(status.IsIncomplete(), status.ToString());
  return false;
}

DecodedCache::Followees ReadView::Followees(UserId user) {
  Spend();
  if (cache_ != nullptr) {
    if (auto followees = cache_->FindFollowees(user)) return std::move(*followees);
  }
  auto followees = ScanFollowees(user);
  if (cache_ != nullptr && status_ == ReadStatus::kOk) {
    cache_->FillFollowees(user, followees, completed_);
  }
  return followees;
}

DecodedCache::Followees ReadView::ScanFollowees(UserId user) {
  auto followees = std::make_shared<std::vector<UserId>>();
  for (Scan scan = ScanPrefix(Family::kFollowsOut, UserKey(user)); scan.Valid(); scan.Next()) {
    followees->push_back(DecodeFollowOutFollowee(scan.key()));
  }
  followees->shrink_to_fit();
  return followees;
}

DecodedCache::Newest ReadView::Newest(UserId author) {
  Spend();
  if (cache_ != nullptr) {
    if (auto newest = cache_->FindNewest(author)) return std::move(*newest);
  }
  auto newest = ScanNewest(author);
  if (cache_ != nullptr && status_ == ReadStatus::kOk) {
    cache_->FillNewest(author, newest, completed_);
  }
  return newest;
}

DecodedCache::Newest ReadView::ScanNewest(UserId author) {
  auto newest = std::make_shared<NewestTweets>();
  Scan scan = ScanPrefix(Family::kTweets, UserKey(author));
  for (; scan.Valid() && newest->ids.size() < NewestTweets::kLimit; scan.Next()) {
    newest->ids.push_back(DecodeTweetKey(scan.key()).id);
  }
  if (scan.Valid()) newest->floor = newest->ids.back();
  return newest;
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
  rocksdb::ReadOptions options = *options_;
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
  rocksdb::ReadOptions options = *options_;
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
