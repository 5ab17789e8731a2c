#include "api/fair_pool.h"

#include <algorithm>

namespace warble::api {

FairPool::FairPool(unsigned threads, std::size_t limit) : limit_(limit) {
  running_.reserve(threads);  // a thread of the pool could not report that memory is short
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
      Queue& queue = queues_[owner];
      queue.push_back(std::move(job));
      ++waiting_;
      if (queue.size() == 1) turns_.push_back(owner);
    }
  }
  wake_.notify_one();
  if (refused != nullptr) refused->Resume();
}

std::unique_ptr<FairPool::Job> FairPool::MakeRoomFor(std::uint64_t owner) {
  const auto longest = std::max_element(
      queues_.begin(), queues_.end(),
      [](const auto& one, const auto& other) { return one.second.size() < other.second.size(); });
  const auto own = queues_.find(owner);
  const std::size_t own_size = own == queues_.end() ? 0 : own->second.size();
  if (longest == queues_.end() || longest->second.size() <= own_size + 1) return nullptr;
  std::unique_ptr<Job> job = std::move(longest->second.back());
  longest->second.pop_back();  // it had two at least: its turn stays
  --waiting_;
  return job;
}

std::unique_ptr<FairPool::Job> FairPool::TakeNext() {
  const auto may_run = [this](const std::unique_ptr<Job>& job) {
    return !job->subject ||
           std::find(running_.begin(), running_.end(), *job->subject) == running_.end();
  };
  for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
    const std::uint64_t owner = *turn;
    Queue& queue = queues_[owner];
    const auto next = std::find_if(queue.begin(), queue.end(), may_run);
    if (next == queue.end()) continue;
    std::unique_ptr<Job> job = std::move(*next);
    queue.erase(next);
    --waiting_;
    if (queue.empty()) {
      queues_.erase(owner);
      turns_.erase(turn);
    } else {
      std::rotate(turn, turn + 1, turns_.end());
    }
    return job;
  }
  return nullptr;
}

void FairPool::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    std::unique_ptr<Job> job;
    wake_.wait(lock, [&] {
      job = TakeNext();
      return job != nullptr || (stopping_ && waiting_ == 0);
    });
    if (job == nullptr) return;
    const Subject subject = job->subject;
    if (subject) running_.push_back(*subject);
    lock.unlock();
    job->Run();
    job->Resume();
    job.reset();
    lock.lock();
    if (!subject) continue;
    running_.erase(std::find(running_.begin(), running_.end(), *subject));
    wake_.notify_all();  // work that waited for it may run, on any thread
  }
}

}  // namespace warble::api
