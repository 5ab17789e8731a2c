// Text: what the people of a world are called and what they write.
//
// Short texts in several scripts, put together from word lists: valid UTF-8 in Unicode's form NFC,
// the same for the same seed. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace warble::bench {

/// 1 to `limit` code points, in the mean a little above half of it; limit ≥ 40.
std::string MakeText(std::uint64_t seed, std::size_t limit);

struct PersonName {
  std::string first;
  std::string last;
};
PersonName MakeName(std::uint64_t seed);

}  // namespace warble::bench
