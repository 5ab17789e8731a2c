#include "bench/client/runner.h"

#include "bench/report/report.h"
#include "tests/bench/fake_server.h"
#include "tests/bench/tiny_profile.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

namespace warble::bench {
namespace {

using namespace std::chrono_literals;
using tests::FakeServer;
using tests::kGoodReply;

RunOptions ProfileLoad(const FakeServer& server) {
  RunOptions options;
  options.endpoint = ResolveEndpoint(server.address());
  options.mix = FindMix("profile");
  options.rate_per_s = 200;
  options.arrivals = Arrivals::kConstant;
  options.warmup = 0s;
  options.duration = 1s;
  options.connections = 4;
  return options;
}

RunResult Run(const RunOptions& options) {
  static const World world(tests::TinyProfile());
  return RunLoad(world, options, nullptr, [](const Progress&) {});
}

double Seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

TEST_CASE("runner: a stall of the server is felt by all requests that were due in it") {
  FakeServer server([](int number) {
    if (number == 100) std::this_thread::sleep_for(1s);
    return kGoodReply;
  });
  RunOptions options = ProfileLoad(server);
  options.duration = 3s;
  const RunResult result = Run(options);
  const OperationFigures total = result.measurements.Total();
  // 600 requests were due, 200 of them in that second. A client that sends the next request only
  // after the answer sees four slow ones, and a p99 of nothing.
  CHECK(result.measurements.intended == 600);
  CHECK(total.sent == 600);
  CHECK(total.succeeded == 600);
  CHECK(total.latency_ns.count() == 600);
  CHECK(Seconds(total.latency_ns.max()) >= 0.999);
  CHECK(Seconds(total.latency_ns.Percentile(99)) >= 0.9);
  CHECK(Seconds(total.latency_ns.Percentile(90)) >= 0.5);
}

TEST_CASE("runner: the rate of arrivals is kept, whatever the server does") {
  FakeServer server([](int) { return kGoodReply; });
  RunOptions options = ProfileLoad(server);
  options.threads = 2;
  CHECK(Run(options).measurements.intended == 200);
  options.arrivals = Arrivals::kPoisson;
  const auto intended = static_cast<double>(Run(options).measurements.intended);
  CHECK(intended ==
        doctest::Approx(200).epsilon(0.4));  // 5.6 standard deviations; the seed is fixed
}

TEST_CASE("runner: what a server does wrong is an error of its own kind") {
  struct Case {
    std::string reply;
    std::string problem;  // or
    Failure failure;
  };
  const Case cases[] = {
      {"HTTP/1.1 429 X\r\nContent-Length: 33\r\n\r\n{\"type\":\"/problems/rate_limited\"}",
       "429 rate_limited", Failure::kNone},
      {"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "500", Failure::kNone},
      {"", "", Failure::kClosed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf hang up", "", Failure::kClosed},
      {"silence", "", Failure::kTimeout},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "", Failure::kMalformed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", Failure::kMalformed},
      {"HTTP/1.1 200 OK\r\n\r\n", "", Failure::kMalformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", "", Failure::kMalformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1", "",
       Failure::kMalformed},
  };
  for (const Case& test : cases) {
    CAPTURE(test.reply);
    FakeServer server([&](int) { return test.reply; });
    RunOptions options = ProfileLoad(server);
    options.rate_per_s = 40;
    options.duration = 250ms;
    options.timeout = 100ms;
    const OperationFigures total = Run(options).measurements.Total();
    CHECK(total.succeeded == 0);
    CHECK(total.errors() == 10);
    if (test.failure == Failure::kNone) {
      CHECK(total.problems.count(test.problem) == 1);
      CHECK(total.latency_ns.count() == 0);
    } else {
      CHECK(total.failures[static_cast<std::size_t>(test.failure)] > 0);
      CHECK(total.latency_ns.count() == 10);
    }
  }
}

TEST_CASE("runner: a server that closes after every answer is served by new connections") {
  FakeServer server(
      [](int) { return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"; });
  RunOptions options = ProfileLoad(server);
  options.duration = 500ms;
  const OperationFigures total = Run(options).measurements.Total();
  CHECK(total.succeeded == 100);
  CHECK(total.errors() == 0);
}

TEST_CASE("runner: a closed loop has one request under way on each connection") {
  FakeServer server([](int) {
    std::this_thread::sleep_for(5ms);
    return kGoodReply;
  });
  RunOptions options = ProfileLoad(server);
  options.rate_per_s.reset();
  options.duration = 500ms;
  const RunResult result = Run(options);
  const OperationFigures total = result.measurements.Total();
  CHECK(total.succeeded > 0);
  CHECK(total.succeeded == total.sent);
  CHECK(server.requests() <= 104);
  CHECK(result.ClientFaults(options).empty());
}

TEST_CASE("runner: a client that was late or busy has no figures of the server to show") {
  RunOptions options;
  options.rate_per_s = 1000;
  RunResult result;
  result.client_cpu_shares = {0.2, 0.89};
  for (int i = 0; i < 1000; ++i) result.measurements.lag_ns.Record(900'000);
  CHECK(result.ClientFaults(options).empty());
  result.client_cpu_shares[1] = 0.91;
  CHECK(result.ClientFaults(options).size() == 1);
  for (int i = 0; i < 20; ++i) result.measurements.lag_ns.Record(1'100'000);
  CHECK(result.ClientFaults(options).size() == 2);
}

TEST_CASE("runner: no server is an error that names the address") {
  RunOptions options;
  {
    const FakeServer server([](int) { return kGoodReply; });
    options = ProfileLoad(server);
  }
  options.timeout = 200ms;
  CHECK_THROWS_AS(Run(options), std::runtime_error);
}

TEST_CASE("report: numbers are written for people") {
  CHECK(DurationText(999) == "999 ns");
  CHECK(DurationText(1'000) == "1.00 µs");
  CHECK(DurationText(87'440) == "87.4 µs");
  CHECK(DurationText(999'600) == "1.00 ms");
  CHECK(DurationText(123'456'789) == "123 ms");
  CHECK(DurationText(3.4e9) == "3.40 s");
  CHECK(CountText(0) == "0");
  CHECK(CountText(999) == "999");
  CHECK(CountText(152'340.4) == "152,340");
  CHECK(CountText(1'000'000) == "1,000,000");
}

}  // namespace
}  // namespace warble::bench
