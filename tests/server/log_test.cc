// Log: the last line of a process that ends at once.
#include "server/log.h"

#include "storage/base/check.h"
#include "tests/support/pipe.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

namespace warble::server {
namespace {

// Lets a process with its standard error at `pipe` meet a fault, and returns the signal it ends by.
int EndByFault(const tests::Pipe& pipe) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);  // doctest's handler would write to the pipe
    ::dup2(pipe.in(), STDERR_FILENO);
    const Log log("info");
    storage::Fatal("the disk is on fire");
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("log: the line that says why a process aborts is written before it does") {
  tests::Pipe pipe;
  CHECK(EndByFault(pipe) == SIGABRT);
  CHECK(pipe.ReadLine().ends_with("Z critical stopping: the disk is on fire\n"));
}

TEST_CASE("log: a full pipe does not keep a process from aborting") {
  tests::Pipe pipe;
  pipe.Fill();
  CHECK(EndByFault(pipe) == SIGABRT);
}

}  // namespace warble::server
