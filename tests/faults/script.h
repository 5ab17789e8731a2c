// A script: a fixed sequence of operations on a node's storage, and the state after each.
//
// Equal seeds give equal operations, ids and times, so that what a disk must hold after a fault can
// be compared byte by byte with an undisturbed run. Every step is one batch of the committer or
// none. Step 0 opens the node; the last step starts it anew.
#pragma once

#include "tests/support/node.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace warble::tests {

/// Every row of the database, by family and key, but the random secret.
using Content = std::map<std::string, std::string>;
/// Throws when a read fails.
Content ReadContent(const storage::Engine& engine);
/// The first difference in words; empty when there is none.
std::string Difference(const Content& expected, const Content& found);

/// Where the scripts' wall clock begins; far behind that of the machine.
inline constexpr std::uint64_t kScriptStartMs = 1'700'000'000'000;

class Script {
 public:
  /// Called when a step was acknowledged, before the next begins.
  using Acknowledge = std::function<void(int step, Node& node)>;

  struct Plan {
    std::uint32_t seed = 1;
    int steps = 200;
  };

  Script(Plan plan, std::filesystem::path directory, rocksdb::Env* env, Acknowledge acknowledge);
  ~Script();
  /// All steps; the node stays open.
  void Run();
  void Close();

 private:
  struct PostedTweet {
    storage::UserId author;
    storage::TweetId id;
  };

  void Open();
  void Perform(int step);
  void PerformRandom(std::uint32_t choice);
  void Register();
  void Post(std::size_t size);
  void ChangeFollow(bool add);
  void ChangeFavorite(bool add);
  void ChangeSession(bool add);
  void KeepAnswer(std::size_t body_size);
  void DeleteTweet();
  void DeleteUser();
  void UpdateUser();
  void CommitGroup();
  void Flush();
  void Compact();
  std::uint32_t Random(std::size_t limit);
  storage::UserId AnyUser();
  std::string Text(std::size_t size);

  const Plan plan_;
  const std::filesystem::path directory_;
  rocksdb::Env* const env_;
  const Acknowledge acknowledge_;
  std::mt19937 random_;
  std::atomic<std::uint64_t> wall_ms_{kScriptStartMs};
  std::unique_ptr<Node> node_;
  std::uint32_t registered_ = 0;
  std::vector<storage::UserId> users_;
  std::vector<PostedTweet> tweets_;
  std::vector<std::pair<storage::UserId, storage::TokenHash>> sessions_;
};

/// The state after every step of an undisturbed run, and at the end one more: after closing.
std::vector<Content> ReferenceStates(const Script::Plan& plan);

}  // namespace warble::tests
