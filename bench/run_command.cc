// warble-bench run: a load on a running server, its report, and the oracle.
#include "api/http/time_format.h"
#include "bench/client/oracle.h"
#include "bench/client/runner.h"
#include "bench/commands.h"
#include "bench/report/report.h"
#include "bench/world/world_options.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

namespace warble::bench {
namespace {

constexpr int kExitFindings = 1;
constexpr int kExitClientTooSlow = 3;
constexpr auto kProbeInterval = std::chrono::milliseconds(50);

struct RunArguments {
  std::string server;
  WorldOptions world;
  std::string mix = "brief";
  double rate_per_s = 0;
  bool max = false;
  std::string arrivals = "poisson";
  double duration_s = 10;
  double warmup_s = 2;
  double timeout_s = 10;
  std::size_t connections = 64;
  std::size_t threads = 1;
  std::optional<std::uint64_t> seed;
  int server_pid = 0;
  std::string json_file;
  std::string html_file;
  bool oracle = false;
  std::string journal_file;
  std::string verify_journal_file;
};

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// By default another one each time: the same writes again would change nothing.
std::uint64_t SeedOf(const RunArguments& arguments) {
  return arguments.seed.value_or(std::random_device()());
}

RunOptions OptionsOf(const RunArguments& arguments) {
  if (arguments.max == (arguments.rate_per_s > 0)) {
    throw std::invalid_argument("give either --rate R for an open loop or --max for a closed one");
  }
  if (arguments.connections < arguments.threads) {
    throw std::invalid_argument("every thread needs a connection: raise --connections");
  }
  RunOptions options;
  options.endpoint = ResolveEndpoint(arguments.server);
  options.mix = FindMix(arguments.mix);
  if (!arguments.max) options.rate_per_s = arguments.rate_per_s;
  if (arguments.arrivals == "constant") options.arrivals = Arrivals::kConstant;
  options.warmup = Seconds(arguments.warmup_s);
  options.duration = Seconds(arguments.duration_s);
  options.timeout = Seconds(arguments.timeout_s);
  options.connections = arguments.connections;
  options.threads = arguments.threads;
  options.seed = SeedOf(arguments);
  if (arguments.server_pid != 0) options.server_pid = arguments.server_pid;
  return options;
}

std::string CommandLine() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string command;
  for (std::string word; std::getline(file, word, '\0');) {
    if (!command.empty()) command += ' ';
    command += word;
  }
  return command;
}

ReportContext ContextOf(const RunArguments& arguments) {
  ReportContext context;
  context.command = CommandLine();
  context.world = Describe(ProfileOf(arguments.world));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  api::AppendTime(context.began_at, {static_cast<std::uint64_t>(ms)});
  context.machine = ThisMachine();
  return context;
}

void WriteFile(const std::string& file, const std::string& text) {
  if (file.empty()) return;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error(file + ": cannot be written");
}

/// Every connection needs a descriptor.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// A server without this world answers 401 to everything, which is no load to measure.
void CheckWorldIsThere(const Endpoint& endpoint, const World& world) {
  ApiClient client(endpoint, world, std::chrono::seconds(5));
  const UserNumber user = world.ByPopularity(0);
  const Answer answer = client.Get(user, client.TargetOf(user));
  if (answer.status == 200) return;
  throw std::runtime_error(fmt::format(
      "{}: asked for {} as {} itself it says {}. Was it started on a directory that warble-bench "
      "load made of the world {}?",
      endpoint.host, client.TargetOf(user), world.Username(user), answer.Describe(),
      world.profile().name));
}

/// The line that keeps a watcher company; nothing unless a terminal watches.
class ProgressLine {
 public:
  explicit ProgressLine(Clock::duration whole) : whole_(whole) {}

  void operator()(const Progress& progress) {
    if (!shown_) return;
    const double elapsed_s =
        std::chrono::duration<double>(progress.elapsed - last_.elapsed).count();
    const double per_s =
        elapsed_s <= 0 ? 0 : static_cast<double>(progress.completed - last_.completed) / elapsed_s;
    fmt::print(stderr, "\r{:5.0f} of {:.0f} s   {:>9} good/s   {:>7} errors   {:>7} waiting \033[K",
               std::chrono::duration<double>(progress.elapsed).count(),
               std::chrono::duration<double>(whole_).count(), CountText(per_s),
               CountText(static_cast<double>(progress.errors)),
               CountText(static_cast<double>(progress.waiting)));
    std::fflush(stderr);
    last_ = progress;
  }
  void End() const {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

 private:
  Clock::duration whole_;
  Progress last_;
  bool shown_ = isatty(STDERR_FILENO) == 1;
};

/// Probes in a thread of its own from construction to Stop().
class Probing {
 public:
  explicit Probing(Oracle& oracle)
      : thread_([this, &oracle] {
          try {
            while (!stop_) {
              oracle.Probe();
              std::this_thread::sleep_for(kProbeInterval);
            }
          } catch (...) {
            error_ = std::current_exception();
          }
        }) {}
  ~Probing() { Join(); }
  Probing(const Probing&) = delete;
  Probing& operator=(const Probing&) = delete;

  /// Throws what ended the probing, if something did.
  void Stop() {
    Join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void Join() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  std::atomic<bool> stop_{false};
  std::exception_ptr error_;
  std::thread thread_;  // last: it uses the others
};

/// Prints what the oracle found; whether it found nothing wrong.
bool ShowFindings(const Findings& findings) {
  fmt::print("oracle          {} checks, {} failed\n",
             CountText(static_cast<double>(findings.checks())),
             CountText(static_cast<double>(findings.failures())));
  for (const std::string& failure : findings.listed()) fmt::print("  {}\n", failure);
  if (findings.failures() > findings.listed().size()) {
    fmt::print("  and {} more\n", findings.failures() - findings.listed().size());
  }
  return findings.failures() == 0;
}

void VerifyJournal(const RunArguments& arguments, const World& world) {
  const Endpoint endpoint = ResolveEndpoint(arguments.server);
  const std::vector<WriteRecord> records =
      Journal::Read(world.profile(), arguments.verify_journal_file);
  CheckWorldIsThere(endpoint, world);
  Journal own(world.profile(), "");
  const LoadMix no_load;
  Oracle oracle(endpoint, world, no_load, SeedOf(arguments), own);
  oracle.Verify(records);
  fmt::print("journal         {} writes\n", CountText(static_cast<double>(records.size())));
  if (!ShowFindings(oracle.findings())) throw CLI::RuntimeError(kExitFindings);
}

void ShowReport(const RunArguments& arguments, const ReportContext& context,
                const RunOptions& options, const RunResult& result) {
  const std::vector<std::string> faults = result.ClientFaults(options);
  if (!faults.empty()) {
    fmt::print(stderr,
               "No report: the client was the bottleneck, so these would be its figures and not "
               "the server's.\n");
    for (const std::string& fault : faults) fmt::print(stderr, "  {}\n", fault);
    fmt::print(stderr, "{}", ClientLines(options, result));
    fmt::print(stderr, "Give it a core of its own, more --threads, or a lower --rate.\n");
    return;
  }
  fmt::print("{}", TableOf(options, result));
  WriteFile(arguments.json_file, JsonOf(context, options, result));
  WriteFile(arguments.html_file, HtmlOf(context, options, result));
}

void Run(const RunArguments& arguments) {
  RaiseFileLimit();
  const World world(ProfileOf(arguments.world));
  if (!arguments.verify_journal_file.empty()) return VerifyJournal(arguments, world);
  RunOptions options = OptionsOf(arguments);
  const ReportContext context = ContextOf(arguments);
  CheckWorldIsThere(options.endpoint, world);
  Journal journal(world.profile(), arguments.journal_file);
  std::unique_ptr<Oracle> oracle;
  std::unique_ptr<Probing> probing;
  if (arguments.oracle) {
    options.reserved_from_rank = world.users() - kReservedUsers;
    oracle = std::make_unique<Oracle>(options.endpoint, world, options.mix, options.seed, journal);
    probing = std::make_unique<Probing>(*oracle);
  }
  ProgressLine line(options.warmup + options.duration);
  const bool keeps_journal = oracle || !arguments.journal_file.empty();
  const RunResult result = RunLoad(world, options, keeps_journal ? &journal : nullptr,
                                   [&line](const Progress& progress) { line(progress); });
  line.End();
  if (probing) probing->Stop();
  ShowReport(arguments, context, options, result);
  const std::vector<WriteRecord> records = journal.Records();
  if (oracle) {
    oracle->Verify(records);
    if (!ShowFindings(oracle->findings())) throw CLI::RuntimeError(kExitFindings);
  }
  if (!result.ClientFaults(options).empty()) throw CLI::RuntimeError(kExitClientTooSlow);
}

void AddOptions(CLI::App& run, RunArguments& arguments) {
  const CLI::Range at_least_one(1, 1'000'000);
  run.add_option("--server", arguments.server, "Where the server listens.")
      ->type_name("HOST:PORT")
      ->required();
  AddWorldOptions(run, arguments.world);
  run.add_option("--mix", arguments.mix, "A mix by its name, or a file of one's own. [brief]")
      ->type_name("NAME|FILE");
  run.add_option("--rate", arguments.rate_per_s, "Requests a second: an open loop.")
      ->type_name("R")
      ->check(CLI::Range(0.001, 1e8));
  run.add_flag("--max", arguments.max, "As many as it can answer: a closed loop.");
  run.add_option("--arrivals", arguments.arrivals,
                 "Of an open loop: poisson or constant. [poisson]")
      ->type_name("KIND")
      ->check(CLI::IsMember({"poisson", "constant"}));
  run.add_option("--duration", arguments.duration_s, "Measured time. [10]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1e6));
  run.add_option("--warmup", arguments.warmup_s, "Time under load before it. [2]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e6));
  run.add_option("--timeout", arguments.timeout_s, "When a request is given up. [10]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  run.add_option("--connections", arguments.connections, "Kept alive, of all threads. [64]")
      ->type_name("N")
      ->check(at_least_one);
  run.add_option("--threads", arguments.threads, "Client threads. [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  run.add_option("--seed", arguments.seed, "Of the requests and their times. [random]")
      ->type_name("N");
  run.add_option("--server-pid", arguments.server_pid, "Report CPU and memory of this process.")
      ->type_name("PID")
      ->check(at_least_one);
}

void AddOutputOptions(CLI::App& run, RunArguments& arguments) {
  run.add_option("--json", arguments.json_file, "Write the figures there.")->type_name("FILE");
  run.add_option("--html", arguments.html_file, "Write a page with plots there.")
      ->type_name("FILE");
  run.add_flag(
      "--oracle", arguments.oracle,
      "Check the answers during and after the load; 1 is the exit status if one is wrong.");
  run.add_option("--journal", arguments.journal_file, "Write every acknowledged write there.")
      ->type_name("FILE");
  run.add_option("--verify-journal", arguments.verify_journal_file,
                 "No load: check that what this journal holds is still there.")
      ->type_name("FILE");
}

}  // namespace

void AddRunCommand(CLI::App& app) {
  CLI::App* const run = app.add_subcommand("run", "Put a load on a server and measure it.");
  const auto arguments = std::make_shared<RunArguments>();  // shared with the callback, by copy
  AddOptions(*run, *arguments);
  AddOutputOptions(*run, *arguments);
  run->footer(
      "Exit status: 0 measured; 1 something failed or the oracle found a wrong answer; 2 wrong "
      "usage; 3 the client, not the server, was the bottleneck.");
  run->callback([arguments] { Run(*arguments); });
}

}  // namespace warble::bench
