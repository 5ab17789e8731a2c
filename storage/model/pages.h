// Pages: how a list is cut, the same for every list.
//
// A list query walks its rows in order, offers each row that is still alive to a PageBuilder, and
// stops when the builder is full. Dead rows are skipped, so a page is full unless it is the last.
#pragma once

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

/// Walks a list by chunks of about a page: next() gives an std::optional of what names a row,
/// prefetch(span of names) hints at what a chunk will read, offer(name) puts the row on a page and
/// says whether to go on.
template <class Name, class Next, class Prefetch, class Offer>
void WalkByChunks(std::uint32_t limit, Next next, Prefetch prefetch, Offer offer) {
  const std::size_t chunk = std::size_t{limit} + 1;  // a full page, and whether there is more
  std::vector<Name> names;
  names.reserve(chunk);
  do {
    names.clear();
    while (names.size() < chunk) {
      const std::optional<Name> name = next();
      if (!name) break;
      names.push_back(*name);
    }
    prefetch(std::span<const Name>(names));
    for (const Name& name : names) {
      if (!offer(name)) return;
    }
  } while (names.size() == chunk);
}

}  // namespace warble::storage
