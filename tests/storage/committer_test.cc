#include "storage/committer.h"

#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warble::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Class = Committer::Class;
using Admission = Committer::Admission;
using Outcome = Command::Outcome;

// A command that is a function and can be waited for.
class TestCommand final : public Command {
 public:
  explicit TestCommand(std::function<void(Transaction&)> evaluate)
      : evaluate_(std::move(evaluate)) {}
  void Evaluate(Transaction& transaction) override { evaluate_(transaction); }
  void Complete(Outcome outcome) noexcept override {
    outcome_ = outcome;
    done_.count_down();
  }
  Outcome Wait() {
    done_.wait();
    return outcome_;
  }
  bool IsDone() const { return done_.try_wait(); }

 private:
  std::function<void(Transaction&)> evaluate_;
  Outcome outcome_{};
  std::latch done_{1};
};

// Holds the committer's thread in an evaluation of its own, so that what is submitted meanwhile
// forms one batch.
class Gate {
 public:
  explicit Gate(Committer& committer)
      : command_([this](Transaction&) {
          entered_.count_down();
          opened_.wait();
        }) {
    REQUIRE(committer.Submit(Class::kClient, command_) == Admission::kAccepted);
    entered_.wait();
  }
  ~Gate() { Open(); }
  void Open() {
    if (!std::exchange(open_, true)) opened_.count_down();
    command_.Wait();
  }

 private:
  std::latch entered_{1};
  std::latch opened_{1};
  bool open_ = false;
  TestCommand command_;
};

std::unique_ptr<TestCommand> Put(const char* key, const char* value) {
  return std::make_unique<TestCommand>(
      [=](Transaction& transaction) { transaction.Put(Family::kUsernames, key, value); });
}

// Passes everything on, but fails reads of tables, or calls back at syncs of the log, when told so.
class HookedEnv final : public rocksdb::EnvWrapper {
 public:
  HookedEnv() : EnvWrapper(Env::Default()) {}

  std::atomic<bool> fail_reads{false};
  std::function<void()> before_log_sync;

  rocksdb::Status NewRandomAccessFile(const std::string& name,
                                      std::unique_ptr<rocksdb::RandomAccessFile>* result,
                                      const rocksdb::EnvOptions& options) override {
    rocksdb::Status status = EnvWrapper::NewRandomAccessFile(name, result, options);
    if (status.ok()) *result = std::make_unique<Table>(std::move(*result), this);
    return status;
  }
  rocksdb::Status NewWritableFile(const std::string& name,
                                  std::unique_ptr<rocksdb::WritableFile>* result,
                                  const rocksdb::EnvOptions& options) override {
    rocksdb::Status status = EnvWrapper::NewWritableFile(name, result, options);
    if (status.ok() && name.ends_with(".log")) {
      *result = std::make_unique<Log>(std::move(*result), this);
    }
    return status;
  }

 private:
  class Table final : public rocksdb::RandomAccessFile {
   public:
    Table(std::unique_ptr<rocksdb::RandomAccessFile> file, HookedEnv* env)
        : file_(std::move(file)), env_(env) {}
    rocksdb::Status Read(std::uint64_t offset, std::size_t size, rocksdb::Slice* result,
                         char* scratch) const override {
      if (env_->fail_reads) return rocksdb::Status::IOError("planted");
      return file_->Read(offset, size, result, scratch);
    }

   private:
    std::unique_ptr<rocksdb::RandomAccessFile> file_;
    HookedEnv* env_;
  };
  class Log final : public rocksdb::WritableFileWrapper {
   public:
    Log(std::unique_ptr<rocksdb::WritableFile> file, HookedEnv* env)
        : WritableFileWrapper(file.get()), file_(std::move(file)), env_(env) {}
    rocksdb::Status Sync() override {
      if (env_->before_log_sync) env_->before_log_sync();
      return file_->Sync();
    }

   private:
    std::unique_ptr<rocksdb::WritableFile> file_;
    HookedEnv* env_;
  };
};

}  // namespace

TEST_CASE("committer: a command sees what earlier commands of its batch wrote") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  constexpr int kCommands = 100;
  std::vector<std::unique_ptr<TestCommand>> commands;
  const Committer::Statistics before = node.committer().statistics();
  {
    Gate gate(node.committer());
    for (int i = 0; i < kCommands; ++i) {
      commands.push_back(std::make_unique<TestCommand>([](Transaction& transaction) {
        std::string value;
        transaction.Get(Family::kUsernames, "count", &value);
        transaction.Put(Family::kUsernames, "count", value + "x");
      }));
      REQUIRE(node.committer().Submit(Class::kClient, *commands.back()) == Admission::kAccepted);
    }
    CHECK(node.committer().statistics().queued == kCommands);
  }
  for (const auto& command : commands) CHECK(command->Wait() == Outcome::kCommitted);
  CHECK(tests::GetRaw(node, Family::kUsernames, "count") == std::string(kCommands, 'x'));
  CHECK(node.committer().statistics().batches == before.batches + 1);
}

TEST_CASE("committer: a command that refuses writes nothing, and no batch is written for it") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  const auto before = node.engine().db().GetLatestSequenceNumber();
  CHECK(node.committer().Run(Class::kClient, [](Transaction&) {}).committed());
  CHECK(node.engine().db().GetLatestSequenceNumber() == before);
}

TEST_CASE("committer: a command that only reads is completed as committed, in order") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  auto write = Put("name", "value");
  bool seen = false;
  TestCommand read(
      [&](Transaction& transaction) { seen = transaction.Has(Family::kUsernames, "name"); });
  {
    Gate gate(node.committer());
    REQUIRE(node.committer().Submit(Class::kClient, *write) == Admission::kAccepted);
    REQUIRE(node.committer().Submit(Class::kClient, read) == Admission::kAccepted);
  }
  CHECK(read.Wait() == Outcome::kCommitted);
  CHECK(write->Wait() == Outcome::kCommitted);
  CHECK(seen);
}

TEST_CASE("committer: nothing is visible or acknowledged before the log is synced (I3)") {
  tests::TemporaryDirectory directory;
  HookedEnv env;
  tests::Node node(directory.path(), Clock::ReadSystem, &env);
  int syncs = 0;
  bool visible_early = false;
  auto command = Put("name", "value");
  const auto is_visible = [&] {
    bool found = false;
    for (const auto rows : {ReadView::Rows::kSnapshot, ReadView::Rows::kCached}) {
      ReadView view(node.engine(), ReadView::Mode::kMayBlock, rows);
      found |= view.Has(Family::kUsernames, "name");
    }
    return found;
  };
  CHECK_FALSE(is_visible());  // and known to the decoded cache as absent
  env.before_log_sync = [&] {
    ++syncs;
    visible_early |= is_visible();
    visible_early |= command->IsDone();
  };
  REQUIRE(node.committer().Submit(Class::kClient, *command) == Admission::kAccepted);
  CHECK(command->Wait() == Outcome::kCommitted);
  CHECK(syncs == 1);
  CHECK_FALSE(visible_early);
  CHECK(is_visible());
  env.before_log_sync = nullptr;
}

TEST_CASE("committer: a failed read leaves the other commands of its batch right") {
  tests::TemporaryDirectory directory;
  HookedEnv env;
  {
    tests::Node node(directory.path(), Clock::ReadSystem, &env);
    tests::PutRaw(node, Family::kUsernames, "cold", "value");
  }
  tests::Node node(directory.path(), Clock::ReadSystem, &env);  // nothing is cached
  auto before = Put("before", "1");
  TestCommand failing([&](Transaction& transaction) {
    transaction.Put(Family::kUsernames, "failing", "1");
    env.fail_reads = true;
    CHECK_FALSE(transaction.Has(Family::kUsernames, "cold"));
    env.fail_reads = false;
  });
  bool seen = false;
  TestCommand after([&](Transaction& transaction) {
    seen = transaction.Has(Family::kUsernames, "before") &&
           transaction.Has(Family::kUsernames, "cold") &&
           !transaction.Has(Family::kUsernames, "failing");
    transaction.Put(Family::kUsernames, "after", "1");
  });
  {
    Gate gate(node.committer());
    for (Command* command : {static_cast<Command*>(before.get()), static_cast<Command*>(&failing),
                             static_cast<Command*>(&after)}) {
      REQUIRE(node.committer().Submit(Class::kClient, *command) == Admission::kAccepted);
    }
  }
  CHECK(before->Wait() == Outcome::kCommitted);
  CHECK(failing.Wait() == Outcome::kReadFailed);
  CHECK(after.Wait() == Outcome::kCommitted);
  CHECK(seen);
  CHECK(tests::GetRaw(node, Family::kUsernames, "before").has_value());
  CHECK_FALSE(tests::GetRaw(node, Family::kUsernames, "failing").has_value());
  CHECK(tests::GetRaw(node, Family::kUsernames, "after").has_value());
}

TEST_CASE("committer: background work gets a fifth of the time, and goes on beside clients") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  constexpr int kCommands = 8;
  constexpr milliseconds kWork{5};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> client_commands = 0;
  std::thread client([&] {
    while (!stop) {
      node.committer().Run(Class::kClient, [](Transaction& transaction) {
        transaction.Put(Family::kUsernames, "client", "x");
      });
      ++client_commands;
      client_commands.notify_one();
    }
  });
  client_commands.wait(0);
  std::vector<std::unique_ptr<TestCommand>> commands;
  std::vector<steady_clock::time_point> times;
  for (int i = 0; i < kCommands; ++i) {
    commands.push_back(std::make_unique<TestCommand>([&](Transaction&) {
      times.push_back(steady_clock::now());
      std::this_thread::sleep_for(kWork);
    }));
    REQUIRE(node.committer().Submit(Class::kBackground, *commands.back()) == Admission::kAccepted);
  }
  for (const auto& command : commands) CHECK(command->Wait() == Outcome::kCommitted);
  stop = true;
  client.join();
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] >= 5 * kWork);
  CHECK(client_commands > kCommands);
}

TEST_CASE("committer: background work gets half of the time while no client writes") {
  const auto pause = Committer::BackgroundPause;
  CHECK(pause(milliseconds(5), milliseconds(0)) == milliseconds(20));
  CHECK(pause(milliseconds(5), Committer::kClientsIdle - milliseconds(1)) == milliseconds(20));
  CHECK(pause(milliseconds(5), Committer::kClientsIdle) == milliseconds(5));
}

TEST_CASE("committer: a full queue refuses, and what was accepted is done") {
  tests::TemporaryDirectory directory;
  tests::Node node(directory.path());
  std::atomic<std::size_t> evaluated{0};
  std::vector<std::unique_ptr<TestCommand>> commands;
  const auto count = [&](Transaction&) { ++evaluated; };
  for (std::size_t i = 0; i < Committer::kQueueLimit; ++i) {
    commands.push_back(std::make_unique<TestCommand>(count));
  }
  TestCommand refused(count);
  TestCommand background([](Transaction&) {});
  {
    Gate gate(node.committer());
    for (const auto& command : commands) {
      REQUIRE(node.committer().Submit(Class::kClient, *command) == Admission::kAccepted);
    }
    CHECK(node.committer().Submit(Class::kClient, refused) == Admission::kOverloaded);
    CHECK(node.committer().Submit(Class::kBackground, background) == Admission::kAccepted);
  }
  for (const auto& command : commands) command->Wait();
  background.Wait();
  CHECK(evaluated == Committer::kQueueLimit);
  CHECK_FALSE(refused.IsDone());
}

TEST_CASE("committer: too little free space refuses clients, not the background") {
  tests::TemporaryDirectory directory;
  Engine::Options options;
  options.directory = directory.path();
  options.ballast_bytes = 0;
  options.free_space_floor_bytes = ~std::size_t{0};
  Engine engine(options);
  Committer committer(engine);
  TestCommand client([](Transaction&) {});
  CHECK(committer.Submit(Class::kClient, client) == Admission::kDiskFull);
  CHECK(committer.Run(Class::kBackground, [](Transaction&) {}).committed());
}

TEST_CASE("committer: too many tables that wait to be compacted refuse both, whatever is free") {
  tests::TemporaryDirectory directory;
  Engine::Options options;
  options.directory = directory.path();
  options.ballast_bytes = 0;
  Engine engine(options);
  rocksdb::ColumnFamilyHandle* const family = engine.family(Family::kUsernames);
  REQUIRE(engine.db().SetOptions(family, {{"disable_auto_compactions", "true"}}).ok());
  const auto add_table = [&](std::size_t count) {
    REQUIRE(engine.db().Put(rocksdb::WriteOptions(), family, "name", "value").ok());
    REQUIRE(engine.db().Flush(rocksdb::FlushOptions(), family).ok());
    // RocksDB tells its listeners just after a flush has returned.
    const auto deadline = steady_clock::now() + std::chrono::seconds(10);
    while (engine.young_tables() != count && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    REQUIRE(engine.young_tables() == count);
  };
  const auto admit = [&](Class command_class) {
    Committer committer(engine);  // a new one looks at once
    return committer.Run(command_class, [](Transaction&) {}).admission;
  };
  for (std::size_t count = 1; count < Committer::kYoungTablesLimit; ++count) add_table(count);
  CHECK(admit(Class::kClient) == Admission::kAccepted);
  add_table(Committer::kYoungTablesLimit);
  CHECK(admit(Class::kClient) == Admission::kDiskFull);
  CHECK(admit(Class::kBackground) == Admission::kDiskFull);
  REQUIRE(engine.db().CompactRange(rocksdb::CompactRangeOptions(), family, nullptr, nullptr).ok());
  const auto deadline = steady_clock::now() + std::chrono::seconds(10);
  while (engine.young_tables() != 0 && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK(admit(Class::kClient) == Admission::kAccepted);
}

TEST_CASE("committer: stopping completes what is queued, of both classes") {
  tests::TemporaryDirectory directory;
  std::vector<std::unique_ptr<TestCommand>> commands;
  {
    tests::Node node(directory.path());
    for (const Class command_class : {Class::kBackground, Class::kClient}) {
      commands.push_back(std::make_unique<TestCommand>(
          [](Transaction&) { std::this_thread::sleep_for(milliseconds(20)); }));
      REQUIRE(node.committer().Submit(command_class, *commands.back()) == Admission::kAccepted);
    }
    for (const char* key : {"a", "b", "c"}) {
      for (const Class command_class : {Class::kBackground, Class::kClient}) {
        commands.push_back(Put(key, "1"));
        REQUIRE(node.committer().Submit(command_class, *commands.back()) == Admission::kAccepted);
      }
    }
  }
  for (const auto& command : commands) {
    REQUIRE(command->IsDone());
    CHECK(command->Wait() == Outcome::kCommitted);
  }
  tests::Node node(directory.path());
  for (const char* key : {"a", "b", "c"}) CHECK(tests::GetRaw(node, Family::kUsernames, key));
}

TEST_CASE("committer: what was acknowledged is there after a kill and after a stop") {
  tests::TemporaryDirectory directory;
  constexpr int kCommands = 200;
  {
    tests::Node node(directory.path() / "stopped");
    for (int i = 0; i < kCommands; ++i) {
      node.Commit([&](Transaction& transaction) {
        transaction.Put(Family::kUsernames, std::to_string(i), "1");
        if (i > 0) transaction.Delete(Family::kUsernames, std::to_string(i - 1) + "-");
        transaction.Put(Family::kUsernames, std::to_string(i) + "-", "1");
        return true;
      });
    }
    tests::CopyAsKilled(node, directory.path() / "killed");
  }
  for (const std::string name : {"stopped", "killed"}) {
    INFO(name);
    tests::Node node(directory.path() / name);
    for (int i = 0; i < kCommands; ++i) {
      REQUIRE(tests::GetRaw(node, Family::kUsernames, std::to_string(i)));
      REQUIRE(tests::GetRaw(node, Family::kUsernames, std::to_string(i) + "-").has_value() ==
              (i == kCommands - 1));
    }
  }
}

TEST_CASE("committer: clients' writes are refused once ids hold no later time") {
  tests::TemporaryDirectory directory;
  constexpr std::uint64_t kLastMs = kTweetEpoch.ms + (std::uint64_t{1} << 41) - 1;
  tests::SteeredClock wall({kLastMs - 3'600'000});
  tests::Node node(directory.path(), wall.wall());
  tests::AddUser(node, "alice");
  wall.Advance(3'600'000);
  const auto nothing = [](Transaction&) {};
  CHECK(node.committer().Run(Class::kClient, nothing).admission == Admission::kTimeIsOver);
  CHECK(node.committer().Run(Class::kBackground, nothing).committed());
}

TEST_CASE("committer: a clean stop stores a ceiling just above the last time given") {
  tests::TemporaryDirectory directory;
  tests::SteeredClock wall({1'700'000'000'000});
  {
    tests::Node node(directory.path(), wall.wall());
    tests::AddUser(node, "alice");
  }
  tests::Node node(directory.path(), wall.wall());
  CHECK(node.engine().clock_ceiling().ms == wall.now().ms + 1);
}

}  // namespace warble::storage
