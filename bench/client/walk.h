// Walk: all pages of a list, by cursors.
#pragma once

#include "bench/client/api_client.h"

#include <optional>
#include <string>
#include <vector>

namespace warble::bench {

struct Walk {
  std::vector<Item> items;
  bool whole = false;   ///< it came to the last page, rather than to the most pages asked for
  std::string failure;  ///< why it broke off, empty if it did not

  /// What the contract promises of any walk: newest first, equal times by descending id, nothing
  /// twice. Empty when so, else what is wrong.
  std::string Disorder() const;
  bool Contains(std::uint64_t id) const;
};

Walk WalkList(ApiClient& client, UserNumber viewer, const std::string& target,
              std::size_t most_pages);

}  // namespace warble::bench
