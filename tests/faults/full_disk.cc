#include "tests/faults/full_disk.h"

#include "storage/base/startup_error.h"
#include "storage/committer.h"
#include "storage/engine/engine.h"
#include "storage/format/partition.h"
#include "storage/model/tweets.h"
#include "storage/model/users.h"
#include "storage/verify/verify.h"
#include "tests/faults/child.h"
#include "tests/faults/scratch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

namespace warble::tests {

using storage::Committer;
using storage::Engine;
using storage::Family;
using storage::Transaction;
using storage::UserId;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr int kSpaceDidNotMatter = 3;
constexpr const char* kDiskSize = "size=256m";

// A mount name space of our own, as root or through a user name space.
std::optional<std::string> MountDisk(const std::filesystem::path& directory) {
  if (::unshare(CLONE_NEWNS) != 0) {
    const uid_t user = ::getuid();
    const gid_t group = ::getgid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return "no mounts are allowed here";
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", directory.c_str(), "tmpfs", 0, kDiskSize) != 0) {
    return fmt::format("cannot mount a tmpfs: {}", std::strerror(errno));
  }
  return std::nullopt;
}

// Something that is not ours takes space until at most `leave` bytes are free.
void Fill(const std::filesystem::path& directory, const Engine& engine, std::size_t leave) {
  const std::string path = (directory / "filler").string();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string page(std::size_t{64} << 10, 'f');
  while (engine.FreeSpace() > leave && ::write(file, page.data(), page.size()) > 0) continue;
  ::close(file);
  if (engine.FreeSpace() > leave) Report("fault the disk cannot be filled");
}

Engine::Options SmallOptions(const std::filesystem::path& directory, std::size_t floor_bytes) {
  Engine::Options options;
  options.directory = directory / "data";
  options.block_cache_bytes = 8 * kMiB;
  options.ballast_bytes = 8 * kMiB;
  options.free_space_floor_bytes = floor_bytes;
  options.background_floor_bytes = floor_bytes / 4;
  return options;
}

UserId RegisterAuthor(Committer& committer) {
  UserId author;
  committer.Run(Committer::Class::kClient, [&](Transaction& transaction) {
    storage::User user;
    user.username = "author";
    user.password_hash = "hash";
    author = storage::CreateUser(transaction, storage::PartitionOf("author"), user).value().id;
  });
  return author;
}

Committer::RunResult Post(Committer& committer, Committer::Class command_class, UserId author,
                          const std::string& text) {
  return committer.Run(command_class, [&](Transaction& transaction) {
    storage::CreateTweet(transaction, author, text);
  });
}

void WaitForSpaceCheck() {
  std::this_thread::sleep_for(Committer::kSpaceCheckInterval + std::chrono::milliseconds(100));
}

int RunLow(const std::filesystem::path& directory) {
  Engine engine(SmallOptions(directory, 32 * kMiB));
  Committer committer(engine);
  const UserId author = RegisterAuthor(committer);
  auto post = [&](Committer::Class command_class) {
    return Post(committer, command_class, author, "a tweet");
  };
  auto expect = [](bool holds, const char* what) {
    Report(fmt::format("{} {}", holds ? "passed" : "fault", what));
  };
  expect(post(Committer::Class::kClient).committed(), "with space a client may write");
  Fill(directory, engine, 16 * kMiB);
  WaitForSpaceCheck();
  expect(post(Committer::Class::kClient).admission == Committer::Admission::kDiskFull,
         "below the floor a client is refused");
  expect(post(Committer::Class::kBackground).committed(), "below the floor purges go on");
  Fill(directory, engine, 4 * kMiB);
  WaitForSpaceCheck();
  expect(post(Committer::Class::kBackground).admission == Committer::Admission::kDiskFull,
         "below their own floor purges stop");
  std::filesystem::remove(directory / "filler");
  WaitForSpaceCheck();
  expect(post(Committer::Class::kClient).committed(), "with space again a client may write");
  return 0;
}

UserId AuthorOf(const Engine& engine) {
  storage::ReadView view(engine, storage::ReadView::Mode::kMayBlock);
  return storage::FindUser(view, "author").value().id;
}

// An orderly stop finds no room for what memory holds.
int RunStop(const std::filesystem::path& directory) {
  {
    Engine engine(SmallOptions(directory, 0));
    Committer committer(engine);
    const bool posted =
        Post(committer, Committer::Class::kClient, AuthorOf(engine), std::string(kMiB, 'x'))
            .committed();
    Report(
        fmt::format("{} before the disk is full a write is accepted", posted ? "passed" : "fault"));
    Fill(directory, engine, 0);
  }
  std::filesystem::remove(directory / "filler");
  return 0;
}

// How many tweets were acknowledged on the full disk; kept beside it.
std::filesystem::path AcknowledgedFile(const std::filesystem::path& directory) {
  return directory.parent_path() / "acknowledged";
}

// Writes on a full disk until the process is stopped. The text compresses, so that what the log
// holds then fits into the ballast as a table.
int RunFull(const std::filesystem::path& directory) {
  Engine engine(SmallOptions(directory, 0));
  Committer committer(engine);
  const UserId author = AuthorOf(engine);
  const std::string text(kMiB, 'x');
  Fill(directory, engine, 16 * kMiB);
  for (int posted = 1; posted <= 32; ++posted) {
    if (!Post(committer, Committer::Class::kClient, author, text).committed()) break;
    std::ofstream(AcknowledgedFile(directory)) << posted;
  }
  return kSpaceDidNotMatter;
}

int RunAgain(const std::filesystem::path& directory) {
  std::uint64_t acknowledged = 0;
  std::ifstream(AcknowledgedFile(directory)) >> acknowledged;
  std::optional<Engine> engine;
  try {
    engine.emplace(SmallOptions(directory, 0));
  } catch (const storage::StartupError& error) {
    Report(fmt::format("fault a full disk does not start again: {}", error.what()));
    return 0;
  }
  Committer committer(*engine);
  storage::ReadView view(*engine, storage::ReadView::Mode::kMayBlock);
  const storage::User author = storage::FindUser(view, "author").value();
  // Four tweets are from RunLow() and RunStop(); one batch may have been under way.
  const std::uint64_t posted = storage::LoadUserCounters(view, author.id).tweets - 4;
  const bool whole = acknowledged > 0 && posted >= acknowledged && posted <= acknowledged + 1;
  Report(fmt::format("{} after a restart all {} acknowledged tweets are there ({} are)",
                     whole ? "passed" : "fault", acknowledged, posted));
  const storage::VerifyReport verified = storage::Verify(*engine);
  Report(fmt::format("{} after a restart it verifies",
                     verified.fault_count == 0 ? "passed" : "fault"));
  const bool goes_on =
      Post(committer, Committer::Class::kClient, author.id, "on we go").committed();
  Report(fmt::format("{} after a restart there is room for a write", goes_on ? "passed" : "fault"));
  return 0;
}

// A process of its own for each start: an abort is to end only that, and RocksDB's threads do not
// outlive a fork.
int InChild(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int wait_status = 0;
  ::waitpid(child, &wait_status, 0);
  return wait_status;
}

}  // namespace

int FillDiskHere() {
  const ScratchDirectory scratch;
  const std::filesystem::path directory = scratch.path() / "disk";
  std::filesystem::create_directory(directory);
  if (const auto why = MountDisk(directory)) {
    Report("skipped " + *why);
    return 0;
  }
  if (InChild([&] { return RunLow(directory); }) != 0) Report("fault a low disk ended the process");
  const bool stops = InChild([&] { return RunStop(directory); }) == 0;
  Report(fmt::format("{} on a full disk a stop is orderly", stops ? "passed" : "fault"));
  const int status = InChild([&] { return RunFull(directory); });
  const bool stopped = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  Report(fmt::format("{} on a full disk the process stops", stopped ? "passed" : "fault"));
  if (InChild([&] { return RunAgain(directory); }) != 0) Report("fault the restart failed");
  ::umount(directory.c_str());
  return 0;
}

}  // namespace warble::tests
