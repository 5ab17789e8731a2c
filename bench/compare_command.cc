// warble-bench compare: hands over to the orchestrator in bench/compare, which is Python.
#include "bench/commands.h"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace warble::bench {
namespace {

[[noreturn]] void Run(std::vector<std::string> arguments) {
  // The orchestrator starts this very program again, and the server that was built beside it.
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  ::setenv("WARBLE_BENCH", self.c_str(), 1);
  arguments.insert(arguments.begin(), {"python3", "-B", WARBLE_COMPARE_SCRIPT});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  throw std::runtime_error(std::string("cannot start python3: ") + std::strerror(errno));
}

}  // namespace

void AddCompareCommand(CLI::App& app) {
  CLI::App* const compare = app.add_subcommand(
      "compare",
      "Measures Warble side by side with nginx, PostgreSQL, Redis, a Fastify app and the disk.");
  // Its options, --help among them, are the orchestrator's.
  compare->set_help_flag();
  compare->prefix_command();
  compare->callback([compare] { Run(compare->remaining()); });
}

}  // namespace warble::bench
