#include "storage/engine/wal_check.h"

#include "storage/base/startup_error.h"
#include "storage/engine/engine.h"
#include "tests/faults/disk_model.h"
#include "tests/faults/scratch.h"
#include "tests/faults/wal_image.h"

#include <doctest/doctest.h>
#include <rocksdb/env.h>

#include <string>
#include <vector>

namespace warble::tests {
namespace {

using storage::CheckWal;
using storage::WalReport;
using State = WalReport::State;

constexpr const char* kLog = "000007.log";

// Checks a directory of these logs and hands back what it holds afterwards.
State Check(Image& logs) {
  const ScratchDirectory scratch;
  WriteImage(logs, scratch.path());
  const WalReport report = CheckWal(scratch.path(), rocksdb::Env::Default());
  logs = ReadImage(scratch.path());
  CHECK(report.detail.empty() == (report.state == State::kClean));
  CHECK(report.detail.find('\n') == std::string::npos);
  return report.state;
}

// That a log is judged so, and is cut to `size`, or as it was if that is its own size.
void Expect(const std::string& log, State state, std::size_t size) {
  Image logs = {{kLog, log}};
  CHECK(Check(logs) == state);
  CHECK(logs[kLog] == log.substr(0, size));
}

std::string Batch(std::size_t size, char letter) { return std::string(size, letter); }

}  // namespace

TEST_CASE("log check: whole logs are clean, wherever their batches meet the blocks") {
  std::vector<std::vector<std::size_t>> cases = {
      {}, {0}, {12}, {100, 200, 300}, {32'761}, {32'762}, {200'000}, {200'000, 1, 90'000, 5}};
  // The first batch leaves 0, 1 … 15 bytes of the block: a trailer, a header and nothing more …
  for (std::size_t left = 0; left < 16; ++left) {
    cases.push_back({kLogBlockSize - kLogHeaderSize - left, 50, 70'000, 50});
  }
  for (const auto& sizes : cases) {
    std::vector<std::string> batches;
    for (const std::size_t size : sizes) batches.push_back(Batch(size, 'b'));
    const std::string log = EncodeLog(batches);
    CAPTURE(log.size());
    Expect(log, State::kClean, log.size());
  }
}

TEST_CASE("log check: a last batch torn at any byte is cut off") {
  for (const std::size_t size : {50U, 40'000U, 200'000U}) {
    for (const std::size_t before : {0U, 300U, 32'755U, 32'740U}) {
      std::string whole = before == 0 ? "" : EncodeLog({Batch(before, 'a')});
      const std::size_t boundary = whole.size();
      const std::string log = before == 0 ? EncodeLog({Batch(size, 'z')})
                                          : EncodeLog({Batch(before, 'a'), Batch(size, 'z')});
      const std::size_t stride = size > 1000 ? 997 : 1;
      for (std::size_t end = boundary; end < log.size(); end += stride) {
        CAPTURE(end);
        // A trailer of zeros that is not whole is no damage.
        const bool torn = end > log.find_first_not_of('\0', boundary);
        // Of a block's last bytes a trailer of zeros belongs to nobody.
        const bool trailer =
            end / kLogBlockSize * kLogBlockSize == end && end - boundary < kLogHeaderSize;
        if (trailer) continue;
        Expect(log.substr(0, end), torn ? State::kTornTailCut : State::kClean, boundary);
      }
    }
  }
}

TEST_CASE("log check: a last batch with lost, zeroed or wrong pages is cut off") {
  const std::string first = EncodeLog({Batch(5000, 'a')});
  const std::string log = EncodeLog({Batch(5000, 'a'), Batch(100'000, 'z')});
  for (std::size_t page = first.size() / 4096 + 1; (page + 1) * 4096 < log.size(); ++page) {
    for (const char filler : {'\0', '\xFF', '\x01'}) {
      std::string damaged = log;
      damaged.replace(page * 4096, 4096, 4096, filler);
      CAPTURE(page);
      Expect(damaged, State::kTornTailCut, first.size());
    }
  }
}

TEST_CASE("log check: zeros behind a whole batch, to the end, are cut off and no damage") {
  for (const std::size_t size : {0U, 5000U, 32'755U, 32'761U, 100'000U}) {
    const std::string whole = size == 0 ? "" : EncodeLog({Batch(size, 'a')});
    for (const std::size_t zeros : {1U, 7U, 4096U, 32'768U, 262'144U}) {
      CAPTURE(size);
      CAPTURE(zeros);
      // Fewer than a header at a block's end are its trailer.
      const std::size_t left = (kLogBlockSize - whole.size() % kLogBlockSize) % kLogBlockSize;
      const bool trailer = left < kLogHeaderSize && zeros == left;
      const std::string log = whole + std::string(zeros, '\0');
      Expect(log, State::kClean, trailer ? log.size() : whole.size());
    }
  }
  const std::string zeros(10'000, '\0');
  const std::string whole = EncodeLog({Batch(5000, 'a')});
  // In the middle of a batch they are a torn write, and so is anything behind them.
  const std::string torn = EncodeLog({Batch(5000, 'a'), Batch(100'000, 'z')}).substr(0, 70'000);
  Expect(torn + zeros, State::kTornTailCut, whole.size());
  Expect(whole + zeros + "x" + zeros, State::kTornTailCut, whole.size());
  // Before a whole batch they are damage.
  Expect(whole + std::string(2 * kLogBlockSize - whole.size(), '\0') + EncodeLog({Batch(9, 'b')}),
         State::kDamaged, 2 * kLogBlockSize + EncodeLog({Batch(9, 'b')}).size());
}

TEST_CASE("log check: any changed byte of any batch but the last is damage, and nothing is cut") {
  const std::string log =
      EncodeLog({Batch(30, 'a'), Batch(0, 'b'), Batch(40, 'c'), Batch(12, 'd')});
  const std::size_t last = FindRecords(log).back().offset;
  for (std::size_t at = 0; at < log.size(); ++at) {
    for (const int flip : {0x01, 0x03, 0x80, 0xFF}) {
      std::string damaged = log;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      CAPTURE(at);
      CAPTURE(flip);
      // In the last batch it cannot be told from a torn write.
      if (at < last) {
        Expect(damaged, State::kDamaged, log.size());
      } else {
        Expect(damaged, State::kTornTailCut, last);
      }
    }
  }
}

TEST_CASE("log check: damage is found when the next batch begins blocks later") {
  const std::string log = EncodeLog({Batch(10, 'a'), Batch(150'000, 'b'), Batch(20, 'c')});
  for (const LogRecord& record : FindRecords(log)) {
    if (record.batch == 2) continue;
    for (std::size_t byte = 0; byte < kLogHeaderSize + 1 && byte < record.size; ++byte) {
      std::string damaged = log;
      damaged[record.offset + byte] = static_cast<char>(damaged[record.offset + byte] ^ 0x11);
      CAPTURE(record.offset);
      CAPTURE(byte);
      Expect(damaged, State::kDamaged, log.size());
    }
  }
}

TEST_CASE("log check: a batch that begins before the one in front has ended is damage") {
  const std::string first = EncodeLog({Batch(40'000, 'a')}).substr(0, kLogBlockSize);
  const std::string log = first + EncodeLog({Batch(10, 'b')});
  Expect(log, State::kDamaged, log.size());
}

TEST_CASE("log check: only the newest log that holds anything can have a torn end") {
  const std::string whole = EncodeLog({Batch(10, 'a'), Batch(10, 'b')});
  const std::string torn = whole.substr(0, whole.size() - 1);
  const std::string zeros(1000, '\0');
  const std::size_t boundary = EncodeLog({Batch(10, 'a')}).size();
  struct Case {
    Image logs;
    State state;
    std::size_t size;  // of 000009.log afterwards
  };
  const std::vector<Case> cases = {
      {{{"000009.log", torn}, {"000010.log", whole}}, State::kDamaged, torn.size()},
      {{{"000009.log", whole}, {"000010.log", torn}}, State::kTornTailCut, whole.size()},
      {{{"000009.log", torn}, {"000010.log", ""}}, State::kTornTailCut, boundary},
      {{{"000009.log", torn}, {"000008.log", whole}}, State::kTornTailCut, boundary},
      {{{"000009.log", torn}, {"1000000.log", whole}}, State::kDamaged, torn.size()},
      // The end of an older one can be zeros too: nobody waits until they are cut off.
      {{{"000009.log", whole + zeros}, {"000010.log", whole}}, State::kClean, whole.size()},
      {{{"000009.log", whole}, {"000010.log", zeros}}, State::kClean, whole.size()},
  };
  for (const Case& example : cases) {
    Image logs = example.logs;
    CHECK(Check(logs) == example.state);
    CHECK(logs["000009.log"].size() == example.size);
  }
}

TEST_CASE("log check: a directory that cannot be read is a failed start") {
  CHECK_THROWS_AS(CheckWal("/nowhere/at/all", rocksdb::Env::Default()), storage::StartupError);
}

}  // namespace warble::tests
