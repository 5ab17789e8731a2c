// warble-bench generate: the tables of a world, for other databases.
#include "bench/commands.h"
#include "bench/world/csv_world.h"
#include "bench/world/world_options.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>

namespace warble::bench {
namespace {

struct GenerateArguments {
  WorldOptions world;
  std::filesystem::path directory;
};

void Run(const GenerateArguments& arguments) {
  const CsvCounts counts = WriteCsv(World(ProfileOf(arguments.world)), arguments.directory);
  fmt::print("{} users, {} tweets, {} follows, {} favorites\n", counts.users, counts.tweets,
             counts.follows, counts.favorites);
}

}  // namespace

void AddGenerateCommand(CLI::App& app) {
  CLI::App* const generate = app.add_subcommand(
      "generate",
      "Writes a world as CSV tables for other databases: users, tweets, follows, favorites and\n"
      "timelines, and meta.json with their sizes. The user of popularity rank r (from 0) has the\n"
      "id 1 + (r * multiplier) % users, and the newest tweet of user u the id u.");
  const auto arguments = std::make_shared<GenerateArguments>();  // shared with the callback
  AddWorldOptions(*generate, arguments->world);
  generate->add_option("--csv", arguments->directory, "Where to; made if absent.")
      ->type_name("DIR")
      ->required();
  generate->callback([arguments] { Run(*arguments); });
}

}  // namespace warble::bench
