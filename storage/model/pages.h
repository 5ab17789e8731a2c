// Pages: how a list is cut, the same for every list.
//
// A list query walks its rows in order, offers each row that is still alive to a PageBuilder, and
// stops when the builder is full. Dead rows are skipped, so a page is full unless it is the last.
#pragma once

#include "storage/format/types.h"
#include "storage/read_view.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace warble::storage {

/// Which part of a list: behind a position, or behind a number of items.
template <class Position>
struct PageRequest {
  std::optional<Position> after;  ///< the last item of the page before
  std::uint32_t skip = 0;         ///< items to leave out from there
  std::uint32_t limit = 20;       ///< at most so many items, ≥ 1
  /// Whose relation to each item of the page is asked for next.
  std::optional<UserId> viewer = std::nullopt;
};

template <class Item>
struct Page {
  std::vector<Item> items;
  bool more = false;  ///< there is at least one item behind the last
};

template <class Item>
class PageBuilder {
 public:
  template <class Position>
  explicit PageBuilder(const PageRequest<Position>& request)
      : skip_(request.skip), limit_(request.limit) {
    page_.items.reserve(limit_);
  }

  /// Whether the next living row is skipped or only proves that there is more: its existence
  /// counts, its content is not needed.
  bool NeedsContent() const { return skip_ == 0 && page_.items.size() < limit_; }
  /// How many living rows are still to be skipped, and how many to be offered until the page is
  /// complete and it is known whether there are more.
  std::size_t to_skip() const { return skip_; }
  std::size_t Missing() const { return skip_ + (limit_ - page_.items.size()) + 1; }
  std::size_t limit() const { return limit_; }
  /// Offers a living row; false: the page is complete, stop the walk.
  bool Add(Item item) {
    if (skip_ > 0) {
      --skip_;
      return true;
    }
    if (page_.items.size() == limit_) {
      page_.more = true;
      return false;
    }
    page_.items.push_back(std::move(item));
    return true;
  }
  Page<Item> Take() { return std::move(page_); }

 private:
  std::uint32_t skip_;
  std::uint32_t limit_;
  Page<Item> page_;
};

/// Walks a list by chunks until the page is complete: next() gives an std::optional of what names
/// a row, prefetch(span of names, Wanted) says what of these rows is asked for next, offer(name)
/// puts the row on the page and says whether to go on. Ends at once when `view` has failed.
///
/// Where rows may be another shard's, a chunk is all that the page still wants, so that each shard
/// is asked once a page; else it is about a page, so that memory is not asked for too early. After
/// a chunk with dead rows the next one is twice as large as what is still wanted, and so on: a page
/// over many dead rows takes few chunks.
template <class Name, class View, class Item, class Next, class Prefetch, class Offer>
void WalkByChunks(const View& view, const PageBuilder<Item>& page, Next next, Prefetch prefetch,
                  Offer offer) {
  constexpr std::size_t kMostNames = 4096;  // of a chunk that dead rows have made longer
  std::vector<Name> names;
  unsigned doublings = 0;
  while (true) {
    const std::size_t wanted =
        view.asks_others() ? page.Missing() : std::min(page.Missing(), page.limit() + 1);
    const std::size_t chunk = std::min(wanted << doublings, std::max(wanted, kMostNames));
    names.clear();
    names.reserve(chunk);
    while (names.size() < chunk) {
      const std::optional<Name> name = next();
      if (view.status() != ReadStatus::kOk) return;
      if (!name) break;
      names.push_back(*name);
    }
    const std::span<const Name> all(names);
    const std::size_t skipped = std::min(page.to_skip(), all.size());
    if (skipped > 0) prefetch(all.first(skipped), Wanted::kExistence);
    prefetch(all.subspan(skipped), Wanted::kRow);
    const std::size_t missing = page.Missing();
    for (const Name& name : names) {
      if (!offer(name) || view.status() != ReadStatus::kOk) return;
    }
    if (names.size() < chunk) return;
    if (missing - page.Missing() < chunk && chunk < kMostNames) ++doublings;
  }
}

}  // namespace warble::storage
