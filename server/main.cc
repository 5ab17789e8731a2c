// warbled: the server. Builds everything bottom-up, waits for a signal, takes it down again.
#include "api/service.h"
#include "server/config.h"
#include "server/descriptor_plan.h"
#include "server/listener.h"
#include "server/metrics.h"
#include "storage/committer.h"
#include "storage/descriptors.h"
#include "storage/engine.h"
#include "storage/purge.h"

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <variant>

namespace {

using namespace warble;

void StartLogging(const std::string& level) {
  auto logger =
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::from_str(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

/// Returns at the first signal to stop; a second one ends the process at once.
void WaitForStop(const sigset_t& signals) {
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  struct sigaction at_once {};
  at_once.sa_handler = [](int) { _exit(EXIT_FAILURE); };
  sigaction(SIGTERM, &at_once, nullptr);
  sigaction(SIGINT, &at_once, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Serve(const server::Config& config) {
  // Before any thread starts, so that the signals reach nobody but WaitForStop().
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  StartLogging(config.log_level);
  const std::size_t descriptors = storage::RaiseDescriptorLimit();
  const server::DescriptorPlan plan = server::PlanDescriptors(
      descriptors, config.threads, storage::CountTables(config.data_directory));

  storage::Engine engine({.directory = config.data_directory,
                          .block_cache_bytes = config.block_cache_bytes,
                          .decoded_cache_bytes = config.decoded_cache_bytes,
                          .accept_clock_jump = config.accept_clock_jump});
  storage::Committer committer(engine);
  storage::PurgeWorker purge_worker(engine, committer);
  server::Metrics metrics(engine, committer);
  api::Service service(engine, committer,
                       {.disk_threads = config.disk_threads,
                        .rate_limit = config.rate_limit,
                        .anonymous_reads = config.anonymous_reads,
                        .cors_origin = config.cors_origin,
                        .metrics = [&metrics] { return metrics.Render(); }});
  server::Listener listener({.listen = config.listen,
                             .admin_listen = config.admin_listen,
                             .threads = config.threads,
                             .connection_limit = plan.connections,
                             .turned_away_limit = plan.turned_away,
                             .admin_connection_limit = plan.admin_connections},
                            service, metrics);
  listener.Start();
  service.SetReady(true);
  fmt::print("warbled listening on {}\n", listener.url());
  if (config.admin_listen) fmt::print("admin on {}\n", listener.admin_url());
  std::fflush(stdout);
  spdlog::info("of {} open files at most {} may be connections, and {} the database's tables",
               descriptors, plan.connections, plan.tables);

  WaitForStop(signals);
  spdlog::info("stopping");
  service.SetReady(false);
  listener.Stop();
}

}  // namespace

int main(int argument_count, char** arguments) {
  const auto parsed = server::ParseConfig(argument_count, arguments);
  if (const auto* const early_exit = std::get_if<server::EarlyExit>(&parsed)) {
    fmt::print(early_exit->code == 0 ? stdout : stderr, "{}", early_exit->output);
    return early_exit->code;
  }
  try {
    Serve(std::get<server::Config>(parsed));
  } catch (const std::exception& error) {
    fmt::print(stderr, "warbled: {}\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
