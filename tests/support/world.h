// Shorthands for what tests of the storage need of a node: users, edges, raw rows, time, kills.
#pragma once

#include "storage/base/check.h"
#include "storage/format/partition.h"
#include "storage/model/favorites.h"
#include "storage/model/follows.h"
#include "storage/model/purge.h"
#include "storage/model/tweets.h"
#include "storage/model/users.h"
#include "tests/support/node.h"

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace warble::tests {

/// Registers a user of that name; the other texts are made from it.
inline storage::User AddUser(Node& node, std::string_view name) {
  storage::User user;
  user.username = name;
  user.first_name = "First " + user.username;
  user.last_name = "Last";
  user.password_hash = "hash";
  return node
      .Commit([&](storage::Transaction& transaction) {
        return storage::CreateUser(transaction, storage::PartitionOf(name), user);
      })
      .value();
}

inline storage::Tweet AddTweet(Node& node, storage::UserId author, std::string_view content) {
  return node.Commit([&](storage::Transaction& transaction) {
    return storage::CreateTweet(transaction, author, content);
  });
}

inline storage::EdgeAdded AddFollow(Node& node, storage::UserId follower,
                                    storage::UserId followee) {
  return node
      .Commit([&](storage::Transaction& transaction) {
        return storage::Follow(transaction, follower, followee);
      })
      .value();
}

inline storage::EdgeAdded AddFavorite(Node& node, storage::UserId user,
                                      const storage::Tweet& tweet) {
  return node.Commit([&](storage::Transaction& transaction) {
    return storage::Favorite(transaction, user, tweet.author, tweet.id);
  });
}

inline void RemoveTweet(Node& node, const storage::Tweet& tweet) {
  node.Commit([&](storage::Transaction& transaction) {
    storage::DeleteTweet(transaction, tweet.author, tweet.id);
    return true;
  });
}

inline void RemoveUser(Node& node, storage::UserId id) {
  node.Commit([&](storage::Transaction& transaction) {
    storage::DeleteUser(transaction, storage::LoadUser(transaction, id).value());
    return true;
  });
}

inline storage::UserCounters Counters(Node& node, storage::UserId id) {
  return node.Read([&](storage::ReadView& view) { return storage::LoadUserCounters(view, id); });
}

/// Takes every pending purge to its end; says in how many steps.
inline int RunPurges(Node& node) {
  int steps = 0;
  while (storage::PurgeWorker::Step(node.engine(), node.committer())) ++steps;
  return steps;
}

/// Writes a row past every rule, as a bug or a bad disk would.
inline void PutRaw(Node& node, storage::Family family, std::string_view key,
                   std::string_view value) {
  const rocksdb::Status status =
      node.engine().db().Put(rocksdb::WriteOptions(), node.engine().family(family), key, value);
  WARBLE_CHECK(status.ok());
}

inline void DeleteRaw(Node& node, storage::Family family, std::string_view key) {
  const rocksdb::Status status =
      node.engine().db().Delete(rocksdb::WriteOptions(), node.engine().family(family), key);
  WARBLE_CHECK(status.ok());
}

inline std::optional<std::string> GetRaw(Node& node, storage::Family family, std::string_view key) {
  return node.Read([&](storage::ReadView& view) {
    std::string value;
    return view.Get(family, key, &value) ? std::optional(value) : std::nullopt;
  });
}

/// Commits what the node is to a partition from now on.
inline void SetOwnership(Node& node, std::uint32_t partition, storage::PartitionState state,
                         std::uint32_t epoch) {
  node.Commit([&](storage::Transaction& transaction) {
    transaction.Put(storage::Family::kMeta, storage::OwnershipKey(partition),
                    storage::EncodeOwnership({state, epoch}));
    return true;
  });
}

/// Keeps a node's tables as they are: no flush and no compaction for as long as it lives.
class BackgroundPause {
 public:
  explicit BackgroundPause(Node& node) : node_(node) {
    WARBLE_CHECK(node_.engine().db().PauseBackgroundWork().ok());
  }
  ~BackgroundPause() { WARBLE_CHECK(node_.engine().db().ContinueBackgroundWork().ok()); }
  BackgroundPause(const BackgroundPause&) = delete;
  BackgroundPause& operator=(const BackgroundPause&) = delete;

 private:
  Node& node_;
};

/// The names of a family's tables, without directories.
inline std::vector<std::string> TablesOf(Node& node, storage::Family family) {
  std::vector<rocksdb::LiveFileMetaData> files;
  node.engine().db().GetLiveFilesMetaData(&files);
  std::vector<std::string> names;
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.column_family_name != storage::FamilyName(family)) continue;
    names.push_back(file.name.substr(file.name.rfind('/') + 1));
  }
  return names;
}

/// The thread on which commands are evaluated.
inline std::thread::id CommitterThread(Node& node) {
  return node.Commit([](storage::Transaction&) { return std::this_thread::get_id(); });
}

/// A machine's clocks, in which time passes when it is told to. Outlives the nodes that use it.
class SteeredClock {
 public:
  explicit SteeredClock(storage::Timestamp at) : ms_(at.ms) {}
  /// Sets the wall clock alone.
  void Set(storage::Timestamp at) { ms_ = at.ms; }
  void Advance(std::uint64_t ms) {
    ms_ += ms;
    steady_ms_ += ms;
  }
  storage::Timestamp now() const { return {ms_}; }
  storage::Clock::Source wall() {
    return [this] { return storage::Clock::Reading{now(), steady_ms_}; };
  }

 private:
  std::atomic<std::uint64_t> ms_;
  std::atomic<std::uint64_t> steady_ms_{1'000};
};

/// Copies an idle node's directory as it lies on the disk: what a process that is killed now leaves
/// behind. `to` must not exist.
inline void CopyAsKilled(Node& node, const std::filesystem::path& to) {
  WARBLE_CHECK(node.engine().db().PauseBackgroundWork().ok());
  std::filesystem::copy(node.engine().options().directory, to,
                        std::filesystem::copy_options::recursive);
  WARBLE_CHECK(node.engine().db().ContinueBackgroundWork().ok());
}

}  // namespace warble::tests
