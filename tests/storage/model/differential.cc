#include "tests/storage/model/differential.h"

#include "storage/model/expiry.h"
#include "storage/verify/verify.h"

#include <doctest/doctest.h>

#include <cctype>
#include <latch>

namespace warble::tests {

using storage::Committer;
using storage::Family;
using storage::Timestamp;
using storage::TweetId;
using storage::UserId;

namespace {

constexpr Timestamp kStart{1'300'000'000'000};
constexpr std::uint64_t kHourMs = 3'600'000;

class PendingCommand final : public storage::Command {
 public:
  explicit PendingCommand(std::function<void(storage::Transaction&)> evaluate)
      : evaluate_(std::move(evaluate)) {}
  void Evaluate(storage::Transaction& transaction) override { evaluate_(transaction); }
  void Complete(Outcome outcome) noexcept override {
    outcome_ = outcome;
    done_.count_down();
  }
  Outcome Wait() {
    done_.wait();
    return outcome_;
  }

 private:
  std::function<void(storage::Transaction&)> evaluate_;
  Outcome outcome_{};
  std::latch done_{1};
};

}  // namespace

Differential::Differential(std::filesystem::path directory, std::uint64_t seed)
    : directory_(std::move(directory)), wall_(kStart), random_(seed) {
  Open();
}

void Differential::Open() {
  node_ = std::make_unique<Node>(directory_ / std::to_string(opened_), wall_.wall());
}

void Differential::Run(std::uint64_t operations) {
  for (std::uint64_t i = 0; i < operations; ++i) {
    wall_.Advance(random_.Below(3));
    if (random_.OneIn(1000)) {
      wall_.Set({wall_.now().ms - kHourMs + random_.Below(2 * kHourMs)});
    }
    if (random_.OneIn(operations / 16 + 1)) Restart();
    if (random_.OneIn(20)) Purge();
    if (user_ids_.empty() || random_.OneIn(5)) {
      RunGroup();
    } else {
      AskRandom();
    }
  }
  CheckEverything();
  Restart();
  CheckEverything();
}

void Differential::RunGroup() {
  std::vector<Step> steps;
  std::vector<std::unique_ptr<PendingCommand>> commands;
  for (std::uint64_t i = 1 + random_.Below(8); i > 0; --i) {
    steps.push_back(RandomStep());
    commands.push_back(std::make_unique<PendingCommand>(steps.back().evaluate));
    if (user_ids_.empty()) break;  // there is nobody yet whom others could be about
  }
  for (const auto& command : commands) {
    REQUIRE(node_->committer().Submit(Committer::Class::kClient, *command) ==
            Committer::Admission::kAccepted);
  }
  // What this step has found is out of date when it comes to remove it.
  if (random_.OneIn(8)) storage::PurgeWorker::Step(node_->engine(), node_->committer());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    REQUIRE(commands[i]->Wait() == storage::Command::Outcome::kCommitted);
    steps[i].settle();
  }
}

void Differential::Purge() {
  if (random_.OneIn(10)) {
    for (const Family family : {Family::kSessions, Family::kIdempotency}) {
      storage::ExpirySweep(node_->engine(), node_->committer(), family).Step(last_time_);
    }
  }
  if (random_.OneIn(4)) {
    RunPurges(*node_);
    model_.ForgetTheDead();
    purges_pending_ = false;
  } else {
    storage::PurgeWorker::Step(node_->engine(), node_->committer());
  }
}

void Differential::Restart() {
  const std::filesystem::path before = directory_ / std::to_string(opened_);
  if (random_.OneIn(2)) {
    CopyAsKilled(*node_, directory_ / std::to_string(++opened_));
    node_.reset();
    std::filesystem::remove_all(before);
  }
  node_.reset();
  Open();
  const storage::VerifyReport report = storage::Verify(node_->engine());
  INFO((report.faults.empty() ? std::string() : report.faults.front()));
  REQUIRE(report.fault_count == 0);
}

void Differential::CheckEverything() {
  RunPurges(*node_);
  model_.ForgetTheDead();
  purges_pending_ = false;
  for (int i = 0; i < 2000; ++i) AskRandom();
  const storage::VerifyReport report = storage::Verify(node_->engine());
  INFO((report.faults.empty() ? std::string() : report.faults.front()));
  CHECK(report.fault_count == 0);
  CHECK(report.pending_purge_count == 0);
  const auto rows = [&](Family family) { return report.rows[static_cast<std::size_t>(family)]; };
  CHECK(report.living_users == model_.LivingUsers());
  CHECK(rows(Family::kUsers) == model_.users.size());
  CHECK(rows(Family::kTweets) == model_.tweets.size());
  CHECK(rows(Family::kFollowsOut) == model_.follows.size());
  CHECK(rows(Family::kFollowsIn) == model_.follows.size());
  CHECK(rows(Family::kFavoritesOut) == model_.favorites.size());
  CHECK(rows(Family::kFavoritesIn) == model_.favorites.size());
}

UserId Differential::PickUser() {
  if (user_ids_.empty()) return {1};
  UserId id = user_ids_[random_.Below(user_ids_.size())];
  for (int i = 0; i < 10 && !model_.IsAlive(id); ++i) {
    id = user_ids_[random_.Below(user_ids_.size())];
  }
  return id;
}

TweetId Differential::PickTweet() {
  if (random_.OneIn(10) && !recent_tweets_.empty()) {
    return recent_tweets_[random_.Below(recent_tweets_.size())].id;
  }
  if (model_.tweets.empty()) return TweetId::Make(kStart, 0, 1);
  auto tweet = model_.tweets.lower_bound(
      {model_.tweets.begin()->first.value + random_.Below(model_.tweets.rbegin()->first.value -
                                                          model_.tweets.begin()->first.value + 1)});
  return tweet == model_.tweets.end() ? model_.tweets.begin()->first : tweet->first;
}

UserId Differential::AuthorOf(TweetId id) {
  const auto tweet = model_.tweets.find(id);
  if (tweet != model_.tweets.end()) return tweet->second.author;
  for (const storage::Tweet& recent : recent_tweets_) {
    if (recent.id == id) return recent.author;
  }
  return PickUser();
}

std::string Differential::RandomCase(std::string name) {
  for (char& c : name) {
    if (random_.OneIn(2)) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

void Differential::SeeTime(Timestamp at) {
  REQUIRE(at >= last_time_);
  last_time_ = at;
}

}  // namespace warble::tests
