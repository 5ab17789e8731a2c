#include "bench/load/load_folder.h"

#include "bench/load/loader.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace warble::bench {
namespace {

// Raised when the same profile would give other files or other rows.
constexpr int kVersion = 2;

std::string DescribeWorld(const Profile& profile) {
  return fmt::format("version {} users {} follows {} tweets {} favorites {} celebrity {} seed {}",
                     kVersion, profile.users, profile.follows_mean, profile.tweets_mean,
                     profile.favorites_mean, profile.celebrity_share, profile.seed);
}

void WriteLines(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path unfinished = path.string() + ".part";
  {
    std::ofstream file(unfinished, std::ios::trunc);
    file << text << std::flush;
    if (!file) throw LoadError(fmt::format("cannot write {}", unfinished.string()));
  }
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  if (error) throw LoadError(fmt::format("cannot name {}: {}", path.string(), error.message()));
}

}  // namespace

LoadFolder::LoadFolder(const std::filesystem::path& directory) : folder_(directory / "load") {}

void LoadFolder::Begin(const World& world, const std::string& password_hash) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    throw LoadError(fmt::format("cannot create {}: {}", folder_.string(), error.message()));
  }
  const std::string description = DescribeWorld(world.profile());
  std::ifstream manifest(folder_ / "manifest");
  std::string stored;
  if (!std::getline(manifest, stored)) {
    WriteLines(folder_ / "manifest", description + "\n" + password_hash + "\n");
    password_hash_ = password_hash;
    return;
  }
  if (stored != description || !std::getline(manifest, password_hash_)) {
    throw LoadError(fmt::format(
        "{} holds the unfinished load of another world ({}); finish that one, or remove the folder",
        folder_.string(), stored));
  }
}

bool LoadFolder::HasLoad() const { return std::filesystem::exists(folder_ / "manifest"); }

std::filesystem::path LoadFolder::FileOf(storage::Family family, std::size_t index) const {
  return folder_ / fmt::format("{}-{:05}.sst", storage::FamilyName(family), index);
}

bool LoadFolder::HasFile(storage::Family family, std::size_t index) const {
  return std::filesystem::exists(FileOf(family, index));
}

std::vector<std::filesystem::path> LoadFolder::FilesOf(storage::Family family) const {
  std::vector<std::filesystem::path> files;
  for (std::size_t index = 0; HasFile(family, index); ++index) {
    files.push_back(FileOf(family, index));
  }
  return files;
}

void LoadFolder::MarkComplete() { WriteLines(folder_ / "complete", "\n"); }

bool LoadFolder::IsComplete(const World& world) const {
  std::ifstream manifest(folder_ / "manifest");
  std::string stored;
  return std::filesystem::exists(folder_ / "complete") && std::getline(manifest, stored) &&
         stored == DescribeWorld(world.profile());
}

void LoadFolder::Remove() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  if (error) {
    throw LoadError(fmt::format("cannot remove {}: {}", folder_.string(), error.message()));
  }
}

}  // namespace warble::bench
