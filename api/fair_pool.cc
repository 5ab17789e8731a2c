#include "api/fair_pool.h"

#include <algorithm>

namespace warble::api {

FairPool::FairPool(unsigned threads, std::size_t limit) : limit_(limit) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

FairPool::~FairPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();  // joins them
}

void FairPool::Submit(std::uint64_t owner, std::unique_ptr<Job> job) {
  std::unique_ptr<Job> refused;
  {
    const std::lock_guard lock(mutex_);
    const bool full = waiting_ >= limit_;
    if (full) refused = MakeRoomFor(owner);
    if (full && refused == nullptr) {
      refused = std::move(job);
    } else {
      Owner& queue = owners_[owner];
      queue.waiting.push_back(std::move(job));
      ++waiting_;
      if (queue.waiting.size() == 1 && !queue.running) turns_.push_back(owner);
    }
  }
  wake_.notify_one();
  if (refused != nullptr) refused->Resume();
}

std::unique_ptr<FairPool::Job> FairPool::MakeRoomFor(std::uint64_t owner) {
  const auto longest =
      std::max_element(owners_.begin(), owners_.end(), [](const auto& one, const auto& other) {
        return one.second.waiting.size() < other.second.waiting.size();
      });
  const auto own = owners_.find(owner);
  const std::size_t own_size = own == owners_.end() ? 0 : own->second.waiting.size();
  if (longest == owners_.end() || longest->second.waiting.size() <= own_size + 1) return nullptr;
  std::unique_ptr<Job> job = std::move(longest->second.waiting.back());
  longest->second.waiting.pop_back();  // it had two at least: its turn stays
  --waiting_;
  return job;
}

void FairPool::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return !turns_.empty() || stopping_; });
    if (turns_.empty()) {
      // What is running may have more of its owner behind it: that thread goes on with it.
      return;
    }
    const std::uint64_t owner = turns_.front();
    turns_.pop_front();
    Owner& queue = owners_[owner];  // stays where it is while something of it runs
    std::unique_ptr<Job> job = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    --waiting_;
    queue.running = true;
    lock.unlock();
    job->Run();
    job->Resume();
    job.reset();
    lock.lock();
    queue.running = false;
    if (queue.waiting.empty()) {
      owners_.erase(owner);
    } else {
      turns_.push_back(owner);
    }
  }
}

}  // namespace warble::api
