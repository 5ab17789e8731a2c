// What the nodes agree on through a store with transactions, which is etcd: rows, and changes of
// them that compare before they write.
//
// A transaction that got no answer may still happen: a member of etcd that was paused has applied
// one long after a linearizable read had said that it had not. So three rules hold everywhere:
//   - A transaction without an answer is resolved by another transaction, never by a read.
//   - Nobody acts on the absence of a change.
//   - A revision or an epoch once seen is a fact, however old the read that showed it.
// Values, and pure functions on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace warble::sharding {

/// Every change of the store raises its revision, from 1.
using Revision = std::uint64_t;

/// A row as it was seen, without the prefix of its cluster.
struct AgreedRow {
  std::string key;
  std::optional<std::string> value;  ///< nothing: there is no such row
  Revision changed_at = 0;           ///< by its last change; 0: there is no such row
  friend bool operator==(const AgreedRow&, const AgreedRow&) = default;
};

/// Holds while the row has not been changed since; 0: while there is no such row.
struct Comparison {
  std::string key;
  Revision changed_at;
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

struct AgreedWrite {
  std::string key;
  std::optional<std::string> value;  ///< nothing: the row is removed
  friend bool operator==(const AgreedWrite&, const AgreedWrite&) = default;
};

/// Writes all or nothing. At least one key is both compared and written, so that of the copies of
/// one transaction at most one is ever applied. (A comparison with 0 fences only while nobody
/// removes the row again.)
struct AgreedTransaction {
  std::vector<Comparison> comparisons;  ///< at most kMost
  std::vector<AgreedWrite> writes;      ///< at most kMost, each key once

  static constexpr std::size_t kMost = 128;  // etcd's limit
};

enum class Outcome {
  kApplied,  ///< what it compares and writes is, or was at the answer's revision, as it writes it
  kRefused,  ///< a comparison failed, as will those of every late copy
  kUnknown,  ///< it may have happened, or happen later
};

struct TransactionAnswer {
  Outcome outcome = Outcome::kUnknown;
  Revision revision = 0;  ///< unless kUnknown: of the store, then
  /// With kRefused: every row that would have been written, as it was at that revision.
  std::vector<AgreedRow> rows{};
  std::string why{};  ///< with kUnknown: what was seen of it
};

/// What the answer to one copy of a transaction says about all of them. Its refusal may come of an
/// earlier copy that got no answer; so it is none if what was compared and written is as the
/// transaction writes it. Two parties that must know which of them did it write different values.
TransactionAnswer Judge(const AgreedTransaction& transaction, TransactionAnswer answer);

}  // namespace warble::sharding
