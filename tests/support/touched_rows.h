// Which rows a piece of a command changes.
#pragma once

#include "storage/transaction.h"
#include "tests/support/node.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace warble::tests {

/// By family and key; without a value where the row is deleted.
using TouchedRows = std::map<std::pair<storage::Family, std::string>, std::optional<std::string>>;

/// What change(transaction) would write to the node as it is.
template <class ChangeRows>
TouchedRows RowsTouchedBy(Node& node, ChangeRows change) {
  return node.Read([&](storage::ReadView& view) {
    storage::Transaction transaction(view, node.committer().clock());
    change(transaction);
    TouchedRows rows;
    transaction.changes().ForEach([&](const storage::Change& one) {
      rows[{one.family, std::string(one.key)}] =
          one.value ? std::optional(std::string(*one.value)) : std::nullopt;
    });
    return rows;
  });
}

}  // namespace warble::tests
