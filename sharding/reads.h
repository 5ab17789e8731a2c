// Reads: where a read of this node may run, and again until nothing is missing.
//
// A read is a function of a view. It runs on the event loop while all it touches is in memory, else
// once more on the disk pool. If it needs rows of other shards, each of these is asked once, all at
// the same time, and then the read runs again. This is the one place that looks at a view's status
// (the committer does so for commands). Without other shards it is a null pointer.
//
// Thread-safe; awaited on the loop of the request.
#pragma once

#include "sharding/failure.h"
#include "sharding/peers.h"
#include "sharding/task.h"
#include "sharding/worker_pool.h"
#include "storage/read_view.h"
#include "storage/remote_rows.h"

#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace warble::sharding {

class Reads {
 public:
  using Rows = storage::ReadView::Rows;
  /// How often one read runs: on the loop, on the pool, and after each round of questions. A page
  /// needs one round, and a few more only if it passes many deleted users.
  static constexpr int kMostRuns = 16;
  static constexpr std::chrono::seconds kDeadline{5};  ///< of all rounds together

  /// `peers`: null where there is one shard.
  Reads(const storage::Engine& engine, unsigned disk_threads, Peers* peers);

  /// The result of read(view), or fail(Failure) of the same type.
  template <class Read, class Fail>
  auto Run(Read read, Rows rows, Fail fail)
      -> Soon<std::invoke_result_t<Read&, storage::ReadView&>>;

  /// The same with rows that outlive it, of NewRemoteRows(); they keep the rows that it is told.
  template <class Read, class Fail>
  auto Run(Read read, Rows rows, storage::RemoteRows* remote, Fail fail)
      -> Soon<std::invoke_result_t<Read&, storage::ReadView&>>;

  /// Null where there is one shard.
  std::unique_ptr<storage::RemoteRows> NewRemoteRows() const;
  /// Asks for the noted rows. Returns nothing if they were told, or all forgotten because
  /// partitions moved.
  Task<std::optional<Failure>> Gather(storage::RemoteRows& remote,
                                      std::chrono::steady_clock::time_point deadline);

 private:
  template <class Value, class Read>
  storage::ReadStatus RunOnce(Read& read, storage::ReadView::Mode mode, Rows rows,
                              storage::RemoteRows* remote, std::optional<Value>* value) const;
  template <class Value, class Read>
  Task<std::optional<Failure>> RunOnPool(Read& read, Rows rows, storage::RemoteRows* remote,
                                         std::optional<Value>* value, storage::ReadStatus* status);
  template <class Read, class Fail>
  auto RunAgain(Read read, Rows rows, storage::RemoteRows* remote, Fail fail,
                storage::ReadStatus status)
      -> Task<std::invoke_result_t<Read&, storage::ReadView&>>;
  template <class Value>
  static Task<Value> Keep(std::unique_ptr<storage::RemoteRows> remote, Soon<Value> soon);

  const storage::Engine& engine_;
  Peers* const peers_;
  WorkerPool disk_pool_;
};

template <class Value, class Read>
storage::ReadStatus Reads::RunOnce(Read& read, storage::ReadView::Mode mode, Rows rows,
                                   storage::RemoteRows* remote, std::optional<Value>* value) const {
  storage::ReadView view(engine_, mode, rows, remote);
  value->emplace(read(view));
  const bool moved = remote != nullptr && remote->HasMoved();
  return moved && view.status() == storage::ReadStatus::kOk ? storage::ReadStatus::kNeedsRows
                                                            : view.status();
}

template <class Read, class Fail>
auto Reads::Run(Read read, Rows rows, storage::RemoteRows* remote, Fail fail)
    -> Soon<std::invoke_result_t<Read&, storage::ReadView&>> {
  std::optional<std::invoke_result_t<Read&, storage::ReadView&>> value;
  const storage::ReadStatus status =
      RunOnce(read, storage::ReadView::Mode::kCacheOnly, rows, remote, &value);
  if (status == storage::ReadStatus::kOk) return std::move(*value);
  if (status == storage::ReadStatus::kFailed) return fail(Failure::kReadFailed);
  return RunAgain(std::move(read), rows, remote, std::move(fail), status);
}

template <class Read, class Fail>
auto Reads::Run(Read read, Rows rows, Fail fail)
    -> Soon<std::invoke_result_t<Read&, storage::ReadView&>> {
  if (peers_ == nullptr) return Run(std::move(read), rows, nullptr, std::move(fail));
  std::unique_ptr<storage::RemoteRows> remote = NewRemoteRows();
  auto soon = Run(std::move(read), rows, remote.get(), std::move(fail));
  if (soon.ready()) return soon;
  return Keep(std::move(remote), std::move(soon));
}

template <class Value>
Task<Value> Reads::Keep(std::unique_ptr<storage::RemoteRows>, Soon<Value> soon) {
  co_await soon.Wait();
  co_return soon.Take();
}

template <class Value, class Read>
Task<std::optional<Failure>> Reads::RunOnPool(Read& read, Rows rows, storage::RemoteRows* remote,
                                              std::optional<Value>* value,
                                              storage::ReadStatus* status) {
  std::optional<Failure> failure;
  auto work = [&] {
    try {
      *status = RunOnce(read, storage::ReadView::Mode::kMayBlock, rows, remote, value);
    } catch (const std::bad_alloc&) {
      failure = Failure::kOutOfMemory;
    }
  };
  if (!co_await disk_pool_.Run(work)) failure = Failure::kOverloaded;
  co_return failure;
}

template <class Read, class Fail>
auto Reads::RunAgain(Read read, Rows rows, storage::RemoteRows* remote, Fail fail,
                     storage::ReadStatus status)
    -> Task<std::invoke_result_t<Read&, storage::ReadView&>> {
  using Value = std::invoke_result_t<Read&, storage::ReadView&>;
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  std::optional<Value> value;
  bool blocks = false;  // once it did, it would again
  for (int runs = 1; runs < kMostRuns; ++runs) {
    if (status == storage::ReadStatus::kWouldBlock) blocks = true;
    std::optional<Failure> failure;
    if (status == storage::ReadStatus::kNeedsRows) failure = co_await Gather(*remote, deadline);
    if (!failure && blocks) {
      failure = co_await RunOnPool(read, rows, remote, &value, &status);
    } else if (!failure) {
      status = RunOnce(read, storage::ReadView::Mode::kCacheOnly, rows, remote, &value);
    }
    if (!failure && status == storage::ReadStatus::kOk) co_return std::move(*value);
    if (!failure && status == storage::ReadStatus::kFailed) failure = Failure::kReadFailed;
    if (failure) co_return fail(*failure);
  }
  co_return fail(Failure::kUnavailable);
}

}  // namespace warble::sharding
