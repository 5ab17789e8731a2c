#include "tests/faults/recovery.h"

#include "storage/format/partition.h"
#include "storage/model/tweets.h"
#include "storage/model/users.h"
#include "storage/verify/verify.h"
#include "tests/faults/ordinary_env.h"
#include "tests/faults/scratch.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace warble::tests {

using storage::Family;
using storage::Timestamp;
using storage::Transaction;
using storage::User;

namespace {

// Registered by no script.
constexpr std::string_view kNewcomer = "newcomer";

std::string Verified(const storage::Engine& engine) {
  const storage::VerifyReport report = storage::Verify(engine);
  if (report.fault_count == 0) return {};
  return "it does not verify: " + report.faults.front();
}

// The time of a state's newest tweet, or 0.
std::uint64_t NewestMs(const Content& content) {
  std::uint64_t newest = 0;
  const std::string prefix = fmt::format("{}/", storage::FamilyName(Family::kTweets));
  for (auto row = content.lower_bound(prefix);
       row != content.end() && row->first.starts_with(prefix); ++row) {
    const auto parts = storage::DecodeTweetKey(std::string_view(row->first).substr(prefix.size()));
    newest = std::max(newest, parts.id.created_at().ms);
  }
  return newest;
}

// The wall clock stands at the script's beginning again: what keeps times and ids new is the stored
// ceiling alone.
std::string WritesGoOn(Node& node, const Content& before) {
  User user;
  user.username = kNewcomer;
  user.password_hash = "hash";
  const std::uint32_t partition = storage::PartitionOf(kNewcomer);
  const User created = node.Commit([&](Transaction& transaction) {
    return storage::CreateUser(transaction, partition, user).value();
  });
  const storage::Tweet tweet = node.Commit([&](Transaction& transaction) {
    return storage::CreateTweet(transaction, created.id, "we are back");
  });
  const std::uint64_t at_ms = tweet.id.created_at().ms;
  if (at_ms <= NewestMs(before)) return "a new tweet's id is not above all old ones";
  const auto clock =
      before.find(fmt::format("{}/{}", storage::FamilyName(Family::kMeta), storage::kMetaClock));
  if (clock != before.end() && at_ms < storage::DecodeTimestamp(clock->second).ms) {
    return "the clock fell below its ceiling";
  }
  const std::string key = fmt::format("{}/{}", storage::FamilyName(Family::kUsers),
                                      std::string_view(storage::UserKey(created.id)));
  if (before.contains(key)) return "a new user got the id of an old one";
  const bool found = node.Read([&](storage::ReadView& view) {
    return storage::FindUser(view, kNewcomer).has_value() &&
           storage::LoadTweet(view, created.id, tweet.id).has_value();
  });
  return found ? std::string() : "what was written after the fault is not there";
}

}  // namespace

Recovered Recover(const std::filesystem::path& directory, const std::vector<Content>& states) {
  Recovered recovered;
  const std::unique_ptr<rocksdb::Env> env = MakeOrdinaryEnv();
  try {
    Node node(
        directory, [] { return storage::Clock::Reading{{kScriptStartMs}}; }, env.get());
    const Content content = ReadContent(node.engine());
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (states[i] == content) recovered.steps.push_back(static_cast<int>(i));
    }
    if (recovered.steps.empty()) {
      recovered.fault = "it holds no state of the script";
      return recovered;
    }
    recovered.fault = Verified(node.engine());
    if (recovered.fault.empty()) recovered.fault = WritesGoOn(node, content);
  } catch (const std::exception& error) {
    recovered.fault = error.what();
  }
  return recovered;
}

std::string Judge(const Recovered& recovered, int acknowledged,
                  const std::vector<Content>& states) {
  if (!recovered.fault.empty()) return recovered.fault;
  const int last = static_cast<int>(states.size()) - 1;
  for (const int step : recovered.steps) {
    // Opening an empty directory is its first step over again.
    const int least = std::max(acknowledged, 0);
    if (step >= least && step <= std::min(acknowledged + 1, last)) return {};
  }
  return fmt::format("step {} was acknowledged, but it holds the state after step {}", acknowledged,
                     recovered.steps.front());
}

ImageChecker::ImageChecker(const std::vector<Content>& states) : states_(states) {
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Work(); });
}

ImageChecker::~ImageChecker() { Finish(); }

void ImageChecker::Add(Image image, int acknowledged, const std::string& label) {
  std::string digest = DigestOf(image);
  std::unique_lock lock(mutex_);
  ++cuts_;
  const auto [entry, added] = checks_.try_emplace(std::move(digest));
  Check& check = entry->second;
  if (added) {
    check.image = std::move(image);
    queue_.push_back(&check);
  }
  const bool known = std::any_of(check.claims.begin(), check.claims.end(), [&](const Claim& claim) {
    return claim.acknowledged == acknowledged;
  });
  if (!known) check.claims.push_back({acknowledged, label});
  lock.unlock();
  changed_.notify_all();
}

void ImageChecker::WaitForRoom() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.size() < kQueueLimit; });
}

void ImageChecker::Work() {
  const ScratchDirectory scratch;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return finishing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Check& check = *queue_.front();
    queue_.pop_front();
    const Image image = std::move(check.image);
    lock.unlock();
    changed_.notify_all();
    WriteImage(image, scratch.path());
    Recovered result = Recover(scratch.path(), states_);
    lock.lock();
    check.result = std::move(result);
  }
}

std::vector<std::string> ImageChecker::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  constexpr std::size_t kFaultsShown = 5;
  std::vector<std::string> faults;
  for (const auto& [digest, check] : checks_) {
    for (const Claim& claim : check.claims) {
      const std::string fault = Judge(check.result, claim.acknowledged, states_);
      if (fault.empty()) continue;
      if (faults.size() < kFaultsShown) faults.push_back(claim.label + ": " + fault);
    }
  }
  return faults;
}

void ForEachInParallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  constexpr std::size_t kThreads = 4;
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::size_t index = next++; index < count; index = next++) work(index);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace warble::tests
