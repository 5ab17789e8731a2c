#include "tests/faults/disk_model.h"

#include "tests/faults/scratch.h"

#include <doctest/doctest.h>

namespace warble::tests {
namespace {

Image Survivors(const DiskModel& disk, Survival survival, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  return disk.Survive(survival, random);
}

}  // namespace

TEST_CASE("disk model: a file lives on when it and its name were synced, and only then") {
  const ScratchDirectory scratch;
  const std::string directory = (scratch.path() / "d").string();
  DiskModel disk(scratch.path());
  const auto file = disk.Open(directory + "/a");
  DiskModel::Write(*file, 0, "synced");
  DiskModel::Sync(*file);
  CHECK(Survivors(disk, Survival::kDropped).empty());
  CHECK(Survivors(disk, Survival::kKept) == Image{{"d/a", "synced"}});
  disk.SyncDirectory(directory + "/");
  DiskModel::Write(*file, 6, " and more");
  CHECK(Survivors(disk, Survival::kDropped) == Image{{"d/a", "synced"}});
  CHECK(Survivors(disk, Survival::kKept) == Image{{"d/a", "synced and more"}});
}

TEST_CASE("disk model: a renaming or removal comes back until the directory is synced") {
  const ScratchDirectory scratch;
  const std::string directory = (scratch.path() / "d").string();
  WriteImage({{"d/old", "1"}, {"d/gone", "2"}, {"d/target", "3"}}, scratch.path());
  DiskModel disk(scratch.path());
  disk.Rename(directory + "/old", directory + "/target");
  disk.Remove(directory + "/gone");
  CHECK(Survivors(disk, Survival::kDropped) ==
        Image{{"d/old", "1"}, {"d/gone", "2"}, {"d/target", "3"}});
  disk.SyncDirectory(directory);
  CHECK(Survivors(disk, Survival::kDropped) == Image{{"d/target", "1"}});
}

TEST_CASE("disk model: bytes that were synced survive every kind of cut") {
  const ScratchDirectory scratch;
  WriteImage({{"log", std::string(5000, 's')}}, scratch.path());
  DiskModel disk(scratch.path());
  const std::string path = (scratch.path() / "log").string();
  DiskModel::Write(*disk.Open(path), 5000, std::string(20'000, 'n'));
  for (const Survival survival : kAllSurvivals) {
    CAPTURE(SurvivalName(survival));
    bool differs = false;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      const std::string content = Survivors(disk, survival, seed)["log"];
      REQUIRE(content.size() >= 5000);
      CHECK(content.substr(0, 5000) == std::string(5000, 's'));
      differs = differs || content != Survivors(disk, survival, seed + 1)["log"];
    }
    CHECK(differs == (survival != Survival::kDropped && survival != Survival::kKept));
  }
}

TEST_CASE("disk model: what was written over synced bytes is new, old or damaged by itself") {
  constexpr std::size_t kBegin = 5000, kEnd = 30'000, kSize = 50'000;
  const ScratchDirectory scratch;
  WriteImage({{"log", std::string(kSize, 's')}}, scratch.path());
  DiskModel disk(scratch.path());
  const std::string path = (scratch.path() / "log").string();
  DiskModel::Write(*disk.Open(path), kBegin, std::string(kEnd - kBegin, 'n'));
  const std::size_t last_page = (kEnd / DiskModel::kPageSize + 1) * DiskModel::kPageSize;
  for (const Survival survival : kAllSurvivals) {
    CAPTURE(SurvivalName(survival));
    bool some_new = false;
    bool some_old = false;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      const std::string content = Survivors(disk, survival, seed)["log"];
      REQUIRE(content.size() == kSize);
      CHECK(content.substr(0, kBegin) == std::string(kBegin, 's'));
      CHECK(content.substr(last_page) == std::string(kSize - last_page, 's'));
      some_new = some_new || content.find('n') != content.npos;
      some_old = some_old || content.find('s', kBegin) < kEnd;
    }
    CHECK(some_new == (survival != Survival::kDropped));
    if (survival == Survival::kGarbage) continue;  // any byte may be in it
    CHECK(some_old == (survival == Survival::kDropped || survival == Survival::kTorn ||
                       survival == Survival::kReordered));
  }
}

TEST_CASE("disk model: a cut that was not synced may be undone") {
  const ScratchDirectory scratch;
  WriteImage({{"log", "whole"}}, scratch.path());
  DiskModel disk(scratch.path());
  const auto file = disk.Open((scratch.path() / "log").string());
  file->cached.resize(2);
  CHECK(Survivors(disk, Survival::kDropped)["log"] == "whole");
  DiskModel::Sync(*file);
  CHECK(Survivors(disk, Survival::kDropped)["log"] == "wh");
}

}  // namespace warble::tests
