// Several shards in one process, without a socket: each an engine and the others as its peers.
//
// They hold what one node held, each row where its partition is served. Every shard also holds
// leftovers, rows of others' users and tweets that are long out of date: a read of them would give
// a wrong answer.
#pragma once

#include "sharding/leaf.h"
#include "sharding/peers.h"
#include "sharding/reads.h"
#include "storage/base/check.h"
#include "storage/format/partition.h"
#include "tests/support/node.h"
#include "tests/support/run_task.h"
#include "tests/support/world.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace warble::tests {

inline storage::ShardNumber ShardOf(std::uint32_t partition) {
  return static_cast<storage::ShardNumber>(partition % 3);
}

class Cluster {
 public:
  static constexpr std::size_t kShards = 3;

  /// What a shard's peer does when it is asked.
  enum class Mood { kAnswers, kSlow, kAway, kLies };

  /// Spreads the rows of `whole` over shards in new directories below `directory`.
  Cluster(Node& whole, const std::filesystem::path& directory) {
    for (std::size_t i = 0; i < kShards; ++i) {
      const auto place = directory / ("shard" + std::to_string(i));
      const auto number = static_cast<storage::ShardNumber>(i);
      // Opened again once it is full: what is known of last tweets is read at the start.
      Fill(whole, *std::make_unique<Node>(place), number);
      shards_.push_back(std::make_unique<Shard>(*this, number, place));
    }
  }

  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  Node& node(storage::ShardNumber shard) { return of(shard).node; }
  sharding::Reads& reads(storage::ShardNumber shard) { return of(shard).reads; }
  sharding::Peers& peers(storage::ShardNumber shard) { return of(shard); }
  void Set(storage::ShardNumber shard, Mood mood) { of(shard).mood = mood; }
  /// How often a shard was asked by any other since the last call.
  int TakeAsked(storage::ShardNumber shard) { return of(shard).asked.exchange(0); }

  /// What read(view) returns on the shard of `subject`, or why it failed.
  template <class Read>
  auto Run(storage::UserId subject, Read read) {
    using Value = std::invoke_result_t<Read&, storage::ReadView&>;
    using Result = std::variant<sharding::Failure, Value>;
    return RunTask(Wait(reads(ShardOf(subject.partition()))
                            .Run([&](storage::ReadView& view) -> Result { return read(view); },
                                 storage::ReadView::Rows::kCached,
                                 [](sharding::Failure failure) -> Result { return failure; })));
  }

 private:
  struct Shard final : sharding::Peers, storage::Placement {
    Shard(Cluster& its_cluster, storage::ShardNumber its_number, const std::filesystem::path& place)
        : cluster(its_cluster), number(its_number), node(place), reads(node.engine(), 2, this) {}
    ~Shard() override { threads.join(); }

    const storage::Placement& placement() const override { return *this; }
    std::optional<storage::ShardNumber> ShardElsewhere(std::uint32_t partition) const override {
      const storage::ShardNumber shard = ShardOf(partition);
      return shard == number ? std::nullopt : std::optional(shard);
    }
    std::uint64_t revision() const override { return 1; }
    void Ask(const storage::RemoteRows::OfShard& needs,
             std::chrono::steady_clock::time_point deadline,
             std::function<void(sharding::Reply)> done) override {
      Shard& other = cluster.of(needs.shard);
      ++other.asked;
      boost::asio::post(threads, [&other, &needs, deadline, done = std::move(done)] {
        done(other.Answer(needs.needs, deadline));
      });
    }
    sharding::Reply Answer(const storage::Needs& needs,
                           std::chrono::steady_clock::time_point deadline) {
      if (mood == Mood::kAway) return {};
      if (mood == Mood::kSlow) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        WARBLE_CHECK(std::chrono::steady_clock::now() < deadline);
      }
      storage::RemoteRows own(*this);
      storage::ReadView view(node.engine(), storage::ReadView::Mode::kMayBlock,
                             storage::ReadView::Rows::kCached, &own);
      storage::Told told = sharding::AnswerNeeds(view, needs);
      if (view.status() != storage::ReadStatus::kOk) return {sharding::Reply::Kind::kMisplaced, {}};
      if (mood == Mood::kLies && !told.rows.empty()) told.rows.front() = "no row looks like this";
      return {sharding::Reply::Kind::kTold, std::move(told)};
    }

    Cluster& cluster;
    const storage::ShardNumber number;
    Node node;
    sharding::Reads reads;
    std::atomic<Mood> mood{Mood::kAnswers};
    std::atomic<int> asked{0};
    boost::asio::thread_pool threads{2};
  };

  Shard& of(storage::ShardNumber shard) { return *shards_[static_cast<std::size_t>(shard)]; }

  static void Fill(Node& whole, Node& shard, storage::ShardNumber number) {
    storage::ReadView view(whole.engine(), storage::ReadView::Mode::kMayBlock);
    for (const storage::Family family : storage::kAllFamilies) {
      for (auto row = view.ScanRange(family, "", ""); row.Valid(); row.Next()) {
        const auto partition = storage::PartitionOfRow(family, row.key());
        if (!partition) continue;
        if (ShardOf(*partition) == number) {
          PutRaw(shard, family, row.key(), row.value());
        } else if (family == storage::Family::kUsers) {
          storage::User user = storage::DecodeUser({}, row.value());
          user.first_name = "leftover";
          user.deleted = false;
          PutRaw(shard, family, row.key(), storage::EncodeUser(user));
        } else if (family == storage::Family::kTweets) {
          PutRaw(shard, family, row.key(), storage::EncodeTweet("leftover", 7));
        }
      }
    }
    WARBLE_CHECK(view.status() == storage::ReadStatus::kOk);
  }

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace warble::tests
