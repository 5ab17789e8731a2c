#include "storage/verify/verify_rows.h"

#include "storage/engine/engine.h"

#include <algorithm>

namespace warble::storage {
namespace {

constexpr std::uint64_t kRowsPerProgress = 1 << 16;
constexpr std::size_t kBytesShown = 64;

}  // namespace

std::string Printable(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, kBytesShown)) {
    if (byte > ' ' && byte <= '~' && byte != '\\') {
      text += byte;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  if (bytes.size() > kBytesShown) text += "...";
  return text;
}

Recorder::Recorder(const Engine& engine, const VerifyOptions& options, VerifyReport& report)
    : options_(options), report_(report), estimate_(engine.Property("rocksdb.estimate-num-keys")) {}

void Recorder::PendingPurge(const PurgeTarget& target) {
  ++report_.pending_purge_count;
  if (report_.pending_purges.size() >= options_.texts_kept) return;
  report_.pending_purges.push_back(
      target.tweet ? fmt::format("tweet {} of user {}", target.tweet->value, target.user.value)
                   : fmt::format("user {}", target.user.value));
}

void Recorder::Row(Family family) {
  ++report_.rows[static_cast<std::size_t>(family)];
  ++rows_;
  if (rows_ % kRowsPerProgress == 0 && options_.progress) {
    options_.progress(rows_, std::max(rows_, estimate_));
  }
}

Rows::Rows(ReadView& view, Recorder& recorder, Family family, std::string_view prefix)
    : recorder_(recorder), family_(family), scan_(view.ScanPrefix(family, prefix)) {
  Settle();
}

void Rows::Next() {
  scan_.Next();
  Settle();
}

void Rows::Settle() {
  for (; scan_.Valid(); scan_.Next()) {
    recorder_.Row(family_);
    if (IsWellFormed(family_, scan_.key(), scan_.value())) return;
    recorder_.Fault("{}: a row of an unknown form: key '{}', value '{}'", FamilyName(family_),
                    Printable(scan_.key()), Printable(scan_.value()));
  }
}

}  // namespace warble::storage
