#include "bench/client/client_thread.h"

#include "bench/client/reply_parser.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace warble::bench {
namespace {

std::uint64_t NanosecondsOf(Clock::duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count()));
}

double SecondsOf(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// "429 rate_limited", or the status alone when the body is not a problem of ours.
std::string ProblemOf(const Reply& reply) {
  constexpr std::string_view kBefore = "\"type\":\"/problems/";
  const std::size_t begin = reply.body.find(kBefore);
  if (begin == std::string_view::npos) return std::to_string(reply.status);
  const std::string_view code = reply.body.substr(begin + kBefore.size());
  return fmt::format("{} {}", reply.status, code.substr(0, code.find('"')));
}

/// The last number of the path in Location; 0 when there is none.
storage::TweetId CreatedTweetOf(const Reply& reply) {
  const std::string_view location = FieldOf(reply.head, "location").value_or("");
  const std::string_view digits = location.substr(location.rfind('/') + 1);
  storage::TweetId id;
  std::from_chars(digits.data(), digits.data() + digits.size(), id.value);
  return id;
}

}  // namespace

ClientThread::ClientThread(const World& world, const RunOptions& options, std::size_t index,
                           Journal* journal)
    : options_(options),
      index_(index),
      journal_(journal),
      maker_(world, options.mix,
             {.host = options.endpoint.host,
              .seed = options.seed * 1000 + index,
              .reserved_from_rank = options.reserved_from_rank}),
      pending_(options.connections / options.threads +
               (index < options.connections % options.threads ? 1 : 0)),
      client_(options.endpoint, pending_.size(), options.timeout, *this) {}

void ClientThread::Run(const RunTimes& times) {
  times_ = times;
  const double measured_s = SecondsOf(times.end - times.measured_from);
  measurements_.seconds.resize(static_cast<std::size_t>(std::ceil(measured_s)));
  // Linux lets a sleeper oversleep by 50 µs unless told otherwise.
  prctl(PR_SET_TIMERSLACK, 1);
  if (options_.rate_per_s) {
    const double threads = static_cast<double>(options_.threads);
    RunOpenLoop(Schedule(options_.arrivals, *options_.rate_per_s / threads, times.start,
                         options_.seed * 1000 + index_ + 500,
                         static_cast<double>(index_) / threads));
  } else {
    RunClosedLoop();
  }
  const Clock::time_point last = times.end + options_.timeout * 2;
  while ((client_.busy() > 0 || !waiting_.empty()) && Clock::now() < last) {
    DropTooOld(Clock::now());
    SendWaiting(Clock::now());
    client_.Poll(Clock::now() + std::chrono::milliseconds(1));
  }
}

void ClientThread::RunOpenLoop(Schedule schedule) {
  Clock::time_point now = Clock::now();
  for (; now < times_.end; now = Clock::now()) {
    MarkCpu(now);
    TakeDue(schedule, now);
    DropTooOld(now);
    SendWaiting(now);
    client_.Poll(std::min(schedule.due(), times_.end));
  }
  TakeDue(schedule, now);
  MarkCpu(now);
}

void ClientThread::RunClosedLoop() {
  while (Clock::now() < times_.start) client_.Poll(times_.start);
  Clock::time_point now = Clock::now();
  for (; now < times_.end; now = Clock::now()) {
    MarkCpu(now);
    // A connection that has its answer sends again in OnReply(); here those start that are new.
    while (client_.HasFree()) SendNext(Clock::now(), Clock::now());
    client_.Poll(times_.end);
  }
  MarkCpu(now);
}

void ClientThread::TakeDue(Schedule& schedule, Clock::time_point now) {
  for (; schedule.due() <= now && schedule.due() < times_.end; schedule.Advance()) {
    const Clock::time_point due = schedule.due();
    waiting_.push_back(due);
    if (!IsMeasured(due)) continue;
    measurements_.lag_ns.Record(NanosecondsOf(now - due));
    ++measurements_.intended;
    ++SecondOf(due).intended;
  }
  counters_.waiting.store(waiting_.size(), std::memory_order_relaxed);
}

void ClientThread::DropTooOld(Clock::time_point now) {
  while (!waiting_.empty() && now - waiting_.front() > options_.timeout) {
    const Clock::time_point due = waiting_.front();
    waiting_.pop_front();
    counters_.errors.fetch_add(1, std::memory_order_relaxed);
    if (!IsMeasured(due)) continue;
    const auto operation = static_cast<std::size_t>(maker_.Next().operation);
    OperationFigures& figures = measurements_.operations[operation];
    ++figures.never_sent;
    figures.latency_ns.Record(NanosecondsOf(now - due));
    SecondOf(due).latency_ns.Record(NanosecondsOf(now - due));
    if (now < times_.end) ++SecondOf(now).errors;
  }
}

void ClientThread::SendWaiting(Clock::time_point now) {
  while (!waiting_.empty() && client_.HasFree()) {
    const Clock::time_point due = waiting_.front();
    waiting_.pop_front();
    SendNext(due, now);
  }
}

void ClientThread::SendNext(Clock::time_point due, Clock::time_point now) {
  const Request& request = maker_.Next();
  Pending& pending = pending_[client_.Send(request.bytes, now)];
  pending.due = due;
  pending.measured = IsMeasured(due);
  pending.operation = request.operation;
  pending.record = {.operation = request.operation,
                    .acknowledged = false,
                    .actor = request.viewer,
                    .user = request.user,
                    .tweet = request.tweet,
                    .text_seed = request.text_seed};
  if (!pending.measured) return;
  ++measurements_.operations[static_cast<std::size_t>(pending.operation)].sent;
  if (!options_.rate_per_s) {
    ++measurements_.intended;
    ++SecondOf(due).intended;
  }
}

void ClientThread::OnReply(std::size_t connection, const Reply& reply) {
  const Clock::time_point now = Clock::now();
  const Pending& pending = pending_[connection];
  const bool good = reply.failure == Failure::kNone && reply.status < 400;
  (good ? counters_.completed : counters_.errors).fetch_add(1, std::memory_order_relaxed);
  if (good && IsMeasured(now)) ++measurements_.completed_in_time;
  if (IsMeasured(now)) ++(good ? SecondOf(now).completed : SecondOf(now).errors);
  if (pending.measured) Count(pending, reply, now);
  if (journal_ != nullptr && IsWrite(pending.operation)) AddToJournal(pending, reply);
  if (options_.rate_per_s) {
    SendWaiting(now);
  } else if (now < times_.end && client_.HasFree()) {
    SendNext(now, now);
  }
}

void ClientThread::Count(const Pending& pending, const Reply& reply, Clock::time_point now) {
  OperationFigures& figures = measurements_.operations[static_cast<std::size_t>(pending.operation)];
  const std::uint64_t latency_ns = NanosecondsOf(now - pending.due);
  figures.bytes += reply.bytes;
  if (reply.failure != Failure::kNone) {
    ++figures.failures[static_cast<std::size_t>(reply.failure)];
  } else {
    ++figures.statuses[reply.status];
    if (reply.status >= 400) {
      ++figures.problems[ProblemOf(reply)];
      return;
    }
    ++figures.succeeded;
  }
  figures.latency_ns.Record(latency_ns);
  SecondOf(pending.due).latency_ns.Record(latency_ns);
}

void ClientThread::AddToJournal(const Pending& pending, const Reply& reply) {
  WriteRecord record = pending.record;
  const bool answered = reply.failure == Failure::kNone;
  record.acknowledged = answered && reply.status < 300;
  const bool refused =
      answered && reply.status >= 400 &&
      (reply.status < 500 || reply.body.find("\"executed\":false") != std::string_view::npos);
  if (refused) return;
  if (record.operation == Operation::kPostTweet) {
    record.tweet = record.acknowledged ? CreatedTweetOf(reply) : storage::TweetId{};
  }
  journal_->Add(record);
}

void ClientThread::MarkCpu(Clock::time_point now) {
  if (!cpu_s_before_ && now >= times_.measured_from) cpu_s_before_ = ThreadCpuSeconds();
  if (now < times_.end || cpu_marked_) return;
  cpu_marked_ = true;
  cpu_share_ =
      (ThreadCpuSeconds() - cpu_s_before_.value_or(0)) / SecondsOf(now - times_.measured_from);
}

bool ClientThread::IsMeasured(Clock::time_point due) const {
  return due >= times_.measured_from && due < times_.end;
}

SecondFigures& ClientThread::SecondOf(Clock::time_point time) {
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(time - times_.measured_from);
  return measurements_.seconds[static_cast<std::size_t>(second.count())];
}

}  // namespace warble::bench
