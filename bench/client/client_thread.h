// ClientThread: one thread of a load: its connections, its schedule, its counts.
//
// Made and run by runner.cc; only the counters of Shared are touched by others meanwhile.
#pragma once

#include "bench/client/http_client.h"
#include "bench/client/requests.h"
#include "bench/client/runner.h"

#include <atomic>
#include <deque>
#include <optional>
#include <vector>

namespace warble::bench {

/// When a run starts to count and ends, the same for all its threads.
struct RunTimes {
  Clock::time_point start;
  Clock::time_point measured_from;
  Clock::time_point end;
};

class ClientThread : private HttpClient::Owner {
 public:
  /// For the progress line.
  struct Counters {
    std::atomic<std::uint64_t> completed{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> waiting{0};
  };

  /// Opens its connections; throws std::runtime_error. The index is from 0 to threads-1.
  ClientThread(const World& world, const RunOptions& options, std::size_t index, Journal* journal);

  /// Sends from times.start to times.end, then waits for the answers still due.
  void Run(const RunTimes& times);

  /// After Run(); for the counters, at any time.
  const Measurements& measurements() const { return measurements_; }
  double cpu_share() const { return cpu_share_; }
  const Counters& counters() const { return counters_; }

 private:
  /// What is under way on a connection.
  struct Pending {
    Clock::time_point due;
    bool measured = false;
    Operation operation = Operation::kProfile;
    WriteRecord record;
  };

  void RunOpenLoop(Schedule schedule);
  void RunClosedLoop();
  void TakeDue(Schedule& schedule, Clock::time_point now);
  void SendWaiting(Clock::time_point now);
  void DropTooOld(Clock::time_point now);
  void SendNext(Clock::time_point due, Clock::time_point now);
  void OnReply(std::size_t connection, const Reply& reply) override;
  void Count(const Pending& pending, const Reply& reply, Clock::time_point now);
  void AddToJournal(const Pending& pending, const Reply& reply);
  void MarkCpu(Clock::time_point now);
  bool IsMeasured(Clock::time_point due) const;
  SecondFigures& SecondOf(Clock::time_point time);

  const RunOptions& options_;
  const std::size_t index_;
  Journal* const journal_;
  RequestMaker maker_;
  std::deque<Clock::time_point> waiting_;
  std::vector<Pending> pending_;  // by connection
  RunTimes times_;
  Measurements measurements_;
  Counters counters_;
  std::optional<double> cpu_s_before_;
  bool cpu_marked_ = false;
  double cpu_share_ = 0;
  HttpClient client_;  // last: it calls back
};

}  // namespace warble::bench
