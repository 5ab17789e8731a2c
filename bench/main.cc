// warble-bench: worlds to test with, load on a server, and figures to compare.
//
// Exit status: 0 all is well; 1 the work failed or found faults; 2 the command line is wrong.
#include "bench/commands.h"
#include "storage/base/descriptors.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>

namespace {

constexpr int kWell = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

int Main(int argc, char** argv) {
  CLI::App app("Worlds, load and figures for a Warble server.", "warble-bench");
  app.set_version_flag("--version", "warble-bench " WARBLE_VERSION);
  app.require_subcommand(1);
  app.footer("Exit status: 0 all is well, 1 the work failed or found faults, 2 wrong usage.");
  warble::bench::AddCompareCommand(app);
  warble::bench::AddGenerateCommand(app);
  warble::bench::AddLoadCommand(app);
  warble::bench::AddRunCommand(app);
  warble::bench::AddStorageCommand(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {  // a command's own verdict
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kWell : kUsage;
  }
  return kWell;
}

}  // namespace

int main(int argc, char** argv) {
  warble::storage::OccupyStandardStreams();
  warble::storage::RaiseDescriptorLimit();
  try {
    // Results go to the standard output, everything else to the standard error.
    spdlog::set_default_logger(spdlog::stderr_color_mt("warble-bench"));
    return Main(argc, argv);
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "warble-bench: %s\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "warble-bench: %s\n", error.what());
    return kFailed;
  }
}
