#include "sharding/leaf.h"

#include "storage/model/timeline.h"

#include <utility>

namespace warble::sharding {

storage::Told AnswerNeeds(storage::ReadView& view, const storage::Needs& needs) {
  storage::Told told;
  std::vector<storage::CacheKey> keys;
  keys.reserve(needs.rows.size());
  for (const storage::Needs::Row& row : needs.rows) keys.push_back(row.key);
  view.Prefetch(keys);
  told.rows.reserve(needs.rows.size());
  std::string value;
  for (const storage::Needs::Row& row : needs.rows) {
    if (view.status() != storage::ReadStatus::kOk) return told;
    std::optional<std::string>& answer = told.rows.emplace_back();
    // What cannot be asked for reads as absent: a key is another node's bytes.
    if (!storage::MayBeTold(row.family()) || !storage::IsWellFormedKey(row.family(), row.name())) {
      continue;
    }
    const bool there = row.wanted == storage::Wanted::kExistence
                           ? view.HasLiving(row.family(), row.name())
                           : view.Get(row.family(), row.name(), &value);
    if (there) answer = storage::RowToTell(row.family(), value, row.wanted);
  }
  told.timelines.reserve(needs.timelines.size());
  for (const storage::TimelineRequest& request : needs.timelines) {
    told.timelines.push_back(storage::ListTimelinePart(view, request, &told.rows_of_timelines));
  }
  return told;
}

}  // namespace warble::sharding
