#include "tests/faults/script.h"

#include "storage/format/partition.h"
#include "storage/model/expiry.h"
#include "storage/model/favorites.h"
#include "storage/model/follows.h"
#include "storage/model/idempotency.h"
#include "storage/model/purge.h"
#include "storage/model/sessions.h"
#include "storage/model/tweets.h"
#include "storage/model/users.h"
#include "tests/faults/ordinary_env.h"
#include "tests/faults/scratch.h"
#include "tests/support/token_hash.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <latch>
#include <stdexcept>
#include <utility>

namespace warble::tests {

using storage::Committer;
using storage::Engine;
using storage::Family;
using storage::ReadStatus;
using storage::ReadView;
using storage::Timestamp;
using storage::Transaction;
using storage::User;
using storage::UserId;

namespace {

constexpr std::uint64_t kStepMs = 1500;
constexpr int kUsersFirst = 8;  // so many steps register before anything else happens

// Commands that are to share a batch are queued while this one holds the committer.
class Gate final : public storage::Command {
 public:
  void Evaluate(Transaction&) override {
    entered_.count_down();
    open_.wait();
  }
  void Complete(Outcome) noexcept override { left_.count_down(); }
  void WaitUntilEntered() { entered_.wait(); }
  void Open() { open_.count_down(); }
  void WaitUntilLeft() { left_.wait(); }

 private:
  std::latch entered_{1};
  std::latch open_{1};
  std::latch left_{1};
};

class GroupCommand final : public storage::Command {
 public:
  GroupCommand(std::function<void(Transaction&)> evaluate, std::latch& done)
      : evaluate_(std::move(evaluate)), done_(done) {}
  void Evaluate(Transaction& transaction) override { evaluate_(transaction); }
  void Complete(Outcome outcome) noexcept override {
    committed = outcome == Outcome::kCommitted;
    done_.count_down();
  }
  bool committed = false;

 private:
  std::function<void(Transaction&)> evaluate_;
  std::latch& done_;
};

}  // namespace

Content ReadContent(const Engine& engine) {
  Content content;
  ReadView view(engine, ReadView::Mode::kMayBlock);
  for (const Family family : storage::kAllFamilies) {
    for (storage::Scan scan = view.ScanRange(family, {}, {}); scan.Valid(); scan.Next()) {
      if (family == Family::kMeta && scan.key() == storage::kMetaSecret) continue;
      content[fmt::format("{}/{}", storage::FamilyName(family), scan.key())] = scan.value();
    }
  }
  if (view.status() != ReadStatus::kOk) throw std::runtime_error("the content cannot be read");
  return content;
}

std::string Difference(const Content& expected, const Content& found) {
  for (const auto& [key, value] : expected) {
    const auto row = found.find(key);
    if (row == found.end()) return fmt::format("{:?} is missing", key);
    if (row->second != value) return fmt::format("{:?} has another value", key);
  }
  for (const auto& [key, value] : found) {
    if (!expected.contains(key)) return fmt::format("{:?} should not be there", key);
  }
  return {};
}

Script::Script(Plan plan, std::filesystem::path directory, rocksdb::Env* env,
               Acknowledge acknowledge)
    : plan_(plan),
      directory_(std::move(directory)),
      env_(env),
      acknowledge_(std::move(acknowledge)),
      random_(plan.seed) {}

Script::~Script() = default;

void Script::Run() {
  Open();
  acknowledge_(0, *node_);
  for (int step = 1; step <= plan_.steps; ++step) {
    wall_ms_ += kStepMs;
    Perform(step);
    acknowledge_(step, *node_);
  }
}

void Script::Close() { node_.reset(); }

void Script::Open() {
  const auto clock = [this] {
    const std::uint64_t wall_ms = wall_ms_;
    return storage::Clock::Reading{{wall_ms}, wall_ms - kScriptStartMs};
  };
  node_ = std::make_unique<Node>(directory_, clock, env_);
}

void Script::Perform(int step) {
  if (step <= kUsersFirst) return Register();
  if (step == plan_.steps || step % 90 == 0) {
    Close();
    return Open();
  }
  if (step % 50 == 25) return Flush();
  if (step % 100 == 40) return Post(100'000);  // over several blocks of the log
  if (step % 100 == 60) return KeepAnswer(70'000);
  if (step % 100 == 45) return DeleteUser();
  if (step == 140) return Compact();
  PerformRandom(Random(100));
}

void Script::PerformRandom(std::uint32_t choice) {
  struct Weighted {
    std::uint32_t weight;
    std::function<void()> perform;
  };
  const std::array operations = {
      Weighted{8, [this] { Register(); }},
      Weighted{20, [this] { Post(1 + Random(280)); }},
      Weighted{14, [this] { ChangeFollow(true); }},
      Weighted{5, [this] { ChangeFollow(false); }},
      Weighted{15, [this] { ChangeFavorite(true); }},
      Weighted{5, [this] { ChangeFavorite(false); }},
      Weighted{5, [this] { ChangeSession(true); }},
      Weighted{3, [this] { ChangeSession(false); }},
      Weighted{4, [this] { KeepAnswer(Random(400)); }},
      Weighted{5, [this] { DeleteTweet(); }},
      Weighted{1, [this] { DeleteUser(); }},
      Weighted{3, [this] { UpdateUser(); }},
      Weighted{5, [this] { CommitGroup(); }},
      Weighted{5, [this] { storage::PurgeWorker::Step(node_->engine(), node_->committer()); }},
      Weighted{2,
               [this] {
                 storage::ExpirySweep(node_->engine(), node_->committer(), Family::kSessions)
                     .Step({wall_ms_});
               }},
  };
  for (const Weighted& operation : operations) {
    if (choice < operation.weight) return operation.perform();
    choice -= operation.weight;
  }
}

std::uint32_t Script::Random(std::size_t limit) {
  return static_cast<std::uint32_t>(random_() % limit);
}

UserId Script::AnyUser() { return users_[Random(users_.size())]; }

std::string Script::Text(std::size_t size) {
  std::string text(size, ' ');
  for (char& letter : text) letter = static_cast<char>('a' + Random(26));
  return text;
}

void Script::Register() {
  User user;
  user.username = fmt::format("user_{}", registered_);
  user.first_name = Text(1 + Random(20));
  user.last_name = Text(Random(20));
  user.description = Text(Random(100));
  user.password_hash = Text(97);
  ++registered_;
  const std::uint32_t partition = storage::PartitionOf(user.username);
  users_.push_back(node_->Commit([&](Transaction& transaction) {
    return storage::CreateUser(transaction, partition, user).value().id;
  }));
}

void Script::Post(std::size_t size) {
  const UserId author = AnyUser();
  const std::string text = Text(size);
  const storage::TweetId id = node_->Commit(
      [&](Transaction& transaction) { return storage::CreateTweet(transaction, author, text).id; });
  tweets_.push_back({author, id});
}

void Script::ChangeFollow(bool add) {
  const UserId follower = AnyUser();
  const UserId followee = AnyUser();
  node_->Commit([&](Transaction& transaction) {
    if (!add) return storage::Unfollow(transaction, follower, followee);
    return storage::Follow(transaction, follower, followee).has_value();
  });
}

void Script::ChangeFavorite(bool add) {
  if (tweets_.empty()) return;
  const UserId user = AnyUser();
  const PostedTweet tweet = tweets_[Random(tweets_.size())];
  node_->Commit([&](Transaction& transaction) {
    if (!add) return storage::Unfavorite(transaction, user, tweet.id);
    return storage::Favorite(transaction, user, tweet.author, tweet.id).created;
  });
}

void Script::ChangeSession(bool add) {
  if (!add) {
    if (sessions_.empty()) return;
    const auto [user, hash] = sessions_[Random(sessions_.size())];
    node_->Commit([&, user = user, hash = hash](Transaction& transaction) {
      storage::RemoveSession(transaction, user, hash);
      return true;
    });
    return;
  }
  const UserId user = AnyUser();
  const storage::TokenHash hash = tests::TokenHashOf(Text(32));
  const std::uint64_t lifetime_ms = 10 * kStepMs * (1 + Random(10));
  node_->Commit([&](Transaction& transaction) {
    const Timestamp now = transaction.Now();
    storage::AddSession(transaction, user, {hash, now, {now.ms + lifetime_ms}});
    return true;
  });
  sessions_.emplace_back(user, hash);
}

void Script::KeepAnswer(std::size_t body_size) {
  const UserId user = AnyUser();
  const std::string key = Text(16);
  const storage::StoredAnswer answer{{}, Text(16), Text(body_size)};
  node_->Commit([&](Transaction& transaction) {
    storage::KeepAnswer(transaction, user, key, answer);
    return true;
  });
}

void Script::DeleteTweet() {
  if (tweets_.empty()) return;
  const std::size_t index = Random(tweets_.size());
  const PostedTweet tweet = tweets_[index];
  node_->Commit([&](Transaction& transaction) {
    storage::DeleteTweet(transaction, tweet.author, tweet.id);
    return true;
  });
  tweets_.erase(tweets_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Script::DeleteUser() {
  const UserId id = AnyUser();
  node_->Commit([&](Transaction& transaction) {
    storage::DeleteUser(transaction, *storage::LoadUser(transaction, id));
    return true;
  });
  std::erase(users_, id);
  std::erase_if(tweets_, [&](const PostedTweet& tweet) { return tweet.author == id; });
}

void Script::UpdateUser() {
  const UserId id = AnyUser();
  const std::string description = Text(Random(300));
  node_->Commit([&](Transaction& transaction) {
    User user = *storage::LoadUser(transaction, id);
    user.description = description;
    storage::UpdateUser(transaction, user);
    return true;
  });
}

// Several commands that see each other's changes and share one batch.
void Script::CommitGroup() {
  constexpr std::size_t kCommands = 6;
  const UserId author = AnyUser();
  std::latch done(kCommands);
  std::vector<PostedTweet> posted;
  std::vector<std::unique_ptr<GroupCommand>> commands;
  for (std::size_t i = 0; i < kCommands; ++i) {
    commands.push_back(std::make_unique<GroupCommand>(
        [&, text = Text(40)](Transaction& transaction) {
          posted.push_back({author, storage::CreateTweet(transaction, author, text).id});
        },
        done));
  }
  Gate gate;
  auto submit = [&](storage::Command& command) {
    const auto admission = node_->committer().Submit(Committer::Class::kClient, command);
    if (admission != Committer::Admission::kAccepted) throw std::runtime_error("not accepted");
  };
  submit(gate);
  gate.WaitUntilEntered();
  for (const auto& command : commands) submit(*command);
  gate.Open();
  done.wait();
  gate.WaitUntilLeft();
  for (const auto& command : commands) {
    if (!command->committed) throw std::runtime_error("a command was not committed");
  }
  tweets_.insert(tweets_.end(), posted.begin(), posted.end());
}

void Script::Flush() {
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  for (const Family family : storage::kAllFamilies) {
    families.push_back(node_->engine().family(family));
  }
  const rocksdb::Status status = node_->engine().db().Flush(rocksdb::FlushOptions(), families);
  if (!status.ok()) throw std::runtime_error("cannot flush: " + status.ToString());
}

void Script::Compact() {
  for (const Family family : {Family::kTweets, Family::kMeta}) {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    const rocksdb::Status status = node_->engine().db().CompactRange(
        options, node_->engine().family(family), nullptr, nullptr);
    if (!status.ok()) throw std::runtime_error("cannot compact: " + status.ToString());
  }
}

std::vector<Content> ReferenceStates(const Script::Plan& plan) {
  const ScratchDirectory scratch;
  const std::unique_ptr<rocksdb::Env> env = MakeOrdinaryEnv();
  std::vector<Content> states;
  Script script(plan, scratch.path(), env.get(),
                [&](int, Node& node) { states.push_back(ReadContent(node.engine())); });
  script.Run();
  script.Close();
  Engine::Options options;
  options.directory = scratch.path();
  options.ballast_bytes = 0;
  options.env = env.get();
  states.push_back(ReadContent(Engine(options)));
  return states;
}

}  // namespace warble::tests
