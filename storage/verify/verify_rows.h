// What the checks of verify.cc share: the report being written, and one family's rows in order.
#pragma once

#include "storage/format/keys.h"
#include "storage/read_view.h"
#include "storage/verify/verify.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace warble::storage {

/// The first bytes, those that are no visible ASCII as \x and two digits.
std::string Printable(std::string_view bytes);

/// Writes the report of one verification.
class Recorder {
 public:
  Recorder(const Engine& engine, const VerifyOptions& options, VerifyReport& report);

  template <class... Arguments>
  void Fault(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    ++report_.fault_count;
    if (report_.faults.size() < options_.texts_kept) {
      report_.faults.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
    }
  }
  void PendingPurge(const PurgeTarget& target);
  /// One more row was read for the first time.
  void Row(Family family);

  const VerifyOptions& options() const { return options_; }
  VerifyReport& report() { return report_; }

 private:
  const VerifyOptions& options_;
  VerifyReport& report_;
  std::uint64_t rows_ = 0;
  std::uint64_t estimate_ = 0;
};

/// The rows of one family whose keys start with `prefix`, in key order. Rows of a wrong form are
/// named and passed over, so what is shown can be decoded.
class Rows {
 public:
  Rows(ReadView& view, Recorder& recorder, Family family, std::string_view prefix = {});

  bool Valid() const { return scan_.Valid(); }
  void Next();
  std::string_view key() const { return scan_.key(); }
  std::string_view value() const { return scan_.value(); }
  Family family() const { return family_; }

 private:
  void Settle();  // moves on to a well-formed row and counts it

  Recorder& recorder_;
  Family family_;
  Scan scan_;
};

}  // namespace warble::storage
