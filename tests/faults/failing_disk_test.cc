// Disks that fail: every call that changes the disk fails in turn, and disks run full.
#include "tests/faults/child.h"
#include "tests/faults/recovery.h"
#include "tests/faults/scratch.h"
#include "tests/faults/settings.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

namespace warble::tests {
namespace {

constexpr std::array kFailures = {Fault::Kind::kFailOnce, Fault::Kind::kNoSpace,
                                  Fault::Kind::kFailForever, Fault::Kind::kNoSpaceForever};

// RocksDB may go on after a failed deletion of what it no longer needs, and when it cannot reopen
// or truncate a log that it replayed to give back space. Its OPTIONS file is only for people to
// read, and so it ignores too when the directory cannot be synced for that file's name. A
// compaction whose tables find no room ends without a result.
bool MayBeSurvived(const std::string& failed_call, Fault::Kind kind) {
  const std::string call = failed_call.substr(0, failed_call.find(" after "));
  const bool is_space = kind == Fault::Kind::kNoSpace || kind == Fault::Kind::kNoSpaceForever;
  if (is_space && call.ends_with(".sst")) return true;
  for (const char* operation : {"delete ", "reopen ", "truncate "}) {
    if (call.starts_with(operation)) return true;
  }
  const std::string& named = call.starts_with("sync directory ") ? failed_call : call;
  return named.find("OPTIONS-") != named.npos;
}

// What is wrong with how a child ended, if anything.
std::string JudgeEnd(const ChildReport& report, Fault::Kind kind) {
  if (report.hung) return "it hung";
  if (report.Aborted()) return {};
  if (report.Exited(kRefused)) {
    if (report.refusal.empty()) return "it refused without a word";
    if (report.refusal.find('\n') != report.refusal.npos) {
      return "it refused with more than a line: " + report.refusal;
    }
    return {};
  }
  if (!report.Exited(kFinished)) return fmt::format("wait status {}", report.wait_status);
  if (report.failed_call.empty() || MayBeSurvived(report.failed_call, kind)) return {};
  return "it went on";
}

}  // namespace

TEST_CASE("failing disk: every write, sync and change of names that fails stops the process") {
  const Script::Plan plan{4, 60};
  const std::vector<Content> states = ReferenceStates(plan);
  const ScratchDirectory scratch;
  const ChildReport whole = RunChild(scratch.path() / "whole", plan, {});
  REQUIRE(whole.Exited(kFinished));
  REQUIRE(whole.acknowledged == plan.steps + 1);

  // A default run takes every few instants, each with one kind of failure.
  const std::size_t kinds = IsLongRun() ? kFailures.size() : 1;
  const std::size_t stride = IsLongRun() ? 1 : 7;
  std::vector<std::string> faults(whole.instants / stride * kinds);
  ForEachInParallel(faults.size(), [&](std::size_t i) {
    const std::size_t at = 1 + i / kinds * stride;
    const Fault fault{kFailures[i % kFailures.size()], at, {}};
    const std::filesystem::path directory = scratch.path() / std::to_string(i);
    const ChildReport report = RunChild(directory, plan, fault);
    std::string why = JudgeEnd(report, fault.kind);
    if (why.empty()) why = Judge(Recover(directory, states), report.acknowledged, states);
    if (!why.empty()) {
      faults[i] = fmt::format("instant {} ({}), kind {}: {}", at, report.failed_call,
                              static_cast<int>(fault.kind), why);
    }
    std::filesystem::remove_all(directory);
  });
  for (const std::string& fault : faults) CHECK_MESSAGE(fault.empty(), fault);
}

TEST_CASE("failing disk: low space refuses clients, a full disk stops, and a restart is possible") {
  bool hung = false;
  std::size_t passed = 0;
  bool skipped = false;
  const int status = RunSelf(
      {"--full-disk"},
      [&](const std::string& line) {
        if (line.starts_with("skipped ")) {
          skipped = true;
          MESSAGE(line);
        }
        if (line.starts_with("passed ")) ++passed;
        if (line.starts_with("fault ")) FAIL_CHECK(line);
      },
      &hung);
  CHECK_FALSE(hung);
  CHECK(status == 0);
  if (!skipped) CHECK(passed == 11);
}

}  // namespace warble::tests
