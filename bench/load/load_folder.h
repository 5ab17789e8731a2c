// LoadFolder: what an unfinished load has left in a data directory, so that the next one goes on.
//
// <data>/load/manifest says which world is being loaded, and how; the files beside it hold the
// rows of one family and one range of users each, and are whole when they have their name
// (storage/bulk_load.h). A mark says that all of them are there and may be in the database already.
#pragma once

#include "bench/world/world.h"
#include "storage/format/keys.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace warble::bench {

class LoadFolder {
 public:
  /// `directory` is the data directory.
  explicit LoadFolder(const std::filesystem::path& directory);

  /// Begins a load of the world, or goes on with it. The hash is that of World::kPassword and is
  /// kept with the load. Throws LoadError when another world's load lies there.
  void Begin(const World& world, const std::string& password_hash);
  /// Whether a load was begun and not brought to its end.
  bool HasLoad() const;
  const std::string& password_hash() const { return password_hash_; }

  std::filesystem::path FileOf(storage::Family family, std::size_t index) const;
  bool HasFile(storage::Family family, std::size_t index) const;
  /// All named files of a family.
  std::vector<std::filesystem::path> FilesOf(storage::Family family) const;

  void MarkComplete();
  /// Whether MarkComplete() was called for this world's load.
  bool IsComplete(const World& world) const;
  void Remove();

 private:
  std::filesystem::path folder_;
  std::string password_hash_;
};

}  // namespace warble::bench
