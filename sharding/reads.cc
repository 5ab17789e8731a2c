#include "sharding/reads.h"

#include <atomic>
#include <cstddef>
#include <vector>

namespace warble::sharding {

namespace {
constexpr std::size_t kDiskQueueLimit = 4096;
}

Reads::Reads(const storage::Engine& engine, unsigned disk_threads, Peers* peers)
    : engine_(engine), peers_(peers), disk_pool_(disk_threads, kDiskQueueLimit) {}

std::unique_ptr<storage::RemoteRows> Reads::NewRemoteRows() const {
  return peers_ == nullptr ? nullptr : std::make_unique<storage::RemoteRows>(peers_->placement());
}

Task<std::optional<Failure>> Reads::Gather(storage::RemoteRows& remote,
                                           std::chrono::steady_clock::time_point deadline) {
  if (remote.HasMoved()) {
    remote.Forget();
    co_return std::nullopt;
  }
  const std::vector<storage::RemoteRows::OfShard> asked = remote.TakeNeeds();
  if (asked.empty()) co_return Failure::kMisplaced;
  std::vector<Reply> replies(asked.size());
  std::atomic<std::size_t> open{asked.size()};
  co_await AwaitCallback([&](auto resume) {
    // Whichever answer comes last resumes; a std::function must be one that can be copied.
    const auto shared = std::make_shared<decltype(resume)>(std::move(resume));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      peers_->Ask(asked[i], deadline, [&replies, &open, shared, i](Reply reply) {
        replies[i] = std::move(reply);
        if (open.fetch_sub(1, std::memory_order_acq_rel) == 1) (*shared)();
      });
    }
  });
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (replies[i].kind == Reply::Kind::kMisplaced && remote.HasMoved()) continue;
    if (replies[i].kind != Reply::Kind::kTold) co_return Failure::kUnavailable;
    if (!remote.Tell(asked[i], std::move(replies[i].told))) co_return Failure::kUnavailable;
  }
  if (remote.HasMoved()) remote.Forget();
  co_return std::nullopt;
}

}  // namespace warble::sharding
