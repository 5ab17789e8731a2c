#include "server/web/assets.h"

#include "storage/base/check.h"

#include <algorithm>

namespace warble::web {
namespace {

// "/assets/style-0123456789.css" as "/assets/style" and ".css"; its hash may be any.
struct Spelling {
  std::string_view stem;
  std::string_view extension;
  friend bool operator==(const Spelling&, const Spelling&) = default;
};

Spelling Split(std::string_view path) {
  const std::size_t dot = std::min(path.rfind('.'), path.size());
  const std::size_t dash = std::min(path.rfind('-', dot), dot);
  return {path.substr(0, dash), path.substr(dot)};
}

}  // namespace

const Asset& FindAsset(std::string_view name) {
  const auto assets = Assets();
  const auto found = std::ranges::find(assets, name, &Asset::name);
  WARBLE_CHECK(found != assets.end());
  return *found;
}

std::string_view AssetPath(std::string_view name) { return FindAsset(name).path; }

AssetMatch MatchAsset(std::string_view path) {
  for (const Asset& asset : Assets()) {
    if (asset.path == path) return {&asset, true};
  }
  const Spelling spelling = Split(path);
  for (const Asset& asset : Assets()) {
    if (Split(asset.path) == spelling) return {&asset, false};
  }
  return {};
}

}  // namespace warble::web
