#include "storage/engine/data_directory.h"

#include "storage/base/startup_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

namespace warble::storage {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = S_IRWXU;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
// What we make in a data directory.
constexpr std::array<std::string_view, 4> kOurs = {"rocksdb", "lock", "ballast", "load"};

// A path whose last part is a name: "data/" is "data".
fs::path Named(const fs::path& path) {
  const fs::path absolute = fs::absolute(path);
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

void Close(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || S_ISLNK(found.st_mode)) return;
  if ((found.st_mode & kOthers) == 0) return;
  if (::chmod(path.c_str(), found.st_mode & ~kOthers & 07777) != 0 && errno != ENOENT) {
    spdlog::warn("others may use {}, and that cannot be changed: {}; let only its owner do so",
                 path.string(), std::strerror(errno));
  }
}

bool HoldsOnlyOurs(const fs::path& directory) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_ours = std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
    if (!is_ours && name != "lost+found") return false;  // that one is of a file system's top
  }
  return !error;
}

}  // namespace

void CreateDataDirectory(const fs::path& directory) {
  std::vector<fs::path> missing;  // the innermost first
  std::error_code error;
  for (fs::path path = Named(directory); !fs::is_directory(path, error);
       path = path.parent_path()) {
    missing.push_back(path);
    if (path == path.parent_path()) break;
  }
  while (!missing.empty()) {
    const int problem = ::mkdir(missing.back().c_str(), kOwnerOnly) == 0 ? 0 : errno;
    if (problem != 0 && !fs::is_directory(missing.back(), error)) {
      throw StartupError(
          fmt::format("cannot create {}: {}", directory.string(), std::strerror(problem)));
    }
    missing.pop_back();
  }
}

void CloseDataDirectory(const fs::path& directory) {
  struct stat current {};
  if (::geteuid() == 0 && ::stat((directory / "rocksdb" / "CURRENT").c_str(), &current) == 0 &&
      current.st_uid != 0) {
    throw StartupError(fmt::format(
        "the data in {} belongs to user {}, who could not open what root writes; run this as that "
        "user",
        directory.string(), current.st_uid));
  }
  for (const std::string_view name : kOurs) {
    const fs::path path = directory / name;
    Close(path);
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(path, ignored)) Close(entry.path());
  }
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0 || (found.st_mode & kOthers) == 0) return;
  if (HoldsOnlyOurs(directory)) {
    Close(directory);
  } else {
    spdlog::warn(
        "others may look into {}, which also holds what is not the server's; give the "
        "server a directory of its own",
        directory.string());
  }
}

void SyncDirectory(const fs::path& directory, rocksdb::Env* env) {
  std::unique_ptr<rocksdb::Directory> handle;
  rocksdb::Status status = env->NewDirectory(directory.string(), &handle);
  if (status.ok()) status = handle->Fsync();
  if (!status.ok()) {
    throw StartupError(fmt::format("cannot sync {}: {}", directory.string(), status.ToString()));
  }
}

// All of them and not only those of directories made now: an earlier start may have been killed
// before it came to this. But nothing was made where the process may not write, so a parent that
// may only be searched is left alone.
void SyncParents(const fs::path& directory, rocksdb::Env* env) {
  struct stat own {};
  if (::stat(directory.c_str(), &own) != 0) return;
  for (fs::path path = Named(directory); path != path.parent_path();) {
    path = path.parent_path();
    struct stat parent {};
    if (::stat(path.c_str(), &parent) != 0 || parent.st_dev != own.st_dev) return;
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) continue;
    SyncDirectory(path, env);
  }
}

}  // namespace warble::storage
