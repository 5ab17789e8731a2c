// The program itself: what it prints and how it ends.
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace warble::tests {
namespace {

struct Ran {
  int status;
  std::string output;  // both streams
};

Ran Run(const std::string& arguments) {
  const std::string command = fmt::format("'{}' {} 2>&1", WARBLECTL_PATH, arguments);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  return {WEXITSTATUS(::pclose(pipe)), output};
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::size_t Lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("warblectl: help and version end well") {
  for (const std::string arguments : {"--help", "verify --help", "--version"}) {
    INFO(arguments);
    CHECK(Run(arguments).status == 0);
  }
  CHECK(Run("--version").output.starts_with("warblectl "));
  CHECK(Contains(Run("--help").output, "verify"));
  CHECK(Contains(Run("verify --help").output, "--data DIR"));
}

TEST_CASE("warblectl: wrong usage ends with 2") {
  for (const std::string arguments :
       {"", "frobnicate", "verify", "verify --data", "verify --x y"}) {
    INFO(arguments);
    CHECK(Run(arguments).status == 2);
  }
}

TEST_CASE("warblectl verify: a clean directory ends with 0 and says what was checked") {
  TemporaryDirectory directory;
  {
    Node node(directory.path());
    const storage::User alice = AddUser(node, "alice");
    AddUser(node, "bob");
    AddTweet(node, alice.id, "hello");
    RemoveUser(node, alice.id);
  }
  const Ran ran = Run("verify --data " + directory.path().string());
  INFO(ran.output);
  CHECK(ran.status == 0);
  CHECK(Contains(ran.output, "checked 1 living user and 1 deleted one"));
  CHECK(Contains(ran.output, " 2 rows of users\n"));
  CHECK(Contains(ran.output, " 1 rows of tweets\n"));
  CHECK(Contains(ran.output, "1 deletion still to be purged"));
  CHECK(Contains(ran.output, "everything agrees\n"));
}

TEST_CASE("warblectl verify: what closed streams do not take is not written into the data") {
  TemporaryDirectory directory;
  { Node node(directory.path()); }
  for (const std::string closed : {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"}) {
    INFO(closed);
    // The output is one of these, so that another file of the program gets its number.
    const std::string command = fmt::format("'{}' verify --data '{}' {}", WARBLECTL_PATH,
                                            directory.path().string(), closed);
    CHECK(WEXITSTATUS(std::system(command.c_str())) == 0);
    CHECK(std::filesystem::file_size(directory.path() / "lock") == 0);
  }
}

TEST_CASE("warblectl verify: faults end with 1, a line for each") {
  TemporaryDirectory directory;
  {
    Node node(directory.path());
    for (int i = 0; i < 120; ++i) {
      PutRaw(node, storage::Family::kUsernames, fmt::format("ghost{}", i),
             storage::EncodeUserId({1}));
    }
  }
  const Ran ran = Run("verify --data " + directory.path().string());
  CHECK(ran.status == 1);
  CHECK(Contains(ran.output,
                 "fault: the name 'ghost0' belongs to user 1: says usernames, not "
                 "users\n"));
  CHECK(Contains(ran.output, "and 20 more\n"));
  CHECK(Contains(ran.output, "120 faults found\n"));
}

TEST_CASE("warblectl verify: a directory that cannot be opened ends with 1 and one line") {
  TemporaryDirectory directory;
  const std::string absent = (directory.path() / "absent").string();
  const Ran missing = Run("verify --data " + absent);
  CHECK(missing.status == 1);
  CHECK(missing.output ==
        fmt::format("warblectl: {} is not a data directory of warbled\n", absent));
  Node node(directory.path());
  const Ran used = Run("verify --data " + directory.path().string());
  CHECK(used.status == 1);
  CHECK(Contains(used.output, "is in use by another process"));
  CHECK(Lines(used.output) == 1);
}

}  // namespace warble::tests
