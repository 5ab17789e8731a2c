#include "storage/read_view.h"

#include "storage/base/check.h"
#include "storage/engine/block_cache.h"
#include "storage/engine/engine.h"

#include <rocksdb/db.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace warble::storage {
namespace {

// A row as FirstRows has it.
constexpr std::size_t kRowHeader = 2;
void AppendRow(std::string& rows, std::string_view key, std::string_view value) {
  rows += static_cast<char>(key.size());
  rows += static_cast<char>(value.size());
  rows.append(key).append(value);
}
struct RowAt {
  RowAt(std::string_view rows, std::size_t at)
      : key(rows.substr(at + kRowHeader, static_cast<unsigned char>(rows[at]))),
        value(rows.substr(at + kRowHeader + key.size(), static_cast<unsigned char>(rows[at + 1]))) {
  }
  std::size_t size() const { return kRowHeader + key.size() + value.size(); }
  std::string_view key;
  std::string_view value;
};

}  // namespace

// Around one operation of RocksDB for a view. An operation runs on one thread from its beginning to
// its end, so the misses that the thread counts meanwhile are the operation's own, however many
// views the thread has. Afterwards a cache-only view has failed if a block was missing; RocksDB's
// own status may hide that (see block_cache.h).
class ReadView::Operation {
 public:
  explicit Operation(ReadView& view)
      : view_(view.mode_ == Mode::kCacheOnly ? &view : nullptr),
        missed_(view_ != nullptr ? MissedLookUps() : 0) {}
  ~Operation() {
    if (view_ != nullptr && MissedLookUps() != missed_) view_->Fail(true, {});
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

 private:
  ReadView* const view_;
  const std::uint64_t missed_;
};

// The same around a move of an iterator. A cache-only view pays for the keys that RocksDB walked
// over, because deleted and replaced ones cost time as well.
class ReadView::Move {
 public:
  Move(ReadView& view, std::uint32_t cost)
      : operation_(view), view_(view), cost_(cost), counts_(view.mode_ == Mode::kCacheOnly) {
    if (!counts_) return;
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    walked_ = Walked();
  }
  ~Move() {
    if (!counts_) return;
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    view_.Spend(std::max<std::uint64_t>(cost_, Walked() - walked_));
  }
  Move(const Move&) = delete;
  Move& operator=(const Move&) = delete;

 private:
  static std::uint64_t Walked() {
    const rocksdb::PerfContext& counts = *rocksdb::get_perf_context();
    return counts.internal_key_skipped_count + counts.internal_delete_skipped_count +
           counts.internal_recent_skipped_count;
  }

  const Operation operation_;
  ReadView& view_;
  const std::uint32_t cost_;
  const bool counts_;
  std::uint64_t walked_ = 0;
};

struct Scan::State {
  ReadView* view;
  Family family;
  // The first rows, and how far in them the walk has come; then the iterator's.
  FirstRows first;
  std::size_t at = 0;
  // The iterator keeps a pointer to `upper`, so both live here at a fixed address.
  std::string lower;
  std::string upper;
  rocksdb::Slice upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
};

Scan::Scan(std::unique_ptr<State> state) : state_(std::move(state)) {}
Scan::Scan(Scan&&) noexcept = default;
Scan::~Scan() = default;

bool Scan::InFirstRows() const { return state_->at < state_->first.rows.size(); }

bool Scan::Valid() const {
  return state_->view->status() == ReadStatus::kOk &&
         (InFirstRows() || (state_->iterator != nullptr && state_->iterator->Valid()));
}

void Scan::Next() {
  if (!InFirstRows()) {
    {
      const ReadView::Move move(*state_->view, ReadView::kStepCost);
      state_->iterator->Next();
    }
    CheckIterator();
    return;
  }
  const RowAt row(state_->first.rows, state_->at);
  state_->at += row.size();
  state_->view->Spend(ReadView::kStepCost);
  if (InFirstRows() || state_->first.all || state_->iterator != nullptr) return;
  state_->lower.assign(row.key).push_back('\0');
  state_->view->Open(*this);
}

void Scan::Seek(std::string_view key) {
  if (state_->view->status() != ReadStatus::kOk) return;
  {
    const ReadView::Move move(*state_->view, ReadView::kLookUpCost);
    state_->iterator->Seek(rocksdb::Slice(key < state_->lower ? state_->lower : key));
  }
  CheckIterator();
}

void Scan::CheckIterator() {
  const rocksdb::Status status = state_->iterator->status();
  if (!status.ok()) state_->view->Fail(status.IsIncomplete(), status.ToString());
}

std::string_view Scan::key() const {
  return InFirstRows() ? RowAt(state_->first.rows, state_->at).key
                       : state_->iterator->key().ToStringView();
}
std::string_view Scan::value() const {
  return InFirstRows() ? RowAt(state_->first.rows, state_->at).value
                       : state_->iterator->value().ToStringView();
}

ReadView::ReadView(const Engine& engine, Mode mode, Rows rows, RemoteRows* remote)
    : engine_(engine),
      mode_(mode),
      remote_(remote),
      cache_(rows == Rows::kCached && engine.decoded_cache().keeps_anything()
                 ? &engine.decoded_cache()
                 : nullptr),
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
    // There are none. An iterator that looks for them forgets an error in the next file of a level:
    // it ends, with status OK (facebook/rocksdb#11782).
    options_->ignore_range_deletions = true;
    if (mode_ == Mode::kCacheOnly) {
      options_->read_tier = rocksdb::kBlockCacheTier;
      options_->max_skippable_internal_keys = std::uint64_t{kCacheOnlyRows} * kLookUpCost;
    }
    if (mode_ == Mode::kPassing) options_->fill_cache = false;
  }
  return *options_;
}

std::uint64_t ReadView::Trusted() const {
  return options_ != nullptr ? completed_ : cache_->completed();
}

bool ReadView::Get(Family family, std::string_view key, std::string* value) {
  if (remote_ != nullptr) {
    if (const auto found = FindElsewhere(family, key, Wanted::kRow, value)) return *found;
  }
  if (status_ != ReadStatus::kOk) return false;
  Spend(kLookUpCost);
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

bool ReadView::HasLiving(Family family, std::string_view key) {
  std::string value;
  if (remote_ != nullptr) {
    if (const auto found = FindElsewhere(family, key, Wanted::kExistence, &value)) return *found;
  }
  return Get(family, key, &value) && !(family == Family::kUsers && IsDeletedUser(value));
}

std::optional<bool> ReadView::FindElsewhere(Family family, std::string_view key, Wanted wanted,
                                            std::string* value) {
  if (status_ != ReadStatus::kOk && status_ != ReadStatus::kNeedsRows) return false;
  const RemoteRows::Row row = remote_->Find(DecodedCache::RowKey(family, key), wanted, value);
  if (row == RemoteRows::Row::kHere) return std::nullopt;
  Spend(kLookUpCost);
  if (row == RemoteRows::Row::kNeeded && status_ == ReadStatus::kOk) {
    status_ = ReadStatus::kNeedsRows;
  }
  return row == RemoteRows::Row::kPresent;
}

std::optional<ShardNumber> ReadView::ShardElsewhere(UserId user) const {
  return remote_ == nullptr ? std::nullopt : remote_->ShardElsewhere(user.partition());
}

const TimelinePart* ReadView::FindTimeline(ShardNumber shard, const TimelineRequest& request) {
  const TimelinePart* const part = remote_->FindTimeline(shard, request);
  if (part == nullptr && status_ == ReadStatus::kOk) status_ = ReadStatus::kNeedsRows;
  return part;
}

bool ReadView::Serves(UserId user) {
  if (!ShardElsewhere(user)) return true;
  if (status_ == ReadStatus::kOk) status_ = ReadStatus::kNeedsRows;
  return false;
}

bool ReadView::ServesList(Family family, std::string_view lower) {
  const bool of_one_user =
      family != Family::kUsernames && family != Family::kMeta && lower.size() >= kUserPrefixSize;
  return remote_ == nullptr || !of_one_user ||
         Serves(DecodeUserKey(lower.substr(0, kUserPrefixSize)));
}

bool ReadView::GetFromDatabase(Family family, std::string_view key, std::string* value) {
  rocksdb::PinnableSlice pinned;
  rocksdb::Status status;
  {
    const Operation operation(*this);
    status = engine_.db().Get(Options(), engine_.family(family), key, &pinned);
  }
  if (!status.ok() && !status.IsNotFound()) Fail(status.IsIncomplete(), status.ToString());
  if (!status.ok() || status_ != ReadStatus::kOk) return false;
  value->assign(pinned.data(), pinned.size());
  return true;
}

void ReadView::Prefetch(std::span<const CacheKey> keys, Wanted wanted) {
  std::vector<CacheKey> here;
  if (remote_ != nullptr) {
    if (status_ != ReadStatus::kOk && status_ != ReadStatus::kNeedsRows) return;
    if (mode_ == Mode::kCacheOnly && keys.size() > kCacheOnlyRows) {
      Spend(std::uint64_t{kLookUpCost} * keys.size());
      return;
    }
    here.reserve(keys.size());
    Spend(std::uint64_t{kLookUpCost} * remote_->Need(keys, wanted, &here));
    keys = here;
  }
  if (cache_ != nullptr) cache_->Prefetch(keys);
}

Scan ReadView::ScanPrefix(Family family, std::string_view prefix) {
  return ScanRange(family, prefix, PrefixEnd(prefix));
}

Scan ReadView::ScanRange(Family family, std::string_view lower, std::string_view upper) {
  Scan scan = NewScan(family);
  if (!ServesList(family, lower)) return scan;
  scan.state_->lower = lower;
  scan.state_->upper = upper;
  Open(scan);
  return scan;
}

Scan ReadView::ScanList(Family family, std::string_view prefix) {
  if (cache_ == nullptr || !ServesList(family, prefix)) return ScanPrefix(family, prefix);
  Spend(kLookUpCost);
  FirstRows first;
  if (cache_->FindFirstRows(family, prefix, &first, Trusted())) {
    Scan scan = NewScan(family);
    scan.state_->upper = PrefixEnd(prefix);
    scan.state_->first = std::move(first);
    return scan;
  }
  Scan scan = ScanPrefix(family, prefix);
  for (std::size_t count = 0; scan.Valid() && count < FirstRows::kLimit; scan.Next(), ++count) {
    AppendRow(first.rows, scan.key(), scan.value());
  }
  first.all = !scan.Valid();
  if (status_ == ReadStatus::kOk) cache_->FillFirstRows(family, prefix, first, completed_);
  scan.state_->first = std::move(first);
  return scan;
}

Scan ReadView::ScanByUser(Family family) {
  Scan scan = NewScan(family);
  rocksdb::ReadOptions options = Options();
  options.prefix_same_as_start = true;
  const Operation operation(*this);
  scan.state_->iterator.reset(engine_.db().NewIterator(options, engine_.family(family)));
  return scan;
}

Scan ReadView::NewScan(Family family) {
  auto state = std::make_unique<Scan::State>();
  state->view = this;
  state->family = family;
  return Scan(std::move(state));
}

void ReadView::Open(Scan& scan) {
  Scan::State& state = *scan.state_;
  state.upper_slice = rocksdb::Slice(state.upper);
  rocksdb::ReadOptions options = Options();
  if (!state.upper.empty()) options.iterate_upper_bound = &state.upper_slice;
  // Prefix filters may be asked only where the whole range lies within one user's rows: elsewhere
  // a seek to an absent prefix would end early with status OK.
  const bool one_user = state.lower.size() >= kUserPrefixSize && !state.upper.empty() &&
                        state.upper <= PrefixEnd(state.lower.substr(0, kUserPrefixSize));
  options.total_order_seek = !one_user;
  {
    const Operation operation(*this);
    state.iterator.reset(engine_.db().NewIterator(options, engine_.family(state.family)));
  }
  scan.Seek(state.lower);
}

void ReadView::Spend(std::uint64_t cost) {
  if (mode_ != Mode::kCacheOnly) return;
  if (budget_ < cost) {
    if (status_ == ReadStatus::kOk) status_ = ReadStatus::kWouldBlock;
    return;
  }
  budget_ -= static_cast<std::uint32_t>(cost);
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
