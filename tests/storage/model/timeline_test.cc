#include "storage/model/timeline.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

namespace warble::storage {
namespace {

// A reader who follows more authors than a page has tweets.
struct World {
  static constexpr int kAuthors = 60;

  World() : node(directory.path()) {
    reader = tests::AddUser(node, "reader").id;
    for (int i = 0; i < kAuthors; ++i) {
      authors.push_back(tests::AddUser(node, fmt::format("author{}", i)).id);
      tests::AddFollow(node, reader, authors.back());
    }
  }

  Page<TweetItem> Read(const PageRequest<TweetId>& request, ReadView::Rows rows) {
    ReadView view(node.engine(), ReadView::Mode::kMayBlock, rows);
    Page<TweetItem> page = ListTimeline(view, reader, false, request);
    REQUIRE(view.status() == ReadStatus::kOk);
    return page;
  }
  // All pages, one after the other.
  std::vector<TweetId> Walk(std::uint32_t limit, ReadView::Rows rows) {
    std::vector<TweetId> ids;
    PageRequest<TweetId> request{std::nullopt, 0, limit};
    for (;;) {
      const Page<TweetItem> page = Read(request, rows);
      for (const TweetItem& item : page.items) ids.push_back(item.tweet.id);
      if (!page.more) return ids;
      REQUIRE(page.items.size() == limit);
      request.after = ids.back();
    }
  }

  tests::TemporaryDirectory directory;
  tests::Node node;
  UserId reader;
  std::vector<UserId> authors;
};

}  // namespace

TEST_CASE("timeline: every page is right, whoever is silent, talks much or deleted the last") {
  World world;
  std::mt19937 random(11);
  std::vector<Tweet> posted;
  for (int step = 0; step < 600; ++step) {
    if (posted.empty() || random() % 4 != 0) {
      // Squared: a few authors post most, and some never do.
      const auto share = static_cast<double>(random() % 1000) / 1000;
      const auto author = static_cast<std::size_t>(share * share * World::kAuthors);
      posted.push_back(tests::AddTweet(world.node, world.authors[author], "x"));
    } else {
      const std::size_t back = random() % std::min<std::size_t>(posted.size(), 40);
      const auto victim = posted.end() - 1 - static_cast<std::ptrdiff_t>(back);
      tests::RemoveTweet(world.node, *victim);
      posted.erase(victim);
    }
    if (step % 40 != 0) continue;
    std::vector<TweetId> expected;
    for (const Tweet& tweet : posted) expected.push_back(tweet.id);
    std::sort(expected.begin(), expected.end(), std::greater<>());
    for (const auto rows : {ReadView::Rows::kSnapshot, ReadView::Rows::kCached}) {
      for (const std::uint32_t limit : {1U, 7U, 20U, 100U}) {
        INFO("step ", step, ", limit ", limit);
        if (limit > 1 || step % 200 == 0) REQUIRE(world.Walk(limit, rows) == expected);
      }
    }
  }
}

TEST_CASE("timeline: the dead do not fill a page") {
  World world;
  std::vector<TweetId> expected;
  for (std::size_t i = 0; i < world.authors.size(); ++i) {
    const Tweet tweet = tests::AddTweet(world.node, world.authors[i], "x");
    if (i < 3) expected.insert(expected.begin(), tweet.id);
  }
  for (std::size_t i = 3; i < world.authors.size(); ++i) {
    tests::RemoveUser(world.node, world.authors[i]);
  }
  CHECK(world.Walk(20, ReadView::Rows::kCached) == expected);
}

TEST_CASE("timeline: no position is too low") {
  World world;
  tests::AddTweet(world.node, world.authors[0], "x");
  CHECK(world.Read({TweetId{0}, 0, 20}, ReadView::Rows::kCached).items.empty());
  CHECK(world.Read({TweetId{1}, 0, 20}, ReadView::Rows::kCached).items.empty());
}

}  // namespace warble::storage
