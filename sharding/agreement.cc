#include "sharding/agreement.h"

#include "storage/base/check.h"

#include <algorithm>
#include <utility>

namespace warble::sharding {

TransactionAnswer Judge(const AgreedTransaction& transaction, TransactionAnswer answer) {
  if (answer.outcome != Outcome::kRefused) return answer;
  bool fenced = false;
  for (const AgreedWrite& write : transaction.writes) {
    const auto is_its = [&write](const auto& other) { return other.key == write.key; };
    if (std::none_of(transaction.comparisons.begin(), transaction.comparisons.end(), is_its)) {
      continue;
    }
    fenced = true;
    const auto row = std::find_if(answer.rows.begin(), answer.rows.end(), is_its);
    if (row == answer.rows.end() || row->value != write.value) return answer;
  }
  WARBLE_CHECK(fenced);
  answer.outcome = Outcome::kApplied;
  answer.rows.clear();
  return answer;
}

}  // namespace warble::sharding
