// Damage: bytes that rot in an acknowledged log, table or manifest are never answered with.
//
// Each directory is read in a process of its own, since RocksDB may meet a damaged table with an
// assertion.
#include "tests/faults/child.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/recovery.h"
#include "tests/faults/scratch.h"
#include "tests/faults/settings.h"
#include "tests/faults/wal_image.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace warble::tests {
namespace {

struct Base {
  Image image;
  Content content;
};

// A directory as a power cut leaves it after a script without a restart: its log holds the last
// batches, its tables the first.
Base MakeBase(const Script::Plan& plan) {
  const ScratchDirectory scratch;
  Base base;
  std::optional<Image> newest;
  const auto file_system =
      std::make_shared<FaultFileSystem>(scratch.path(), [&](const Instant&, const DiskModel& disk) {
        std::mt19937 unused;
        if (!newest) return rocksdb::IOStatus::OK();
        if (newest->empty()) newest = disk.Survive(Survival::kDropped, unused);
        return rocksdb::IOStatus::OK();
      });
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  Script script(plan, scratch.path(), env.get(), [&](int step, Node& node) {
    if (step != plan.steps - 1) return;
    base.content = ReadContent(node.engine());
    newest.emplace();  // taken at the next instant
  });
  script.Run();
  script.Close();
  base.image = *newest;
  return base;
}

// The name of the newest file with that ending.
std::string NewestFile(const Image& image, std::string_view part) {
  std::string newest;
  for (const auto& [name, content] : image) {
    if (name.find(part) != name.npos && !content.empty()) newest = name;
  }
  REQUIRE_FALSE(newest.empty());
  return newest;
}

// What a process that reads a directory says of it.
struct Outcome {
  std::string word;  // see ReadHere(); "aborted" when RocksDB's own assertions ended it
  std::string rest;
  bool unchanged = false;  // the directory
  bool more_lines = false;
};

Outcome ReadInChild(const Image& image, const std::filesystem::path& directory) {
  WriteImage(image, directory);
  Outcome outcome;
  bool hung = false;
  const int wait_status = RunSelf(
      {"--read", directory.string()},
      [&](const std::string& line) {
        outcome.more_lines = !outcome.word.empty();
        const std::size_t space = std::min(line.find(' '), line.size() - 1);
        outcome.word = line.substr(0, space);
        outcome.rest = line.substr(space + 1);
      },
      &hung);
  if (WIFSIGNALED(wait_status)) {
    outcome.word = WTERMSIG(wait_status) == SIGABRT && !hung ? "aborted" : "crashed";
  }
  outcome.unchanged = ReadImage(directory) == image;
  return outcome;
}

struct Flip {
  std::string file;
  std::size_t offset;
  unsigned char bits;
};

// Makes every change by itself and hands its outcome to `judge`, which says what is wrong with it.
template <class JudgeOutcome>
void CheckFlips(const Base& base, const std::vector<Flip>& flips, JudgeOutcome judge) {
  const ScratchDirectory scratch;
  std::vector<std::string> faults(flips.size());
  ForEachInParallel(flips.size(), [&](std::size_t i) {
    const Flip& flip = flips[i];
    const std::filesystem::path directory = scratch.path() / std::to_string(i);
    Image image = base.image;
    char& byte = image.at(flip.file).at(flip.offset);
    byte = static_cast<char>(byte ^ flip.bits);
    const std::string wrong = judge(ReadInChild(image, directory));
    if (!wrong.empty()) {
      faults[i] = fmt::format("{} byte {} ^ {:#x}: {}", flip.file, flip.offset, flip.bits, wrong);
    }
    std::filesystem::remove_all(directory);
  });
  std::size_t shown = 0;
  for (const std::string& fault : faults) {
    if (!fault.empty() && shown++ < 10) FAIL_CHECK(fault);
  }
  MESSAGE(flips.size(), " changed bytes, ", shown, " wrong");
}

// An error of any kind, or the right answer.
std::string JudgeAnswer(const Outcome& outcome, const Content& expected) {
  if (outcome.word == "content" && outcome.rest != DigestOf(expected)) return "a wrong answer";
  if (outcome.word == "crashed" || outcome.word.empty()) return "it crashed";
  return {};
}

const Script::Plan kPlan{5, 70};

}  // namespace

TEST_CASE("damage: a changed byte of an acknowledged batch in the log refuses to open") {
  const Base base = MakeBase(kPlan);
  const std::string name = NewestFile(base.image, ".log");
  const std::string& log = base.image.at(name);
  const std::vector<LogRecord> records = FindRecords(log);
  REQUIRE(records.back().batch > 20);
  std::mt19937 random(6);
  std::vector<Flip> flips;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const LogRecord& record = records[i];
    if (record.batch == records.back().batch) continue;
    // Every byte of some records; of the others the header and some bytes of the payload.
    const bool all = (IsLongRun() || i % 32 == 0) && record.size < 2000;
    for (std::size_t byte = 0; byte < record.size; ++byte) {
      if (!all && byte >= kLogHeaderSize && random() % record.size >= 2) continue;
      flips.push_back({name, record.offset + byte, static_cast<unsigned char>(1 + random() % 255)});
    }
  }
  CheckFlips(base, flips, [](const Outcome& outcome) -> std::string {
    if (outcome.word != "refused") return "it opened";
    if (!outcome.unchanged) return "it refused, but changed the directory";
    if (outcome.more_lines) return "it refused with more than a line";
    if (outcome.rest.find("damaged") == std::string::npos) return outcome.rest;
    return {};
  });
}

TEST_CASE("damage: a changed byte of a table is an error or nothing, never a wrong answer") {
  const Base base = MakeBase(kPlan);
  std::mt19937 random(7);
  std::vector<Flip> flips;
  for (const auto& [name, content] : base.image) {
    if (!name.ends_with(".sst")) continue;
    const std::size_t samples = IsLongRun() ? 400 : 12;
    for (std::size_t i = 0; i < samples; ++i) {
      // The first half of a sample lies where the rows are.
      const std::size_t limit =
          i % 2 == 0 ? std::max<std::size_t>(content.size() / 4, 1) : content.size();
      flips.push_back({name, random() % limit, static_cast<unsigned char>(1 + random() % 255)});
    }
  }
  REQUIRE(flips.size() > 50);
  std::atomic<std::size_t> found{0};
  CheckFlips(base, flips, [&](const Outcome& outcome) {
    if (outcome.word != "content") ++found;
    return JudgeAnswer(outcome, base.content);
  });
  CHECK(found > flips.size() / 4);
}

TEST_CASE("damage: a changed byte of the manifest is an error or nothing, never a wrong answer") {
  const Base base = MakeBase(kPlan);
  const std::string name = NewestFile(base.image, "MANIFEST-");
  // The manifest has the form of a log. Damage in its last record cannot be told from a torn write.
  const std::vector<LogRecord> records = FindRecords(base.image.at(name));
  const std::size_t end = records.back().offset;
  std::vector<Flip> flips;
  std::vector<bool> is_length(end);
  for (const LogRecord& record : records) {
    for (const std::size_t byte : {record.offset + 4, record.offset + 5}) {
      if (byte < end) is_length[byte] = true;
    }
  }
  for (std::size_t at = 0; at < end; ++at) {
    if (!is_length[at] && !IsLongRun() && at % 31 != 0) continue;
    for (const unsigned char bits : std::array<unsigned char, 3>{0x01, 0x10, 0x80}) {
      if (is_length[at] || bits == 0x10) flips.push_back({name, at, bits});
    }
  }
  const std::string current = NewestFile(base.image, "CURRENT");
  for (std::size_t at = 0; at < base.image.at(current).size(); ++at) {
    flips.push_back({current, at, 0x01});
  }
  CheckFlips(base, flips,
             [&](const Outcome& outcome) { return JudgeAnswer(outcome, base.content); });
}

}  // namespace warble::tests
