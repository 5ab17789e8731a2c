#include "server/web/song.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace warble::web {
namespace {

TEST_CASE("song: names sound as they were pinned") {
  CHECK(HashName("maya_lind") == 1449444343);
  CHECK(HueOf("maya_lind") == 7);
  CHECK(AvatarPath("maya_lind") == "M8 20v8M14 24v.01M20 19v10M26 20v.01M32 11v10");
  CHECK(HashName("arjun_r") == 265649906);
  CHECK(HueOf("arjun_r") == 2);
  CHECK(AvatarPath("arjun_r") == "M8 11v18M14 17v14M20 14v4M26 14v4M32 22v4");
}

TEST_CASE("song: the case of a name makes no difference") {
  CHECK(AvatarPath("Maya_LIND") == AvatarPath("maya_lind"));
  CHECK(StripPath("Maya_LIND") == StripPath("maya_lind"));
}

TEST_CASE("song: a strip has eighty bars") {
  const std::string path = StripPath("maya_lind");
  CHECK(std::count(path.begin(), path.end(), 'M') == 80);
  CHECK(path.substr(path.rfind('M')).starts_with("M636 "));
}

}  // namespace
}  // namespace warble::web
