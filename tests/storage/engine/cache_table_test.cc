#include "storage/engine/cache_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

namespace warble::storage {
namespace {

constexpr std::uint64_t kTrusted = 10;

CacheKey KeyOf(std::uint64_t number) { return {1, std::to_string(number)}; }

std::optional<std::optional<std::string>> Find(CacheTable& table, const CacheKey& key,
                                               std::uint64_t trusted = kTrusted) {
  std::optional<std::optional<std::string>> found;
  table.Find(key, trusted, [&](const CacheTable::Value& value) { found.emplace(value); });
  return found;
}

TEST_CASE("cache table: what it keeps is what was put there last") {
  CacheTable table(std::size_t{1} << 20);
  std::map<std::uint64_t, std::optional<std::string>> model;
  std::mt19937_64 random(3);
  std::size_t hits = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t number = random() % 1000;
    switch (random() % 4) {
      case 0: {
        std::optional<std::string> value;
        if (random() % 5 != 0)
          value = std::string(random() % 200, static_cast<char>('a' + step % 26));
        table.Insert(KeyOf(number), value, kTrusted);
        model[number] = value;
        break;
      }
      case 1:
        if (random() % 4 == 0) {
          table.Update(KeyOf(number),
                       [](const CacheTable::Value&) { return std::optional<CacheTable::Value>(); });
          model.erase(number);
        } else if (model.contains(number)) {
          table.Update(KeyOf(number), [](const CacheTable::Value& old) {
            const std::string longer = std::string(old.value_or("")) + "+";
            return std::optional<std::optional<std::string>>(longer);
          });
          model[number] = model[number].value_or("") + "+";
        }
        break;
      default: {
        const auto found = Find(table, KeyOf(number));
        if (!found) break;  // it may always forget
        ++hits;
        REQUIRE(model.contains(number));
        REQUIRE(*found == model[number]);
      }
    }
  }
  CHECK(hits > 5'000);
}

TEST_CASE("cache table: tags keep equal names apart") {
  CacheTable table(std::size_t{1} << 16);
  table.Insert({1, "name"}, "one", 0);
  table.Insert({2, "name"}, "two", 0);
  CHECK(Find(table, {1, "name"}) == std::optional<std::string>("one"));
  CHECK(Find(table, {2, "name"}) == std::optional<std::string>("two"));
  CHECK_FALSE(Find(table, {3, "name"}));
}

TEST_CASE("cache table: a set stamped above what is trusted neither answers nor takes") {
  CacheTable table(std::size_t{1} << 16);
  table.Insert(KeyOf(1), "old", kTrusted);
  table.Stamp(KeyOf(1), kTrusted + 1);
  CHECK_FALSE(Find(table, KeyOf(1)));
  table.Insert(KeyOf(1), "stale", kTrusted);
  CHECK(Find(table, KeyOf(1), kTrusted + 1) == std::optional<std::string>("old"));
  table.Insert(KeyOf(1), "new", kTrusted + 1);
  CHECK(Find(table, KeyOf(1), kTrusted + 1) == std::optional<std::string>("new"));
}

TEST_CASE("cache table: a look-up that finds nothing is a miss, for want of the key or of trust") {
  CacheTable table(std::size_t{1} << 16);
  table.Insert(KeyOf(1), "one", kTrusted);
  CHECK(Find(table, KeyOf(1)));
  CHECK(table.misses() == 0);
  CHECK_FALSE(Find(table, KeyOf(2)));
  CHECK(table.misses() == 1);
  table.Stamp(KeyOf(1), kTrusted + 1);
  CHECK_FALSE(Find(table, KeyOf(1)));
  CHECK(table.misses() == 2);
}

TEST_CASE("cache table: it stays within its bytes, and keeps what is used") {
  constexpr std::size_t kCapacity = std::size_t{1} << 20;
  CacheTable table(kCapacity);
  const std::string value(100, 'x');
  std::size_t hits = 0;
  for (std::uint64_t i = 1; i < 50'000; ++i) {
    table.Insert(KeyOf(i), value, 0);
    const CacheKey hot = KeyOf(1'000'000 + i % 100);
    if (Find(table, hot)) {
      ++hits;
    } else {
      table.Insert(hot, value, 0);
    }
    REQUIRE(table.used_bytes() <= kCapacity);
  }
  CHECK(table.used_bytes() > kCapacity / 2);
  CHECK(hits > 45'000);
}

TEST_CASE("cache table: without capacity it keeps nothing, and a huge value it does not keep") {
  CacheTable none(0);
  none.Insert(KeyOf(1), "value", 0);
  none.Stamp(KeyOf(1), 5);
  const CacheKey key = KeyOf(1);
  none.Prefetch({&key, 1});
  CHECK_FALSE(Find(none, KeyOf(1)));
  CacheTable small(std::size_t{1} << 16);
  small.Insert(KeyOf(1), std::string(std::size_t{1} << 15, 'x'), 0);
  CHECK_FALSE(Find(small, KeyOf(1)));
}

}  // namespace
}  // namespace warble::storage
