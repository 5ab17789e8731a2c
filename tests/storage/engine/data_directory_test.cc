#include "storage/engine/data_directory.h"

#include "storage/base/startup_error.h"
#include "storage/engine/engine.h"
#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>
#include <rocksdb/env.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace warble::storage {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kStranger = 65534;

// What others may do; 0 is nothing.
unsigned OthersOf(const fs::path& path) {
  return static_cast<unsigned>(fs::symlink_status(path).permissions()) & 077;
}

Engine::Options OptionsFor(const fs::path& directory) {
  Engine::Options options;
  options.directory = directory;
  options.block_cache_bytes = std::size_t{8} << 20;
  options.ballast_bytes = 1 << 20;
  return options;
}

// Notes which directories are synced.
class NotingEnv final : public rocksdb::EnvWrapper {
 public:
  NotingEnv() : EnvWrapper(rocksdb::Env::Default()) {}
  const char* Name() const override { return "NotingEnv"; }
  rocksdb::Status NewDirectory(const std::string& name,
                               std::unique_ptr<rocksdb::Directory>* result) override {
    synced.push_back(name);
    return EnvWrapper::NewDirectory(name, result);
  }
  std::vector<std::string> synced;
};

bool Contains(const std::vector<std::string>& names, const fs::path& name) {
  return std::find(names.begin(), names.end(), name.string()) != names.end();
}

// The exit status of body() in a process of its own, which is somebody else; 3 when that fails.
template <class Body>
int RunAsStranger(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(kStranger) != 0 || ::setuid(kStranger) != 0) ::_exit(3);
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("data directory: what is made is the owner's alone") {
  const tests::TemporaryDirectory root;
  const fs::path directory = root.path() / "a" / "b" / "data";
  CreateDataDirectory(directory / "");
  for (const char* made : {"a", "a/b", "a/b/data"}) CHECK(OthersOf(root.path() / made) == 0);
  CreateDataDirectory(directory);  // once more changes nothing
}

TEST_CASE("data directory: an open one of ours is closed, with all that is in it") {
  const tests::TemporaryDirectory root;
  const fs::path directory = root.path() / "data";
  { Engine engine(OptionsFor(directory)); }
  std::vector<fs::path> paths = {directory};
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    paths.push_back(entry.path());
  }
  CHECK(paths.size() > 5);
  for (const fs::path& path : paths) {
    fs::permissions(path, fs::perms::group_all | fs::perms::others_all, fs::perm_options::add);
  }
  CloseDataDirectory(directory);
  for (const fs::path& path : paths) {
    CAPTURE(path.string());
    CHECK(OthersOf(path) == 0);
  }
}

TEST_CASE("data directory: one that also holds other things stays open, but not what is ours") {
  const tests::TemporaryDirectory root;
  const fs::path outside = root.path() / "outside";
  std::ofstream(outside) << "text";
  const fs::path directory = root.path() / "data";
  { Engine engine(OptionsFor(directory)); }
  std::ofstream(directory / "notes") << "text";
  fs::create_symlink(outside, directory / "rocksdb" / "link");
  for (const fs::path& path :
       {outside, directory, directory / "notes", directory / "rocksdb", directory / "lock"}) {
    fs::permissions(path, fs::perms::group_all | fs::perms::others_all, fs::perm_options::add);
  }
  CloseDataDirectory(directory);
  CHECK(OthersOf(directory) == 077);
  CHECK(OthersOf(directory / "notes") == 077);
  CHECK(OthersOf(outside) == 077);
  CHECK(OthersOf(directory / "rocksdb") == 0);
  CHECK(OthersOf(directory / "lock") == 0);
}

TEST_CASE("data directory: every parent that was made is synced before the first write") {
  for (const std::string end : {"", "/"}) {
    CAPTURE(end);
    const tests::TemporaryDirectory root;
    NotingEnv env;
    Engine::Options options = OptionsFor((root.path() / "a" / "b" / "data").string() + end);
    options.env = &env;
    { Engine engine(options); }
    for (const char* parent : {"a/b", "a"}) CHECK(Contains(env.synced, root.path() / parent));
    CHECK(Contains(env.synced, root.path()));
    env.synced.clear();
    { Engine engine(options); }
    CHECK_FALSE(Contains(env.synced, root.path()));
  }
}

TEST_CASE("data directory: a parent that may only be searched is enough") {
  if (::geteuid() != 0) return;  // only root can be somebody else
  const tests::TemporaryDirectory root;
  const fs::path directory = root.path() / "data";
  fs::create_directory(directory);
  REQUIRE(::chown(directory.c_str(), kStranger, kStranger) == 0);
  fs::permissions(root.path(), fs::perms(0711));
  const int status = RunAsStranger([&] {
    try {
      SyncParents(directory, rocksdb::Env::Default());
      return 0;
    } catch (const StartupError&) {
      return 1;
    }
  });
  CHECK(status == 0);
}

TEST_CASE("data directory: root does not write into the database of another user") {
  if (::geteuid() != 0) return;
  const tests::TemporaryDirectory root;
  const fs::path directory = root.path() / "data";
  { Engine engine(OptionsFor(directory)); }
  REQUIRE(::chown((directory / "rocksdb" / "CURRENT").c_str(), kStranger, kStranger) == 0);
  const std::string line =
      "the data in " + directory.string() +
      " belongs to user 65534, who could not open what root writes; run this as that user";
  CHECK_THROWS_WITH_AS(CloseDataDirectory(directory), line.c_str(), StartupError);
}

}  // namespace warble::storage
