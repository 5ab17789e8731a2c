// warbled: the server. Builds everything bottom-up, waits for a signal, takes it down again.
#include "api/service.h"
#include "server/config.h"
#include "server/descriptor_plan.h"
#include "server/http_server.h"
#include "server/line_writer.h"
#include "server/log.h"
#include "server/memory.h"
#include "server/metrics.h"
#include "server/stop_signal.h"
#include "storage/base/descriptors.h"
#include "storage/committer.h"
#include "storage/engine/engine.h"
#include "storage/model/expiry.h"
#include "storage/model/purge.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <variant>

namespace {

using namespace warble;

void Serve(const server::Config& config, const server::Log& log, server::StopSignal& stop) {
  const std::size_t descriptors = storage::RaiseDescriptorLimit();
  const server::DescriptorPlan plan = server::PlanDescriptors(
      descriptors, config.threads, storage::CountTables(config.data_directory));

  storage::Engine engine({.directory = config.data_directory,
                          .block_cache_bytes = config.block_cache_bytes,
                          .decoded_cache_bytes = config.decoded_cache_bytes,
                          .accept_clock_jump = config.accept_clock_jump});
  storage::Committer committer(engine);
  storage::PurgeWorker purge_worker(engine, committer);
  storage::ExpiryWorker expiry_worker(engine, committer);
  server::Metrics metrics(engine, committer, log.lines());
  api::Service service(engine, committer,
                       {.disk_threads = config.disk_threads,
                        .rate_limit = config.rate_limit,
                        .anonymous_reads = config.anonymous_reads,
                        .cors_origin = config.cors_origin,
                        .metrics = [&metrics] { return metrics.Render(); }});
  server::HttpServer http_server({.listen = config.listen,
                                  .admin_listen = config.admin_listen,
                                  .threads = config.threads,
                                  .connection_limit = plan.connections,
                                  .turned_away_limit = plan.turned_away,
                                  .admin_connection_limit = plan.admin_connections},
                                 service, metrics);
  http_server.Start();
  service.SetReady(true);
  server::LineWriter output(STDOUT_FILENO);
  output.Write(fmt::format("warbled listening on {}", http_server.url()));
  if (config.admin_listen) output.Write(fmt::format("admin on {}", http_server.admin_url()));
  spdlog::info("of {} open files at most {} may be connections, and {} the database's tables",
               descriptors, plan.connections, plan.tables);

  stop.Wait();
  spdlog::info("stopping");
  service.SetReady(false);
  http_server.Stop();
}

}  // namespace

int main(int argument_count, char** arguments) {
  storage::OccupyStandardStreams();
  umask(S_IRWXG | S_IRWXO);  // what is stored is its owner's alone
  // A connection that is gone, and a file that may not grow (RLIMIT_FSIZE), are errors of their
  // writes; a closed terminal and a rotated log ask for nothing yet.
  for (const int ignored : {SIGPIPE, SIGXFSZ, SIGHUP, SIGUSR1, SIGUSR2}) signal(ignored, SIG_IGN);
  const auto parsed = server::ParseConfig(argument_count, arguments, server::UsableMemory());
  if (const auto* const early_exit = std::get_if<server::EarlyExit>(&parsed)) {
    fmt::print(early_exit->code == 0 ? stdout : stderr, "{}", early_exit->output);
    return early_exit->code;
  }
  const auto& config = std::get<server::Config>(parsed);
  server::Log log(config.log_level);
  server::StopSignal stop;
  try {
    Serve(config, log, stop);
  } catch (const std::exception& error) {
    log.lines().Write(fmt::format("warbled: {}", error.what()));
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
