// warble-bench load: fills an empty data directory, or a running server, with a world.
#include "bench/commands.h"
#include "bench/load/load_through.h"
#include "bench/load/loader.h"
#include "bench/report/report.h"
#include "bench/world/world.h"
#include "bench/world/world_options.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace warble::bench {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using storage::Family;

struct LoadCommand {
  LoadOptions load;
  std::string through;  // the server's address; empty: into the directory
  WorldOptions world;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;
};

// On a terminal one line that is written over again and again, else a line now and then.
class LoadBar {
 public:
  LoadBar() : start_(std::chrono::steady_clock::now()), next_(start_ + interval()) {}

  void Show(const LoadProgress& progress) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + interval();
    const std::chrono::duration<double> elapsed = now - start_;
    const double rate = static_cast<double>(progress.rows - progress.skipped) / elapsed.count();
    const double share =
        static_cast<double>(progress.rows) / static_cast<double>(progress.expected);
    const double left =
        static_cast<double>(progress.expected - progress.rows) / std::max(rate, 1.0);
    const std::string text = fmt::format("{:3.0f} %  {} a second  {:.0f} s left  {}", 100 * share,
                                         CountText(rate), left, progress.stage);
    if (is_terminal_) {
      constexpr std::size_t kWidth = 30;
      const auto filled = static_cast<std::size_t>(share * kWidth);
      fmt::print(stderr, "\r[{}{}] {}\033[K", std::string(filled, '#'),
                 std::string(kWidth - filled, ' '), text);
    } else {
      fmt::print(stderr, "{}\n", text);
    }
    std::fflush(stderr);
  }

  void Clear() const {
    if (is_terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  std::chrono::milliseconds interval() const {
    return std::chrono::milliseconds(is_terminal_ ? 200 : 10'000);
  }

  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  SteadyTime start_;
  SteadyTime next_;
};

void PrintReport(const LoadReport& report) {
  fmt::print("{:>16} {:>14} {:>10} {:>10}\n", "family", "rows", "MB", "bytes/row");
  for (const Family family : storage::kAllFamilies) {
    const storage::TableSizes& sizes = report.families[static_cast<std::size_t>(family)];
    if (sizes.rows == 0) continue;
    fmt::print("{:>16} {:>14} {:>10.1f} {:>10.2f}\n", FamilyName(family), sizes.rows,
               static_cast<double>(sizes.bytes) / 1e6,
               static_cast<double>(sizes.bytes) / static_cast<double>(sizes.rows));
  }
  const auto edges = static_cast<double>(report.follows + report.favorites);
  fmt::print("{} follows and {} favorites in {:.1f} s", report.follows, report.favorites,
             report.seconds);
  if (report.resumed) {
    fmt::print(" after a load that was stopped\n");
  } else {
    fmt::print(": {:.2f} M edges/s\n", edges / report.seconds / 1e6);
  }
}

void PrintThroughReport(const ThroughReport& report) {
  const auto print = [](std::string_view name, const ThroughReport::Count& count) {
    fmt::print("{:>16} {:>14} {:>14}\n", name, CountText(static_cast<double>(count.wanted)),
               CountText(static_cast<double>(count.made)));
  };
  fmt::print("{:>16} {:>14} {:>14}\n", "", "in the world", "made now");
  print("users", report.users);
  print("tweets", report.tweets);
  print("follows", report.follows);
  print("favorites", report.favorites);
  fmt::print("{:.1f} s; the counters of {} users are the world's\n", report.seconds,
             CountText(static_cast<double>(report.checked)));
}

void RunThrough(const LoadCommand& command) {
  ThroughOptions options;
  options.endpoint = ResolveEndpoint(command.through);
  std::optional<LoadBar> bar;  // another for every stage
  std::string_view stage;
  options.progress = [&](const LoadProgress& progress) {
    if (!bar || stage != progress.stage) bar.emplace();
    stage = progress.stage;
    bar->Show(progress);
  };
  const ThroughReport report = LoadThrough(World(ProfileOf(command.world)), options);
  bar->Clear();
  PrintThroughReport(report);
}

void Run(LoadCommand command) {
  if (!command.through.empty()) return RunThrough(command);
  if (command.load.directory.empty()) {
    throw std::invalid_argument("give --data DIR, or --through URL for a running server");
  }
  ::umask(S_IRWXG | S_IRWXO);  // a data directory is its owner's alone
  const World world(ProfileOf(command.world));
  LoadBar bar;
  command.load.memory_bytes = static_cast<std::size_t>(command.memory_bytes);
  command.load.progress = [&](const LoadProgress& progress) { bar.Show(progress); };
  const LoadReport report = Load(world, command.load);
  bar.Clear();
  PrintReport(report);
}

}  // namespace

void AddLoadCommand(CLI::App& app) {
  CLI::App* load = app.add_subcommand(
      "load",
      "Fills an empty data directory with a world: users who can sign in, each with one session,\n"
      "what they follow, wrote and favorited. The server must not be running; or, with --through,\n"
      "it must be, and be empty. A load that was stopped goes on when the same command is given\n"
      "again.");
  // Shared with the callback, which CLI11 calls after this function has returned.
  const auto command = std::make_shared<LoadCommand>();
  CLI::Option* const data =
      load->add_option("--data", command->load.directory, "The data directory; made if absent")
          ->type_name("DIR");
  CLI::Option* const through =
      load->add_option(
              "--through", command->through,
              "Instead of --data: a running server, e.g. http://127.0.0.1:8080, to be\n"
              "filled through its REST API. Names, texts and edges are the world's, times\n"
              "and ids the server's. Sign-ups hash passwords, some 20 a second and core,\n"
              "so this is for small worlds. Rate limits are waited out; --rate-limit off\n"
              "at the server saves the wait. run needs a world loaded with --data.")
          ->type_name("URL")
          ->excludes(data);
  load->add_option("--world", command->world.world,
                   "small (10,000 users, 0.5 million follows), medium (100,000, 10 million) or\n"
                   "brief (10 million, 2 billion)")
      ->check(CLI::IsMember({"small", "medium", "brief"}))
      ->capture_default_str();
  load->add_option("--users", command->world.users, "How many users, instead of the world's own");
  load->add_option("--follows", command->world.follows_mean, "Followees a user, in the mean");
  load->add_option("--tweets", command->world.tweets_mean, "Tweets a user, in the mean");
  load->add_option("--favorites", command->world.favorites_mean, "Favorites a tweet, in the mean");
  load->add_option("--celebrity", command->world.celebrity_share,
                   "The share of all users who follow the most popular one, e.g. 0.5")
      ->type_name("SHARE");
  load->add_option("--seed", command->world.seed, "Another world of the same shape");
  load->add_option("--memory", command->memory_bytes,
                   "For edges that are being transposed, e.g. 512MB; about what is used beyond\n"
                   "50 bytes a user")
      ->transform(CLI::AsSizeValue(false))
      ->excludes(through)
      ->default_str("4GiB");
  load->add_option("--threads", command->load.threads, "How many threads")
      ->check(CLI::Range(1, 256))
      ->excludes(through)
      ->capture_default_str();
  load->callback([command] { Run(*command); });
}

}  // namespace warble::bench
