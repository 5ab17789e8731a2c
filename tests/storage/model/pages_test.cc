#include "storage/model/pages.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
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

namespace {

struct FakeView {
  ReadStatus status() const { return failed ? ReadStatus::kWouldBlock : ReadStatus::kOk; }
  bool asks_others() const { return others; }
  bool failed = false;
  bool others = false;
};

// A list of 0, 1, ... of which the first `dead` are dead, walked for one page.
struct Walk {
  FakeView view{};
  int rows = 100'000;
  int dead = 0;
  int fails_at = -1;        // naming this row fails the view
  int fails_at_offer = -1;  // reading it does
  int named = 0;
  int offered = 0;
  std::vector<std::size_t> chunks{};   // names of each
  std::vector<std::size_t> skipped{};  // of which only the existence was asked for

  Page<int> Run(std::uint32_t skip, std::uint32_t limit) {
    PageBuilder<int> page(PageRequest<int>{{}, skip, limit});
    std::size_t existences = 0;
    WalkByChunks<int>(
        view, page,
        [&]() -> std::optional<int> {
          if (named == fails_at) view.failed = true;
          return named < rows ? std::optional(named++) : std::nullopt;
        },
        [&](std::span<const int> names, Wanted wanted) {
          if (wanted == Wanted::kExistence) {
            existences = names.size();
            return;
          }
          chunks.push_back(existences + names.size());
          skipped.push_back(std::exchange(existences, 0));
        },
        [&](int name) {
          ++offered;
          if (name == fails_at_offer) view.failed = true;
          return name < dead || page.Add(name);
        });
    return page.Take();
  }
};

using Sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("pages: a walk ends at once when its view has failed, and reads nothing more") {
  Walk naming{.fails_at = 5};
  naming.Run(9'500, 20);
  CHECK(naming.named == 6);
  CHECK(naming.chunks.empty());
  CHECK(naming.offered == 0);

  Walk reading{.fails_at_offer = 5};
  reading.Run(9'500, 20);
  CHECK(reading.named == 21);
  CHECK(reading.chunks == Sizes{21});
  CHECK(reading.offered == 6);
}

TEST_CASE("pages: a chunk is a page; after dead rows it is a growing multiple of what is missing") {
  Walk living;
  CHECK(living.Run(0, 20).items.size() == 20);
  CHECK(living.chunks == Sizes{21});

  Walk dying{.dead = 20 + 42};
  const Page<int> page = dying.Run(0, 20);
  CHECK(page.items.front() == 62);
  CHECK(page.items.size() == 20);
  CHECK(page.more);
  CHECK(dying.chunks == Sizes{21, 42, 4 * 20});

  Walk dead{.rows = 20'000, .dead = 20'000};
  dead.Run(0, 20);
  CHECK(dead.chunks == Sizes{21, 42, 84, 168, 336, 672, 1344, 2688, 4096, 4096, 4096, 2357});
}

TEST_CASE("pages: of rows that are skipped only the existence is asked for") {
  Walk here;
  CHECK(here.Run(50, 20).items.front() == 50);
  CHECK(here.chunks == Sizes{21, 21, 21, 8});
  CHECK(here.skipped == Sizes{21, 21, 8, 0});

  Walk elsewhere{.view = {.others = true}};
  CHECK(elsewhere.Run(9'980, 20).items.front() == 9'980);
  CHECK(elsewhere.chunks == Sizes{10'001});
  CHECK(elsewhere.skipped == Sizes{9'980});

  Walk dead_elsewhere{.view = {.others = true}, .dead = 3};
  CHECK(dead_elsewhere.Run(9'980, 20).items.front() == 9'983);
  CHECK(dead_elsewhere.chunks == Sizes{10'001, 3});
}

}  // namespace warble::storage
