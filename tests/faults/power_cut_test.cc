// Power cuts: at every instant of a script, and of the recovery after one.
#include "tests/faults/child.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/recovery.h"
#include "tests/faults/scratch.h"
#include "tests/faults/settings.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace warble::tests {
namespace {

// A directory after a power cut, to recover from.
struct Wreck {
  Image image;
  int acknowledged;
  std::string label;
};

// The same cut has the same random bytes in every run.
std::mt19937 RandomOf(std::uint32_t seed, std::size_t instant, Survival survival) {
  std::seed_seq sequence{seed, static_cast<std::uint32_t>(instant),
                         static_cast<std::uint32_t>(survival)};
  return std::mt19937(sequence);
}

bool IsLogSync(const Instant& instant) {
  return instant.operation == DiskOperation::kSync && instant.path.ends_with(".log");
}

std::string LabelOf(const Instant& instant, Survival survival) {
  return fmt::format("{} ({} {}), {}", instant.number, DiskOperationName(instant.operation),
                     instant.path, SurvivalName(survival));
}

std::vector<Survival> SurvivalsAt(const Instant& instant) {
  if (IsLogSync(instant)) return {kAllSurvivals.begin(), kAllSurvivals.end()};
  return {Survival::kDropped, kAllSurvivals[1 + instant.number % (kAllSurvivals.size() - 1)]};
}

using Visit = std::function<void(const Instant&, const DiskModel&, int acknowledged)>;

// Runs a script, shows the disk to `visit` at every instant, and returns how many there were.
std::size_t RunWatched(const Script::Plan& plan, const Visit& visit,
                       const std::function<void()>& between_steps) {
  const ScratchDirectory scratch;
  std::atomic<int> acknowledged{kNothingAcknowledged};
  std::size_t instants = 0;
  const auto file_system = std::make_shared<FaultFileSystem>(
      scratch.path(), [&](const Instant& instant, const DiskModel& disk) {
        instants = instant.number;
        visit(instant, disk, acknowledged);
        return rocksdb::IOStatus::OK();
      });
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  Script script(plan, scratch.path(), env.get(), [&](int step, Node&) {
    acknowledged = step;
    between_steps();
  });
  script.Run();
  script.Close();
  return instants;
}

void CheckNoFaults(ImageChecker& checker) {
  const std::vector<std::string> faults = checker.Finish();
  CHECK(checker.images() > 0);
  for (const std::string& fault : faults) CHECK_MESSAGE(fault.empty(), fault);
}

// Opens a wreck on a watched disk, and so finds what a second power cut would leave.
void RecoverWatched(const Wreck& wreck, ImageChecker& checker) {
  const ScratchDirectory scratch;
  WriteImage(wreck.image, scratch.path());
  const auto file_system = std::make_shared<FaultFileSystem>(
      scratch.path(), [&](const Instant& instant, const DiskModel& disk) {
        for (const Survival survival : SurvivalsAt(instant)) {
          std::mt19937 random = RandomOf(2, instant.number, survival);
          checker.Add(disk.Survive(survival, random), wreck.acknowledged,
                      wreck.label + ", then at " + LabelOf(instant, survival));
        }
        return rocksdb::IOStatus::OK();
      });
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  storage::Engine::Options options;
  options.directory = scratch.path();
  options.ballast_bytes = 0;
  options.env = env.get();
  const storage::Engine engine(options);
  // The first write that is synced makes the new log count. It changes nothing.
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status status =
      engine.db().Delete(synced, engine.family(storage::Family::kMeta), "nothing");
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

}  // namespace

TEST_CASE("power cut: at every instant all that was acknowledged survives, and nothing else") {
  const Script::Plan plan{1, 200};
  const std::vector<Content> states = ReferenceStates(plan);
  ImageChecker checker(states);
  const std::size_t instants = RunWatched(
      plan,
      [&](const Instant& instant, const DiskModel& disk, int acknowledged) {
        for (const Survival survival : SurvivalsAt(instant)) {
          std::mt19937 random = RandomOf(plan.seed, instant.number, survival);
          checker.Add(disk.Survive(survival, random), acknowledged, LabelOf(instant, survival));
        }
      },
      [&] { checker.WaitForRoom(); });
  CheckNoFaults(checker);
  MESSAGE(instants, " instants, ", checker.cuts(), " cuts, ", checker.images(),
          " different directories");
  CHECK(instants > 1000);
}

TEST_CASE("power cut: during the recovery from a power cut nothing is lost either") {
  const Script::Plan plan{2, 60};
  const std::vector<Content> states = ReferenceStates(plan);
  // Wrecks with a torn log, and with every kind of file half made.
  std::vector<Wreck> wrecks;
  std::size_t log_syncs = 0;
  RunWatched(
      plan,
      [&](const Instant& instant, const DiskModel& disk, int acknowledged) {
        const bool in_log = IsLogSync(instant) && ++log_syncs % (IsLongRun() ? 2 : 12) == 0;
        if (!in_log && instant.number % (IsLongRun() ? 10 : 121) != 0) return;
        // Not kDropped: that leaves nothing to recover from but a shorter log.
        const Survival survival = kAllSurvivals[2 + wrecks.size() % (kAllSurvivals.size() - 2)];
        std::mt19937 random = RandomOf(plan.seed, instant.number, survival);
        wrecks.push_back(
            {disk.Survive(survival, random), acknowledged, LabelOf(instant, survival)});
      },
      [] {});
  REQUIRE(wrecks.size() > 5);
  ImageChecker checker(states);
  for (const Wreck& wreck : wrecks) {
    RecoverWatched(wreck, checker);
    checker.WaitForRoom();
  }
  CheckNoFaults(checker);
  MESSAGE(wrecks.size(), " wrecks, ", checker.cuts(), " cuts, ", checker.images(),
          " different directories");
}

TEST_CASE("power cut: a process that loses its power leaves all that it acknowledged") {
  const Script::Plan plan{3, 100};
  const std::vector<Content> states = ReferenceStates(plan);
  const ScratchDirectory scratch;
  const ChildReport whole = RunChild(scratch.path() / "whole", plan, {});
  REQUIRE(whole.Exited(kFinished));
  REQUIRE(whole.instants > 500);
  const std::size_t stride = IsLongRun() ? 1 : 37;
  std::vector<std::string> faults(whole.instants / stride);
  ForEachInParallel(faults.size(), [&](std::size_t i) {
    const Fault fault{Fault::Kind::kPowerCut, 1 + i * stride,
                      kAllSurvivals[i % kAllSurvivals.size()]};
    const std::filesystem::path directory = scratch.path() / std::to_string(i);
    const ChildReport report = RunChild(directory, plan, fault);
    // The last instants come and go with RocksDB's threads.
    if (report.Exited(kPowerLost) || report.Exited(kFinished)) {
      faults[i] = Judge(Recover(directory, states), report.acknowledged, states);
    } else {
      faults[i] = "the child did not end as it should: " + report.refusal;
    }
    std::filesystem::remove_all(directory);
  });
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CHECK_MESSAGE(faults[i].empty(), "at instant ", 1 + i * stride, ": ", faults[i]);
  }
}

TEST_CASE("power cut: at random instants of longer random scripts nothing is lost") {
  for (int round = 0; round < Rounds(); ++round) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(seed);
    const Script::Plan plan{seed, 600};
    const std::vector<Content> states = ReferenceStates(plan);
    std::mt19937 random(seed);
    ImageChecker checker(states);
    RunWatched(
        plan,
        [&](const Instant& instant, const DiskModel& disk, int acknowledged) {
          if (random() % 16 != 0) return;
          const Survival survival = kAllSurvivals[random() % kAllSurvivals.size()];
          checker.Add(disk.Survive(survival, random), acknowledged,
                      fmt::format("seed {}, {}", seed, LabelOf(instant, survival)));
        },
        [&] { checker.WaitForRoom(); });
    CheckNoFaults(checker);
  }
}

TEST_CASE("power cut: a new data directory's names are made durable before the first answer") {
  const ScratchDirectory scratch;
  bool synced = false;
  const std::filesystem::path root = scratch.path() / "data";
  std::filesystem::create_directory(root);
  const auto file_system =
      std::make_shared<FaultFileSystem>(root, [&](const Instant&, const DiskModel& disk) {
        synced = disk.IsSynced(root.string());
        return rocksdb::IOStatus::OK();
      });
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  Node node(root, storage::Clock::ReadSystem, env.get());
  node.Commit([](storage::Transaction& transaction) {
    transaction.Put(storage::Family::kMeta, "sweep/test", "");
    return true;
  });
  CHECK(synced);
}

}  // namespace warble::tests
