// The entry point of the fault tests: doctest, or the children that they start.
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/faults/child.h"
#include "tests/faults/compaction.h"
#include "tests/faults/full_disk.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <string>
#include <vector>

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string command = arguments.empty() ? "" : arguments.front();
  if (command == "--script" || command == "--read" || command == "--full-disk") {
    const rlimit no_core{0, 0};  // these children are meant to abort
    ::setrlimit(RLIMIT_CORE, &no_core);
  }
  if (command == "--script") {
    return warble::tests::RunScriptHere({arguments.begin() + 1, arguments.end()});
  }
  if (command == "--read") return warble::tests::ReadHere(arguments.at(1));
  if (command == "--compact") {
    return warble::tests::CompactHere(arguments.at(1), std::stoi(arguments.at(2)));
  }
  if (command == "--full-disk") return warble::tests::FillDiskHere();
  doctest::Context context(argc, argv);
  return context.run();
}
