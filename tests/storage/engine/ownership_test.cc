#include "storage/engine/ownership.h"

#include "storage/base/startup_error.h"
#include "storage/format/partition.h"
#include "tests/storage/format/sample_rows.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <vector>

namespace warble::storage {
namespace {

using Class = Committer::Class;
using Outcome = Command::Outcome;
using Step = std::function<void(Transaction&)>;

constexpr std::uint32_t kMine = 0x123;
constexpr std::uint32_t kTheirs = 0xabc;

Outcome Run(tests::Node& node, Step evaluate) {
  const auto run = node.committer().Run(Class::kClient, std::move(evaluate));
  REQUIRE(run.admission == Committer::Admission::kAccepted);
  return run.outcome;
}

Step Put(std::uint32_t partition, const std::string& value) {
  return [=](Transaction& transaction) {
    transaction.Put(Family::kUsers, UserKey(UserId::Make(partition, 1)), value);
  };
}

std::optional<std::string> Stored(tests::Node& node, std::uint32_t partition) {
  return tests::GetRaw(node, Family::kUsers, UserKey(UserId::Make(partition, 1)));
}

// The outcomes of commands that are evaluated in one batch.
std::vector<Outcome> RunTogether(tests::Node& node, const std::vector<Step>& evaluations) {
  class Queued final : public Command {
   public:
    explicit Queued(const Step& evaluate) : evaluate_(evaluate) {}
    void Evaluate(Transaction& transaction) override { evaluate_(transaction); }
    void Complete(Outcome outcome) noexcept override {
      outcome_ = outcome;
      done_.count_down();
    }
    Outcome Wait() {
      done_.wait();
      return outcome_;
    }

   private:
    const std::function<void(Transaction&)>& evaluate_;
    Outcome outcome_{};
    std::latch done_{1};
  };
  std::latch entered(1);
  std::latch queued(1);
  const Step hold = [&](Transaction&) {
    entered.count_down();
    queued.wait();
  };
  Queued gate(hold);
  REQUIRE(node.committer().Submit(Class::kClient, gate) == Committer::Admission::kAccepted);
  entered.wait();
  std::vector<std::unique_ptr<Queued>> commands;
  for (const Step& evaluate : evaluations) {
    commands.push_back(std::make_unique<Queued>(evaluate));
    REQUIRE(node.committer().Submit(Class::kClient, *commands.back()) ==
            Committer::Admission::kAccepted);
  }
  queued.count_down();
  gate.Wait();
  std::vector<Outcome> outcomes;
  for (const auto& command : commands) outcomes.push_back(command->Wait());
  return outcomes;
}

Step Set(std::uint32_t partition, PartitionState state, std::uint32_t epoch) {
  return [=](Transaction& transaction) {
    transaction.Put(Family::kMeta, OwnershipKey(partition), EncodeOwnership({state, epoch}));
  };
}

}  // namespace

TEST_CASE("ownership: a directory without rows of it owns every partition") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  for (std::uint32_t partition = 0; partition < kPartitionCount; ++partition) {
    REQUIRE(node.engine().ownership().Owns(partition));
    REQUIRE(node.engine().ownership().At(partition).epoch == 0);
  }
  CHECK(Run(node, Put(kMine, "1")) == Outcome::kCommitted);
}

TEST_CASE("ownership: with the first row, partitions without one are not owned") {
  tests::TemporaryDirectory directory;
  {
    tests::Node node(directory.path());
    tests::SetOwnership(node, kMine, PartitionState::kOwned, 1);
    CHECK(node.engine().ownership().Owns(kMine));
    CHECK_FALSE(node.engine().ownership().Owns(kTheirs));
    CHECK(Run(node, Put(kMine, "1")) == Outcome::kCommitted);
    CHECK(Run(node, Put(kTheirs, "1")) == Outcome::kNotOwned);
    tests::SetOwnership(node, kTheirs, PartitionState::kOwned, 5);
    tests::SetOwnership(node, kMine, PartitionState::kAway, 2);
  }
  // So also after a start.
  tests::Node node(directory.path());
  CHECK(node.engine().ownership().At(kMine) == PartitionOwnership{PartitionState::kAway, 2});
  CHECK(node.engine().ownership().At(kTheirs) == PartitionOwnership{PartitionState::kOwned, 5});
  CHECK(node.engine().ownership().At(7) == PartitionOwnership{PartitionState::kAway, 0});
  CHECK(Run(node, Put(kMine, "2")) == Outcome::kNotOwned);
  CHECK(Run(node, Put(kTheirs, "2")) == Outcome::kCommitted);
  CHECK(Stored(node, kMine) == "1");
  CHECK(Stored(node, kTheirs) == "2");
}

TEST_CASE("ownership: one row of another's partition, of any family, and nothing is written") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  tests::SetOwnership(node, kMine, PartitionState::kOwned, 1);
  std::string name = "a";
  while (PartitionOf(name) == kMine) name += "a";
  const tests::SampleOf theirs{UserId::Make(kTheirs, 1),
                               UserId::Make(kMine, 1),
                               TweetId::Make({1'700'000'000'000}, kTheirs, 1),
                               {1'700'000'000'000},
                               name};
  for (const tests::SampleRow& row : WellFormedRows(theirs)) {
    const bool is_directorys = !PartitionOfRow(row.family, row.key).has_value();
    INFO(FamilyName(row.family), " ", row.key);
    for (const bool is_put : {true, false}) {
      if (is_directorys) continue;
      const Outcome outcome = Run(node, [&](Transaction& transaction) {
        Put(kMine, "written")(transaction);
        if (is_put) {
          transaction.Put(row.family, row.key, row.value);
        } else {
          transaction.Delete(row.family, row.key);
        }
        Put(kMine, "written")(transaction);
      });
      CHECK(outcome == Outcome::kNotOwned);
      CHECK_FALSE(Stored(node, kMine));
      CHECK_FALSE(tests::GetRaw(node, row.family, row.key));
    }
  }
  CHECK(Run(node, [](Transaction& transaction) {
          transaction.Put(Family::kMeta, std::string(kMetaSweepPrefix) + "sessions", "1");
        }) == Outcome::kCommitted);
}

TEST_CASE("ownership: what a command decides of it counts for those behind it in its batch") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const auto before = node.committer().statistics().batches;
  // The first of them is also the first row of all.
  const std::vector<Outcome> outcomes =
      RunTogether(node, {Put(kTheirs, "1"), Set(kMine, PartitionState::kOwned, 1),
                         Put(kTheirs, "2"), Put(kMine, "1"), Set(kMine, PartitionState::kAway, 2),
                         Put(kMine, "2"), Set(kMine, PartitionState::kOwned, 3), Put(kMine, "3")});
  CHECK(node.committer().statistics().batches == before + 1);
  CHECK(outcomes == std::vector<Outcome>{Outcome::kCommitted, Outcome::kCommitted,
                                         Outcome::kNotOwned, Outcome::kCommitted,
                                         Outcome::kCommitted, Outcome::kNotOwned,
                                         Outcome::kCommitted, Outcome::kCommitted});
  CHECK(Stored(node, kTheirs) == "1");
  CHECK(Stored(node, kMine) == "3");
  CHECK(node.engine().ownership().At(kMine) == PartitionOwnership{PartitionState::kOwned, 3});
}

TEST_CASE("ownership: a command is judged by what stands before it, not by its own word") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  tests::SetOwnership(node, kMine, PartitionState::kOwned, 1);
  CHECK(Run(node, [](Transaction& transaction) {
          Set(kTheirs, PartitionState::kOwned, 1)(transaction);
          Put(kTheirs, "1")(transaction);
        }) == Outcome::kNotOwned);
  CHECK_FALSE(node.engine().ownership().Owns(kTheirs));
  CHECK(Run(node, [](Transaction& transaction) {
          Set(kMine, PartitionState::kAway, 2)(transaction);
          Put(kMine, "last")(transaction);
        }) == Outcome::kCommitted);
  CHECK_FALSE(node.engine().ownership().Owns(kMine));
  CHECK(Stored(node, kMine) == "last");
}

TEST_CASE("ownership: a row of another form stops the start") {
  tests::TemporaryDirectory directory;
  {
    tests::Node node(directory.path());
    tests::PutRaw(node, Family::kMeta, OwnershipKey(kMine), std::string("\x09\0\0\0\1", 5));
  }
  CHECK_THROWS_AS(tests::Node(directory.path()), StartupError);
}

}  // namespace warble::storage
