// A script in a process of its own, on a disk that fails: this program started again.
#pragma once

#include "tests/faults/disk_model.h"
#include "tests/faults/script.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace warble::tests {

struct Fault {
  enum class Kind {
    kNone,
    kPowerCut,     ///< the directory becomes what survives, and the process ends
    kFailOnce,     ///< EIO
    kFailForever,  ///< EIO, and so does every later call that changes the disk
    kNoSpace,      ///< ENOSPC
    kNoSpaceForever,
  };
  Kind kind = Kind::kNone;
  std::size_t at = 0;  ///< the instant, from 1
  Survival survival = Survival::kDropped;
};

struct ChildReport {
  int acknowledged = -1;     ///< the last step that the child reported
  std::size_t instants = 0;  ///< so many there were, if the script came to its end
  /// The first call that was made to fail: "<operation> <path> after <path of the call before>".
  std::string failed_call;
  std::string refusal;  ///< what the child said when it could not open
  int wait_status = 0;  ///< as of waitpid
  bool hung = false;    ///< it was killed because it did not end

  bool Aborted() const;
  bool Exited(int code) const;
};

/// Exit codes of a child.
inline constexpr int kFinished = 0;
inline constexpr int kRefused = 1;
inline constexpr int kPowerLost = 9;

/// Runs the script in `directory` in a child and returns when that has ended. Thread-safe.
ChildReport RunChild(const std::filesystem::path& directory, const Script::Plan& plan,
                     const Fault& fault);

/// Starts this program with `arguments`, hands every line it prints to `read`, and returns its wait
/// status; a program that does not end is killed and *hung is set. Thread-safe.
int RunSelf(const std::vector<std::string>& arguments,
            const std::function<void(const std::string& line)>& read, bool* hung);

/// What the child does; returns its exit code. `arguments` are those that RunChild gives.
int RunScriptHere(const std::vector<std::string>& arguments);

/// Opens a directory and reads all of it. Reports one line: "refused <why>", "unreadable <why>",
/// "unverified <why>", or "content <digest>".
int ReadHere(const std::filesystem::path& directory);

/// One line to the program that started this one.
void Report(const std::string& line);

}  // namespace warble::tests
