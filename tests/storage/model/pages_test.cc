#include "storage/model/pages.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace warble::storage {
namespace {

// Offers 0, 1, ... rows - 1 as a list does.
Page<int> Cut(int rows, std::uint32_t skip, std::uint32_t limit, int* loaded) {
  PageRequest<int> request;
  request.skip = skip;
  request.limit = limit;
  PageBuilder<int> page(request);
  for (int row = 0; row < rows; ++row) {
    if (page.NeedsContent()) ++*loaded;
    if (!page.Add(row)) break;
  }
  return page.Take();
}

}  // namespace

TEST_CASE("pages: skip, then at most the limit, then whether there is more") {
  const struct {
    int rows;
    std::uint32_t skip;
    std::uint32_t limit;
    std::vector<int> items;
    bool more;
  } kCases[] = {
      {0, 0, 2, {}, false},    {1, 0, 2, {0}, false},   {2, 0, 2, {0, 1}, false},
      {3, 0, 2, {0, 1}, true}, {5, 2, 2, {2, 3}, true}, {4, 2, 2, {2, 3}, false},
      {2, 2, 2, {}, false},    {1, 5, 2, {}, false},    {9, 0, 1, {0}, true},
  };
  for (const auto& row : kCases) {
    INFO(row.rows, " rows, skip ", row.skip, ", limit ", row.limit);
    const auto& [rows, skip, limit, items, more] = row;
    int loaded = 0;
    const Page<int> page = Cut(rows, skip, limit, &loaded);
    CHECK(page.items == items);
    CHECK(page.more == more);
    // Content is asked for where it is shown and nowhere else.
    CHECK(loaded == static_cast<int>(items.size()));
  }
}

}  // namespace warble::storage
