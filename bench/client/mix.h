// Mix: what a load consists of, read from a small text file.
//
//   # the rest of a line is a comment
//   users zipf 0.99        the users asked about: uniform, zipf EXPONENT or one RANK
//   viewers uniform        the users who ask (timeline, post_tweet, sign_in: for themselves)
//   tweets zipf 0.99       which of an author's newest tweets; rank 0 is the newest
//   timeline 30            an operation and its weight, at least one of them
//
// Ranks are by popularity: rank 0 is the user with the most followers. The three distributions may
// be left out (their defaults are those above); each line stands at most once.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

enum class Operation : std::uint8_t {
  kTimeline,
  kProfile,
  kUserTweets,
  kTweet,
  kFollowers,
  kFollowees,
  kFavoriters,
  kFavorites,
  kActivity,
  kPostTweet,
  kFollow,
  kUnfollow,
  kFavorite,
  kUnfavorite,
  kSignIn,
};
inline constexpr std::size_t kOperationCount = 15;
/// As in mix files, e.g. "user_tweets".
std::string_view NameOf(Operation operation);

struct Distribution {
  enum class Kind { kUniform, kZipf, kOne };
  Kind kind = Kind::kUniform;
  double exponent = 0;     ///< of kZipf
  std::uint32_t rank = 0;  ///< of kOne
};

struct LoadMix {
  std::string name;
  Distribution users{.kind = Distribution::Kind::kZipf, .exponent = 0.99};
  Distribution viewers;
  Distribution tweets{.kind = Distribution::Kind::kZipf, .exponent = 0.99};
  /// By operation; 0 for one that is not in the mix.
  std::array<double, kOperationCount> weights{};

  bool Has(Operation operation) const { return weights[static_cast<std::size_t>(operation)] > 0; }
};

/// Says the file, the line and what is wrong with it: "odd.mix:3: …".
class MixError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `name` is for the mix and its errors. Throws MixError.
LoadMix ParseMix(std::string_view name, std::string_view text);

/// A mix of bench/mixes/ by its name, else the file of this path. Throws MixError.
LoadMix FindMix(const std::string& name_or_path);

struct BuiltInMix {
  std::string_view name;
  std::string_view text;
};
/// The files of bench/mixes/, compiled in.
const std::vector<BuiltInMix>& BuiltInMixes();

}  // namespace warble::bench
