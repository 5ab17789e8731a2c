#include "storage/committer.h"

#include "storage/base/check.h"
#include "storage/engine/engine.h"

#include <rocksdb/perf_level.h>
#include <spdlog/spdlog.h>

#include <pthread.h>
#include <sched.h>

#include <latch>
#include <optional>

namespace warble::storage {

using std::chrono::steady_clock;

namespace {

// Their order is a contract: see log.h.
std::vector<Log::Listener> Listeners(Engine& engine, PendingPurges& pending_purges) {
  return {
      {.before_write = [&](const ChangeSet& changes) { engine.last_tweets().Raise(changes); },
       .after_write = {}},
      {.before_write =
           [&](const ChangeSet& changes) { engine.decoded_cache().BeginBatch(changes); },
       .after_write = [&](const ChangeSet& changes) { engine.decoded_cache().EndBatch(changes); }},
      {.before_write = [&](const ChangeSet& changes) { engine.memtables().Announce(changes); },
       .after_write = {}},
      {.before_write = {}, .after_write = [&](const ChangeSet&) { engine.ownership().Publish(); }},
      {.before_write = {},
       .after_write = [&](const ChangeSet& changes) { pending_purges.Note(changes); }},
  };
}

}  // namespace

Committer::Committer(Engine& engine, Clock::Source clock)
    : engine_(engine),
      clock_(std::move(clock), engine.clock_ceiling()),
      log_(engine, Listeners(engine, pending_purges_)),
      thread_([this] { Loop(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Committer::Admission Committer::Submit(Class command_class, Command& command) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Admission::kStopped;
    CheckSpace();
    if (command_class == Class::kClient ? disk_full_ : disk_full_for_all_) {
      return Admission::kDiskFull;
    }
    if (command_class == Class::kClient && clock_.IsAtEnd()) return Admission::kTimeIsOver;
    auto& queue = command_class == Class::kClient ? clients_ : background_;
    if (queue.size() >= kQueueLimit) return Admission::kOverloaded;
    queue.push_back(&command);
  }
  wake_.notify_one();
  return Admission::kAccepted;
}

// Under the mutex. Also asked while writes are refused, so that freed space is noticed.
void Committer::CheckSpace() {
  const auto now = steady_clock::now();
  if (now < next_space_check_) return;
  next_space_check_ = now + kSpaceCheckInterval;
  const std::size_t free_bytes = engine_.UpdateSpace();
  // If no compaction fits, or a table is damaged, RocksDB would let a write wait without end.
  const std::size_t young_tables = engine_.young_tables();
  const bool behind = young_tables >= kYoungTablesLimit;
  const bool full = behind || free_bytes < engine_.options().free_space_floor_bytes;
  if (full != disk_full_) {
    if (full) {
      spdlog::error(
          "{} MiB of disk are free, and {} tables wait to be compacted: "
          "refusing writes until there is more space, or fewer wait",
          free_bytes >> 20, young_tables);
    } else {
      spdlog::info("{} MiB of disk are free: accepting writes again", free_bytes >> 20);
    }
  }
  disk_full_ = full;
  disk_full_for_all_ = behind || free_bytes < engine_.options().background_floor_bytes;
}

namespace {
class BlockingCommand final : public Command {
 public:
  explicit BlockingCommand(std::function<void(Transaction&)> evaluate)
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

 private:
  std::function<void(Transaction&)> evaluate_;
  Outcome outcome_ = Outcome::kReadFailed;
  std::latch done_{1};
};
}  // namespace

Committer::RunResult Committer::Run(Class command_class,
                                    std::function<void(Transaction&)> evaluate) {
  BlockingCommand command(std::move(evaluate));
  const Admission admission = Submit(command_class, command);
  if (admission != Admission::kAccepted) return {admission, Command::Outcome::kReadFailed};
  return {admission, command.Wait()};
}

Committer::Statistics Committer::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics statistics = statistics_;
  statistics.queued = clients_.size() + background_.size();
  return statistics;
}

void Committer::Loop() {
  // RocksDB counts every comparison of a key in a thread's variables, which takes as long as the
  // comparison.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  // If it shares a core with an event loop, it does not interrupt the loop when it wakes: the loop
  // first handles its ready work, and more commands share a sync.
  const sched_param none{};
  static_cast<void>(::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none));
  std::vector<Command*> batch;
  while (TakeBatch(batch)) {
    CommitBatch(batch);
    if (background_taken_) {
      const auto now = steady_clock::now();
      background_not_before_ = now + BackgroundPause(background_spent_, now - last_client_);
    }
  }
}

bool Committer::TakeBatch(std::vector<Command*>& batch) {
  batch.clear();
  background_taken_ = false;
  std::unique_lock lock(mutex_);
  while (true) {
    const bool may_work_behind =
        !background_.empty() && (stopping_ || steady_clock::now() >= background_not_before_);
    if (!clients_.empty() || may_work_behind) {
      if (!clients_.empty()) last_client_ = steady_clock::now();
      while (!clients_.empty() && batch.size() < kBatchCommandsLimit) {
        batch.push_back(clients_.front());
        clients_.pop_front();
      }
      if (may_work_behind) {
        batch.push_back(background_.front());
        background_.pop_front();
        background_taken_ = true;
      }
      return true;
    }
    if (stopping_) return false;
    if (background_.empty()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, background_not_before_);
    }
  }
}

void Committer::CommitBatch(const std::vector<Command*>& batch) {
  ChangeSet changes;
  std::size_t background_bytes = 0;
  background_spent_ = {};
  std::vector<Command::Outcome> outcomes(batch.size(), Command::Outcome::kCommitted);
  std::optional<ReadView> view(std::in_place, engine_, ReadView::Mode::kMayBlock,
                               ReadView::Rows::kCached);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const bool is_background = background_taken_ && i + 1 == batch.size();
    const auto start = is_background ? steady_clock::now() : steady_clock::time_point();
    view->set_remote(batch[i]->remote());
    Transaction transaction(*view, &changes, clock_);
    batch[i]->Evaluate(transaction);
    if (is_background) background_spent_ = steady_clock::now() - start;
    if (view->status() != ReadStatus::kOk) {
      outcomes[i] = view->status() == ReadStatus::kNeedsRows ? Command::Outcome::kNeedsRows
                                                             : Command::Outcome::kReadFailed;
      view.emplace(engine_, ReadView::Mode::kMayBlock, ReadView::Rows::kCached);
    } else if (!engine_.ownership().Admit(transaction.changes())) {
      outcomes[i] = Command::Outcome::kNotOwned;
    } else {
      if (is_background) background_bytes = transaction.changes().size_bytes();
      changes.Append(transaction.changes());
    }
  }
  view.reset();
  if (!changes.empty()) {
    changes.Put(Family::kMeta, kMetaClock, EncodeTimestamp(clock_.Ceiling()));
    const auto start = steady_clock::now();
    log_.Commit(changes);
    const auto spent = steady_clock::now() - start;
    // Clients wait for this sync anyway, so the background pays for its part only: else its share
    // would shrink as clients come.
    background_spent_ += spent * background_bytes / changes.size_bytes();
    const std::lock_guard lock(mutex_);
    ++statistics_.batches;
    statistics_.commands += batch.size();
    statistics_.bytes += changes.size_bytes();
    statistics_.sync_ns += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
  }
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->Complete(outcomes[i]);
}

}  // namespace warble::storage
