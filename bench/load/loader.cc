#include "bench/load/loader.h"

#include "api/auth/password.h"
#include "bench/load/load_folder.h"
#include "bench/load/load_passes.h"
#include "storage/engine/engine.h"
#include "storage/read_view.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

namespace warble::bench {

using storage::Engine;
using storage::Family;

namespace {

Engine::Options EngineOptions(const LoadOptions& options) {
  Engine::Options engine_options;
  engine_options.directory = options.directory;
  engine_options.block_cache_bytes = std::size_t{64} << 20;  // hardly anything is read
  return engine_options;
}

// All or none of a load's rows are there. Its ids are its own: no server gives them, because meta
// was raised before the load could be marked complete.
bool HasWorld(const Engine& engine, const World& world) {
  storage::ReadView view(engine, storage::ReadView::Mode::kMayBlock);
  const bool found = view.Has(Family::kUsers, storage::UserKey(world.IdOf(0)));
  if (view.status() != storage::ReadStatus::kOk) throw LoadError("cannot read the users");
  return found;
}

bool HasUsers(const Engine& engine) {
  storage::ReadView view(engine, storage::ReadView::Mode::kMayBlock);
  const bool found = view.ScanPrefix(Family::kUsers, {}).Valid();
  if (view.status() != storage::ReadStatus::kOk) throw LoadError("cannot read the users");
  return found;
}

std::string HashPassword() {
  api::PasswordWork work;
  const std::string password(World::kPassword);
  static_cast<void>(work.Hash(password));
  work.DoPending();
  return work.Hash(password).value();
}

void RaiseMeta(const Engine& engine, const World& world) {
  std::array<std::uint32_t, storage::kPartitionCount> sequences{};
  for (UserNumber user = 0; user < world.users(); ++user) {  // ascending within a partition
    const storage::UserId id = world.IdOf(user);
    sequences[id.partition()] = id.sequence();
  }
  storage::RaiseMeta(engine, sequences, World::kEnd);
}

void IngestAll(const Engine& engine, const LoadFolder& folder) {
  std::vector<storage::BulkRows> families;
  for (const Family family : storage::kAllFamilies) {
    families.push_back({family, folder.FilesOf(family)});
  }
  storage::Ingest(engine, families);
}

}  // namespace

// Killed after the ingestion, the files' folder is still there: then only that is left to do.
// Killed before it, the rows are in the folder alone, and a server may have been used meanwhile.
LoadReport Load(const World& world, const LoadOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const Engine engine(EngineOptions(options));
  LoadFolder folder(options.directory);
  LoadReport report;
  report.resumed = folder.HasLoad();
  if (!HasUsers(engine)) {
    if (!folder.IsComplete(world)) {
      folder.Begin(world, HashPassword());
      LoadPasses(world, engine, folder, options).Run();
      RaiseMeta(engine, world);
      folder.MarkComplete();
    }
    IngestAll(engine, folder);
  } else if (!folder.IsComplete(world)) {
    throw LoadError(
        fmt::format("{} already holds users; give an empty directory", options.directory.string()));
  } else if (!HasWorld(engine, world)) {
    throw LoadError(fmt::format(
        "{} was used before its load was through, and holds other users; give an empty directory "
        "(what was prepared is still in its folder load)",
        options.directory.string()));
  }
  folder.Remove();
  for (const Family family : storage::kAllFamilies) {
    report.families[static_cast<std::size_t>(family)] = storage::SizesOf(engine, family);
  }
  report.follows = report.families[static_cast<std::size_t>(Family::kFollowsOut)].rows;
  report.favorites = report.families[static_cast<std::size_t>(Family::kFavoritesOut)].rows;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  report.seconds = taken.count();
  return report;
}

}  // namespace warble::bench
