#include "storage/remote_rows.h"

#include "storage/format/partition.h"

#include <algorithm>

namespace warble::storage {
namespace {

Family FamilyOf(const CacheKey& key) { return static_cast<Family>(key.bytes()[0]); }
std::string_view NameOf(const CacheKey& key) { return key.bytes().substr(1); }

// Other tags of cache keys are lists, which a shard reads only of its own users.
bool IsRow(const CacheKey& key) { return static_cast<std::uint8_t>(key.bytes()[0]) < kFamilyCount; }

// Whether a part could answer a request.
bool Answers(const TimelinePart& part, const TimelineRequest& request) {
  if (part.tweets.size() > request.count) return false;
  std::optional<TweetId> before = request.before;
  for (const TimelinePart::Named& tweet : part.tweets) {
    if (before && tweet.id >= *before) return false;
    if (!std::binary_search(request.authors.begin(), request.authors.end(), tweet.author)) {
      return false;
    }
    before = tweet.id;
  }
  return part.all || !part.tweets.empty();
}

bool IsTold(Family family, std::string_view key, std::string_view value) {
  return MayBeTold(family) && IsWellFormed(family, key, value);
}

bool CanAnswer(const Needs& needs, const Told& told) {
  if (told.rows.size() != needs.rows.size()) return false;
  if (told.timelines.size() != needs.timelines.size()) return false;
  for (std::size_t i = 0; i < needs.rows.size(); ++i) {
    const Needs::Row& row = needs.rows[i];
    if (row.wanted == Wanted::kRow && told.rows[i] &&
        !IsTold(row.family(), row.name(), *told.rows[i])) {
      return false;
    }
  }
  for (std::size_t i = 0; i < needs.timelines.size(); ++i) {
    if (!Answers(told.timelines[i], needs.timelines[i])) return false;
  }
  return std::all_of(
      told.rows_of_timelines.begin(), told.rows_of_timelines.end(), [](const Told::Row& row) {
        return IsRow(row.key) && IsTold(FamilyOf(row.key), NameOf(row.key), row.value);
      });
}

}  // namespace

bool MayBeTold(Family family) {
  switch (family) {
    case Family::kUsers:
    case Family::kUsernames:
    case Family::kUserCounters:
    case Family::kTweets:
    case Family::kFollowsOut:
    case Family::kFavoritesOut:
      return true;
    default:
      return false;
  }
}

std::string RowToTell(Family family, std::string_view value, Wanted wanted) {
  if (wanted == Wanted::kExistence) return {};
  return family == Family::kUsers ? RedactUser(value) : std::string(value);
}

RemoteRows::Row RemoteRows::Find(const CacheKey& key, Wanted wanted, std::string* value) {
  const auto partition = PartitionOfRow(FamilyOf(key), NameOf(key));
  if (!partition || !ShardElsewhere(*partition)) return Row::kHere;
  const auto found = rows_.find(key);
  if (found == rows_.end() || !found->second.told || found->second.wanted < wanted) {
    Note(key, wanted);
    return Row::kNeeded;
  }
  const Known& known = found->second;
  if (!known.value) return Row::kAbsent;
  if (wanted == Wanted::kExistence) {
    const bool is_row = known.wanted == Wanted::kRow;
    const bool gone = is_row && FamilyOf(key) == Family::kUsers && IsDeletedUser(*known.value);
    return gone ? Row::kAbsent : Row::kPresent;
  }
  value->assign(*known.value);
  return Row::kPresent;
}

void RemoteRows::Note(const CacheKey& key, Wanted wanted) {
  if (!MayBeTold(FamilyOf(key))) return;
  const auto [known, fresh] = rows_.try_emplace(key, Known{wanted, false, std::nullopt});
  const bool more = known->second.wanted < wanted;
  if (!fresh && !more) return;  // it was told, or is noted already
  if (fresh || known->second.told) noted_.push_back(key);
  known->second = {wanted, false, std::nullopt};
}

std::size_t RemoteRows::Need(std::span<const CacheKey> keys, Wanted wanted,
                             std::vector<CacheKey>* here) {
  std::size_t elsewhere = 0;
  for (const CacheKey& key : keys) {
    const auto partition = IsRow(key) ? PartitionOfRow(FamilyOf(key), NameOf(key)) : std::nullopt;
    if (partition && ShardElsewhere(*partition)) {
      Note(key, wanted);
      ++elsewhere;
    } else {
      here->push_back(key);
    }
  }
  return elsewhere;
}

const TimelinePart* RemoteRows::FindTimeline(ShardNumber shard, const TimelineRequest& request) {
  for (const KnownTimeline& known : timelines_) {
    if (known.shard != shard || known.request != request) continue;
    return known.part ? &*known.part : nullptr;
  }
  timelines_.push_back({shard, request, false, std::nullopt});
  return nullptr;
}

std::vector<RemoteRows::OfShard> RemoteRows::TakeNeeds() {
  std::vector<OfShard> needs;
  const auto of = [&needs](ShardNumber shard) -> Needs& {
    const auto known = std::find_if(needs.begin(), needs.end(),
                                    [&](const OfShard& other) { return other.shard == shard; });
    if (known != needs.end()) return known->needs;
    return needs.emplace_back(OfShard{shard, {}}).needs;
  };
  for (const CacheKey& key : noted_) {
    const auto partition = PartitionOfRow(FamilyOf(key), NameOf(key));
    const auto shard = partition ? ShardElsewhere(*partition) : std::nullopt;
    if (shard) of(*shard).rows.push_back({key, rows_.at(key).wanted});
  }
  noted_.clear();
  for (KnownTimeline& known : timelines_) {
    if (!known.asked) of(known.shard).timelines.push_back(known.request);
    known.asked = true;
  }
  return needs;
}

bool RemoteRows::Tell(const OfShard& asked, Told&& told) {
  if (!CanAnswer(asked.needs, told)) return false;
  for (std::size_t i = 0; i < told.rows.size(); ++i) {
    const Needs::Row& row = asked.needs.rows[i];
    rows_.insert_or_assign(row.key, Known{row.wanted, true, std::move(told.rows[i])});
  }
  for (std::size_t i = 0; i < told.timelines.size(); ++i) {
    for (KnownTimeline& known : timelines_) {
      if (known.shard == asked.shard && known.request == asked.needs.timelines[i]) {
        known.part = std::move(told.timelines[i]);
        break;
      }
    }
  }
  for (Told::Row& row : told.rows_of_timelines) {
    rows_.insert_or_assign(row.key, Known{Wanted::kRow, true, std::move(row.value)});
  }
  return true;
}

void RemoteRows::Forget() {
  revision_ = placement_.revision();
  rows_.clear();
  noted_.clear();
  timelines_.clear();
}

}  // namespace warble::storage
