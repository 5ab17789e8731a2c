#include "bench/client/walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace warble::bench {

std::string Walk::Disorder() const {
  for (std::size_t i = 1; i < items.size(); ++i) {
    const Item& newer = items[i - 1];
    const Item& older = items[i];
    // Times are of one length, so that text sorts as they do. Strict, so nothing comes twice.
    if (newer.time > older.time || (newer.time == older.time && newer.id > older.id)) continue;
    return fmt::format("{} of {} follows {} of {}", older.id, older.time, newer.id, newer.time);
  }
  return "";
}

bool Walk::Contains(std::uint64_t id) const {
  return std::any_of(items.begin(), items.end(), [&](const Item& item) { return item.id == id; });
}

Walk WalkList(ApiClient& client, UserNumber viewer, const std::string& target,
              std::size_t most_pages) {
  Walk walk;
  std::optional<std::string> cursor;
  for (std::size_t pages = 0; pages < most_pages; ++pages) {
    std::optional<Page> page = client.GetPage(viewer, target, cursor);
    if (!page) {
      walk.failure =
          fmt::format("page {} was answered with {}", pages + 1, client.last().Describe());
      return walk;
    }
    walk.items.insert(walk.items.end(), page->items.begin(), page->items.end());
    cursor = std::move(page->next_cursor);
    if (!cursor) {
      walk.whole = true;
      return walk;
    }
  }
  return walk;
}

}  // namespace warble::bench
