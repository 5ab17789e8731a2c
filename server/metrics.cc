#include "server/metrics.h"

#include "server/build_info.h"
#include "server/line_writer.h"
#include "storage/committer.h"
#include "storage/engine/block_cache.h"
#include "storage/engine/engine.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

namespace warble::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Families = std::vector<MetricFamily>;

constexpr double kNanosecondsPerSecond = 1e9;

/// The place of each status below 600 in kCountedStatuses.
constexpr auto kStatusPlaces = [] {
  std::array<std::uint8_t, 600> places{};
  for (std::size_t place = 0; place < kCountedStatuses.size(); ++place) {
    places[static_cast<std::size_t>(kCountedStatuses[place])] = static_cast<std::uint8_t>(place);
  }
  return places;
}();

void AddGauge(Families& families, std::string name, std::string help, double value) {
  ClientMetric metric;
  metric.gauge.value = value;
  families.push_back({std::move(name), std::move(help), MetricType::Gauge, {std::move(metric)}});
}

void AddCounter(Families& families, std::string name, std::string help, double value) {
  ClientMetric metric;
  metric.counter.value = value;
  families.push_back({std::move(name), std::move(help), MetricType::Counter, {std::move(metric)}});
}

/// The counts of one route over all loops.
struct RouteTotals {
  std::array<std::uint64_t, kCountedStatuses.size()> by_status{};
  std::array<std::uint64_t, kLatencyBoundsNs.size() + 1> by_latency{};
  std::uint64_t latency_sum_ns = 0;
};

void AddCounts(RouteTotals& totals, const LoopMetrics::Route& route) {
  for (std::size_t i = 0; i < totals.by_status.size(); ++i) {
    totals.by_status[i] += route.by_status[i].value();
  }
  for (std::size_t i = 0; i < totals.by_latency.size(); ++i) {
    totals.by_latency[i] += route.by_latency[i].value();
  }
  totals.latency_sum_ns += route.latency_sum_ns.value();
}

ClientMetric LatencyHistogram(const std::string& route, const RouteTotals& totals) {
  ClientMetric metric;
  metric.label = {{"route", route}};
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < totals.by_latency.size(); ++i) {
    count += totals.by_latency[i];
    const double bound = i < kLatencyBoundsNs.size()
                             ? static_cast<double>(kLatencyBoundsNs[i]) / kNanosecondsPerSecond
                             : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = static_cast<double>(totals.latency_sum_ns) / kNanosecondsPerSecond;
  return metric;
}

double Summed(const storage::Engine& engine, const std::string& property) {
  return static_cast<double>(engine.Property(property));
}

double Shared(const storage::Engine& engine, const std::string& property) {
  return static_cast<double>(engine.DatabaseProperty(property));
}

}  // namespace

LoopMetrics::Route& LoopMetrics::Find(std::string_view route) {
  const auto known = std::find(addresses_.begin(), addresses_.end(), route.data());
  if (known != addresses_.end()) {
    return *routes_[static_cast<std::size_t>(known - addresses_.begin())];
  }
  auto added = std::make_unique<Route>();
  added->pattern = route;
  addresses_.push_back(route.data());
  const std::lock_guard lock(mutex_);
  return *routes_.emplace_back(std::move(added));
}

void LoopMetrics::CountRequest(std::string_view route, int status,
                               std::chrono::nanoseconds latency) {
  Route& counters = Find(route);
  const auto known = static_cast<std::size_t>(status) < kStatusPlaces.size();
  counters.by_status[known ? kStatusPlaces[static_cast<std::size_t>(status)] : 0].Add(1);
  const auto latency_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count()));
  const auto bucket =
      std::lower_bound(kLatencyBoundsNs.begin(), kLatencyBoundsNs.end(), latency_ns) -
      kLatencyBoundsNs.begin();
  counters.by_latency[static_cast<std::size_t>(bucket)].Add(1);
  counters.latency_sum_ns.Add(latency_ns);
}

Metrics::Metrics(const storage::Engine& engine, const storage::Committer& committer,
                 const LineWriter& log)
    : engine_(engine),
      committer_(committer),
      log_(log),
      start_time_s_(
          std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
              .count()) {}

Metrics::~Metrics() = default;

LoopMetrics& Metrics::AddLoop() {
  const std::lock_guard lock(mutex_);
  return *loops_.emplace_back(std::make_unique<LoopMetrics>());
}

std::string Metrics::Render() const {
  Families families;
  CollectRequests(families);
  CollectConnections(families);
  CollectCommitter(families);
  CollectEngine(families);
  CollectProcess(families);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

void Metrics::CollectRequests(Families& families) const {
  std::map<std::string, RouteTotals> routes;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& loop : loops_) {
      loop->VisitRoutes([&](const LoopMetrics::Route& route) {
        AddCounts(routes[std::string(route.pattern)], route);
      });
    }
  }
  MetricFamily requests{"warble_requests_total", "Requests answered.", MetricType::Counter, {}};
  MetricFamily latencies{"warble_request_seconds",
                         "From a whole request head to the answer's last byte handed over.",
                         MetricType::Histogram,
                         {}};
  for (const auto& [route, totals] : routes) {
    for (std::size_t i = 0; i < totals.by_status.size(); ++i) {
      if (totals.by_status[i] == 0) continue;
      ClientMetric metric;
      metric.label = {{"route", route},
                      {"status", i == 0 ? "other" : std::to_string(kCountedStatuses[i])}};
      metric.counter.value = static_cast<double>(totals.by_status[i]);
      requests.metric.push_back(std::move(metric));
    }
    latencies.metric.push_back(LatencyHistogram(route, totals));
  }
  families.push_back(std::move(requests));
  families.push_back(std::move(latencies));
}

void Metrics::CollectConnections(Families& families) const {
  double opened = 0;
  double closed = 0;
  double turned_away = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& loop : loops_) {
      // In this order a connection that opens and closes meanwhile is never counted below zero.
      closed += static_cast<double>(loop->connections_closed.value());
      opened += static_cast<double>(loop->connections_opened.value());
      turned_away += static_cast<double>(loop->connections_turned_away.value());
    }
  }
  AddGauge(families, "warble_connections_open", "Client connections open now.",
           std::max(0.0, opened - closed));
  AddCounter(families, "warble_connections_total", "Client connections accepted.", opened);
  AddCounter(families, "warble_connections_turned_away_total",
             "Connections answered with 503 because there were too many.", turned_away);
}

void Metrics::CollectCommitter(Families& families) const {
  const storage::Committer::Statistics statistics = committer_.statistics();
  AddCounter(families, "warble_committer_batches_total", "Batches written and synced.",
             static_cast<double>(statistics.batches));
  AddCounter(families, "warble_committer_commands_total", "Commands completed.",
             static_cast<double>(statistics.commands));
  AddCounter(families, "warble_committer_bytes_total", "Bytes of change sets committed.",
             static_cast<double>(statistics.bytes));
  AddCounter(families, "warble_committer_sync_seconds_total",
             "Time spent in writing and syncing batches.",
             static_cast<double>(statistics.sync_ns) / kNanosecondsPerSecond);
  AddGauge(families, "warble_committer_queued", "Commands that wait now.",
           static_cast<double>(statistics.queued));
}

void Metrics::CollectEngine(Families& families) const {
  AddGauge(families, "warble_storage_live_data_bytes", "Estimated size of live data.",
           Summed(engine_, "rocksdb.estimate-live-data-size"));
  AddGauge(families, "warble_storage_memtable_bytes", "Memory held by memtables.",
           Summed(engine_, "rocksdb.cur-size-all-mem-tables"));
  AddGauge(families, "warble_storage_pending_compaction_bytes",
           "Estimated bytes that compactions have still to rewrite.",
           Summed(engine_, "rocksdb.estimate-pending-compaction-bytes"));
  AddGauge(families, "warble_storage_running_compactions", "Compactions running now.",
           Shared(engine_, "rocksdb.num-running-compactions"));
  AddGauge(families, "warble_storage_block_cache_bytes", "Memory held by the block cache.",
           Shared(engine_, "rocksdb.block-cache-usage"));
  AddGauge(families, "warble_storage_decoded_cache_bytes", "Memory held by the decoded cache.",
           static_cast<double>(engine_.decoded_cache().used_bytes()));
  AddCounter(families, "warble_storage_block_cache_misses_total",
             "Look-ups of blocks that were not in memory.",
             static_cast<double>(storage::AllMissedLookUps()));
  AddCounter(families, "warble_storage_decoded_cache_misses_total",
             "Look-ups that the decoded cache could not answer.",
             static_cast<double>(engine_.decoded_cache().misses()));
  AddGauge(families, "warble_storage_free_bytes",
           "Bytes free for us on the data directory's file system.",
           static_cast<double>(engine_.FreeSpace()));
  AddGauge(families, "warble_storage_damaged_tables",
           "Tables that a compaction found to be damaged and left as they are.",
           static_cast<double>(engine_.damaged_tables()));
}

void Metrics::CollectProcess(Families& families) const {
  ClientMetric build;
  build.label = {{"version", std::string(kVersion)},
                 {"commit", std::string(kGitCommit)},
                 {"rocksdb", storage::Engine::RocksDbVersion()}};
  build.gauge.value = 1;
  families.push_back(
      {"warble_build_info", "What is running; always 1.", MetricType::Gauge, {std::move(build)}});
  AddCounter(families, "warble_log_lines_dropped_total",
             "Lines of the log that were lost because nobody read them.",
             static_cast<double>(log_.dropped()));
  AddGauge(families, "process_start_time_seconds", "When the process started, in Unix time.",
           start_time_s_);
  AddGauge(families, "warble_clock_lead_seconds",
           "The wall clock less the server's time: 0 unless the wall clock jumped.",
           static_cast<double>(committer_.clock().LeadMs()) / 1000);
}

}  // namespace warble::server
