#include "tests/faults/child.h"

#include "storage/base/startup_error.h"
#include "storage/verify/verify.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/ordinary_env.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <rocksdb/env.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace warble::tests {
namespace {

constexpr std::chrono::seconds kPatience{60};

using std::chrono::steady_clock;

// The lines of a pipe until its other end is closed; false when that takes too long.
bool ReadLines(int pipe, const std::function<void(const std::string&)>& read) {
  const auto deadline = steady_clock::now() + kPatience;
  std::string pending;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd waiting{pipe, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    char buffer[4096];
    const ssize_t size = ::read(pipe, buffer, sizeof(buffer));
    if (size <= 0) return size == 0;
    pending.append(buffer, static_cast<std::size_t>(size));
    for (std::size_t end = pending.find('\n'); end != pending.npos; end = pending.find('\n')) {
      read(pending.substr(0, end));
      pending.erase(0, end + 1);
    }
  }
}

// What the disk does at each instant of a faulty script.
class FaultyDisk {
 public:
  FaultyDisk(Fault fault, std::filesystem::path root, std::uint32_t seed)
      : fault_(fault), root_(std::move(root)), random_(seed) {}

  rocksdb::IOStatus At(const Instant& instant, const DiskModel& disk) {
    instants_ = instant.number;
    const std::string before = std::exchange(last_path_, instant.path);
    if (fault_.kind == Fault::Kind::kNone || instant.number < fault_.at) {
      return rocksdb::IOStatus::OK();
    }
    if (fault_.kind == Fault::Kind::kPowerCut) {
      WriteImage(disk.Survive(fault_.survival, random_), root_);
      ::_exit(kPowerLost);
    }
    const bool forever =
        fault_.kind == Fault::Kind::kFailForever || fault_.kind == Fault::Kind::kNoSpaceForever;
    if (instant.number > fault_.at && !forever) return rocksdb::IOStatus::OK();
    if (instant.number == fault_.at) {
      Report(fmt::format("failed {} {} after {}", DiskOperationName(instant.operation),
                         instant.path, before));
    }
    const bool no_space =
        fault_.kind == Fault::Kind::kNoSpace || fault_.kind == Fault::Kind::kNoSpaceForever;
    return no_space ? rocksdb::IOStatus::NoSpace("injected")
                    : rocksdb::IOStatus::IOError("injected");
  }
  std::size_t instants() const { return instants_; }

 private:
  const Fault fault_;
  const std::filesystem::path root_;
  std::mt19937 random_;
  std::string last_path_;
  std::atomic<std::size_t> instants_{0};
};

}  // namespace

bool ChildReport::Aborted() const {
  return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGABRT;
}

bool ChildReport::Exited(int code) const {
  return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == code;
}

void Report(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    ::_exit(2);
  }
}

int RunSelf(const std::vector<std::string>& arguments,
            const std::function<void(const std::string& line)>& read, bool* hung) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> argv;
  std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<std::string> copies = arguments;
  argv.push_back(program.data());
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    throw std::runtime_error("cannot start " + program);
  }
  *hung = !ReadLines(ends[0], read);
  if (*hung) ::kill(child, SIGKILL);
  ::close(ends[0]);
  int wait_status = 0;
  if (::waitpid(child, &wait_status, 0) != child) throw std::runtime_error("lost a child");
  return wait_status;
}

ChildReport RunChild(const std::filesystem::path& directory, const Script::Plan& plan,
                     const Fault& fault) {
  std::filesystem::create_directories(directory);
  ChildReport report;
  auto read = [&](const std::string& line) {
    const std::size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == line.npos ? "" : line.substr(space + 1);
    if (word == "acknowledged") report.acknowledged = std::stoi(rest);
    if (word == "instants") report.instants = std::stoul(rest);
    if (word == "failed" && report.failed_call.empty()) report.failed_call = rest;
    if (word == "refused") report.refusal = rest;
    // A message of more than one line shows as a line without a word of ours.
    if (word != "acknowledged" && word != "instants" && word != "failed" && word != "refused") {
      report.refusal += "\n" + line;
    }
  };
  report.wait_status =
      RunSelf({"--script", directory.string(), std::to_string(plan.seed),
               std::to_string(plan.steps), std::to_string(static_cast<int>(fault.kind)),
               std::to_string(fault.at), std::to_string(static_cast<int>(fault.survival))},
              read, &report.hung);
  return report;
}

int RunScriptHere(const std::vector<std::string>& arguments) {
  const std::filesystem::path directory = arguments.at(0);
  const Script::Plan plan{static_cast<std::uint32_t>(std::stoul(arguments.at(1))),
                          std::stoi(arguments.at(2))};
  const Fault fault{static_cast<Fault::Kind>(std::stoi(arguments.at(3))),
                    std::stoul(arguments.at(4)), static_cast<Survival>(std::stoi(arguments.at(5)))};
  FaultyDisk disk(fault, directory, plan.seed + static_cast<std::uint32_t>(fault.at));
  const auto file_system = std::make_shared<FaultFileSystem>(
      directory,
      [&](const Instant& instant, const DiskModel& model) { return disk.At(instant, model); });
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  Script script(plan, directory, env.get(),
                [](int step, Node&) { Report(fmt::format("acknowledged {}", step)); });
  try {
    script.Run();
  } catch (const storage::StartupError& error) {
    Report(fmt::format("refused {}", error.what()));
    return kRefused;
  }
  script.Close();
  Report(fmt::format("acknowledged {}", plan.steps + 1));
  Report(fmt::format("instants {}", disk.instants()));
  return kFinished;
}

int ReadHere(const std::filesystem::path& directory) {
  const std::unique_ptr<rocksdb::Env> env = MakeOrdinaryEnv();
  storage::Engine::Options options;
  options.directory = directory;
  options.block_cache_bytes = std::size_t{8} << 20;
  options.ballast_bytes = 0;
  options.env = env.get();
  try {
    const storage::Engine engine(options);
    const Content content = ReadContent(engine);
    const storage::VerifyReport verified = storage::Verify(engine);
    Report(verified.fault_count == 0 ? "content " + DigestOf(content)
                                     : "unverified " + verified.faults.front());
  } catch (const storage::StartupError& error) {
    Report(fmt::format("refused {}", error.what()));
  } catch (const std::runtime_error& error) {
    Report(fmt::format("unreadable {}", error.what()));
  }
  return 0;
}

}  // namespace warble::tests
