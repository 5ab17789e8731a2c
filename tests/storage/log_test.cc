#include "storage/log.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace warble::storage {
namespace {

bool IsVisible(tests::Node& node) {
  return tests::GetRaw(node, Family::kUsernames, "name").has_value();
}

}  // namespace

TEST_CASE("log: listeners are told in their order, each before the write and after it") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  std::vector<std::string> told;
  const auto note = [&](const std::string& who) {
    return [&, who](const ChangeSet& changes) {
      const bool is_whole = changes.Find(Family::kUsernames, "name").has_value();
      told.push_back(who + (is_whole && IsVisible(node) ? ", visible" : ", not visible"));
    };
  };
  Log log(node.engine(),
          {{.before_write = note("first before"), .after_write = {}},
           {.before_write = note("second before"), .after_write = note("second after")},
           {.before_write = {}, .after_write = note("third after")}});
  ChangeSet changes;
  changes.Put(Family::kUsernames, "name", "value");
  log.Commit(changes);
  CHECK(told == std::vector<std::string>{"first before, not visible", "second before, not visible",
                                         "second after, visible", "third after, visible"});
}

TEST_CASE("log: the last change of a row stands, and other rows stay as they are") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  Log log(node.engine(), {});
  ChangeSet changes;
  changes.Put(Family::kUsernames, "kept", "1");
  changes.Put(Family::kUsernames, "gone", "1");
  log.Commit(changes);
  changes.Clear();
  changes.Put(Family::kUsernames, "name", "1");
  changes.Delete(Family::kUsernames, "gone");
  changes.Put(Family::kUsernames, "name", "2");
  log.Commit(changes);
  CHECK(tests::GetRaw(node, Family::kUsernames, "kept") == "1");
  CHECK(tests::GetRaw(node, Family::kUsernames, "name") == "2");
  CHECK_FALSE(tests::GetRaw(node, Family::kUsernames, "gone"));
}

}  // namespace warble::storage
