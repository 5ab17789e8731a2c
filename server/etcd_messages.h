// The messages of etcd's v3 JSON gateway: the only code that knows their shape.
//
// The gateway passes over members that it does not know, takes absent ones for 0 or false, and
// leaves such out of its answers; so a misspelt comparison would be another one that may hold.
// Requests are therefore built in here alone and tested against a real etcd. Readers take any
// bytes, and give nothing for what is no such answer. Pure functions, thread-safe.
//
// Keys are those of sharding/agreement.h; `prefix` stands before each of them in etcd.
#pragma once

#include "sharding/agreement.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warble::server {

/// Who answered: no two clusters of etcd have the same number.
using EtcdCluster = std::uint64_t;

std::string EtcdReadOne(std::string_view prefix, std::string_view key);
std::string EtcdReadAll(std::string_view prefix);
/// Its else-branch reads what it would have written.
std::string EtcdTransaction(std::string_view prefix,
                            const sharding::AgreedTransaction& transaction);
/// All changes of the prefix from `from` on.
std::string EtcdWatchFrom(std::string_view prefix, sharding::Revision from);

struct EtcdRows {
  EtcdCluster cluster;
  sharding::Revision revision;  ///< of the store
  std::vector<sharding::AgreedRow> rows;
};
std::optional<EtcdRows> ParseEtcdRows(std::string_view prefix, std::string_view json);

struct EtcdOutcome {
  EtcdCluster cluster;
  sharding::TransactionAnswer answer;  ///< applied or refused
};
/// `transaction`: that which was sent.
std::optional<EtcdOutcome> ParseEtcdOutcome(std::string_view prefix,
                                            const sharding::AgreedTransaction& transaction,
                                            std::string_view json);

/// One message of a watch.
struct EtcdWatched {
  EtcdCluster cluster = 0;
  std::vector<sharding::AgreedRow> changes{};  ///< in order; none in the first message
  bool compacted = false;  ///< what was asked for is no longer kept: read all, then watch anew
  std::optional<std::string> ended{};  ///< etcd ended the watch, and why
};
std::optional<EtcdWatched> ParseEtcdWatched(std::string_view prefix, std::string_view json);

/// What an answer that is an error says, short and printable.
std::string EtcdErrorText(std::string_view json);

}  // namespace warble::server
