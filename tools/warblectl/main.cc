// warblectl: what an operator does to a data directory.
//
// Exit status: 0 all is well; 1 the work failed or found faults; 2 the command line is wrong.
#include "storage/base/descriptors.h"
#include "storage/engine/engine.h"
#include "storage/verify/verify.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace warble::tools {
namespace {

constexpr int kWell = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

std::string Counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// One line on a terminal, written over again and again.
void ShowProgress(std::uint64_t rows, std::uint64_t estimate) {
  fmt::print(stderr, "\r{} of about {} rows, {} %\033[K", rows, estimate, 100 * rows / estimate);
  std::fflush(stderr);
}

void PrintReport(const storage::VerifyReport& report) {
  const auto rows = [&](storage::Family family) {
    return report.rows[static_cast<std::size_t>(family)];
  };
  fmt::print("checked {} and {}, and\n", Counted(report.living_users, "living user"),
             Counted(report.deleted_users, "deleted one"));
  for (const storage::Family family : storage::kAllFamilies) {
    fmt::print("{:>16} rows of {}\n", rows(family), FamilyName(family));
  }
  if (report.pending_purge_count > 0) {
    fmt::print("{} still to be purged (no fault; the server does it in the background):\n",
               Counted(report.pending_purge_count, "deletion"));
    for (const std::string& purge : report.pending_purges) fmt::print("  {}\n", purge);
    if (report.pending_purge_count > report.pending_purges.size()) {
      fmt::print("  and {} more\n", report.pending_purge_count - report.pending_purges.size());
    }
  }
  for (const std::string& text : report.left_out) fmt::print("not checked: {}\n", text);
  for (const std::string& fault : report.faults) fmt::print("fault: {}\n", fault);
  if (report.fault_count > report.faults.size()) {
    fmt::print("and {} more\n", report.fault_count - report.faults.size());
  }
  fmt::print("{}\n", report.fault_count == 0 ? "everything agrees"
                                             : Counted(report.fault_count, "fault") + " found");
}

int RunVerify(const std::filesystem::path& directory) {
  storage::Engine::Options options;
  options.directory = directory;
  options.create_if_missing = false;
  options.accept_clock_jump = true;  // nothing is written, so the time of day does not matter
  const storage::Engine engine(options);

  storage::VerifyOptions verify_options;
  const bool show_progress = ::isatty(STDERR_FILENO) == 1;
  if (show_progress) verify_options.progress = ShowProgress;
  const storage::VerifyReport report = storage::Verify(engine, verify_options);
  if (show_progress) fmt::print(stderr, "\r\033[K");
  PrintReport(report);
  return report.fault_count == 0 ? kWell : kFailed;
}

int Main(int argc, char** argv) {
  CLI::App app("The tool of a Warble operator.", "warblectl");
  app.set_version_flag("--version", fmt::format("warblectl {} (RocksDB {})", WARBLE_VERSION,
                                                storage::Engine::RocksDbVersion()));
  app.require_subcommand(1);
  app.footer("Exit status: 0 all is well, 1 the work failed or found faults, 2 wrong usage.");

  CLI::App* verify = app.add_subcommand(
      "verify",
      "Recounts everything in a data directory and names what does not agree:\n"
      "counters against the rows they count, both directions of follows and favorites,\n"
      "names against users, ids against the clock, deletions against what is left.\n"
      "The server that uses the directory must not be running. Nothing is repaired.");
  std::filesystem::path directory;
  verify->add_option("--data", directory, "The data directory of warbled")
      ->required()
      ->type_name("DIR");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kWell : kUsage;
  }
  return RunVerify(directory);
}

}  // namespace
}  // namespace warble::tools

int main(int argc, char** argv) {
  warble::storage::OccupyStandardStreams();
  warble::storage::RaiseDescriptorLimit();
  ::umask(S_IRWXG | S_IRWXO);  // what is stored is its owner's alone
  try {
    // Results go to the standard output, everything else to the standard error.
    spdlog::set_default_logger(spdlog::stderr_color_mt("warblectl"));
    return warble::tools::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "warblectl: %s\n", error.what());
    return warble::tools::kFailed;
  }
}
