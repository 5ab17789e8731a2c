// The plain values that every layer speaks of: ids, times and the entities themselves.
//
// Value types without behaviour; safe to copy between threads.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace warble::storage {

/// Milliseconds since the Unix epoch, UTC. 0 ≤ ms < 2^48.
struct Timestamp {
  std::uint64_t ms = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// 2006-01-01T00:00:00Z: where the time part of tweet ids starts, so that imports can hold old
/// tweets.
inline constexpr Timestamp kTweetEpoch{1'136'073'600'000};

/// The number of logical partitions; fixed when a data directory is created.
inline constexpr std::uint32_t kPartitionCount = 4096;

/// 40 bits: partition (12) · sequence within the partition (28), the sequence from 1.
struct UserId {
  std::uint64_t value = 0;
  friend auto operator<=>(const UserId&, const UserId&) = default;

  static constexpr unsigned kSequenceBits = 28;
  static constexpr UserId Make(std::uint32_t partition, std::uint32_t sequence) {
    return {std::uint64_t{partition} << kSequenceBits | sequence};
  }
  constexpr std::uint32_t partition() const {
    return static_cast<std::uint32_t>(value >> kSequenceBits);
  }
  constexpr std::uint32_t sequence() const {
    return static_cast<std::uint32_t>(value & ((1U << kSequenceBits) - 1));
  }
};

/// 63 bits: milliseconds since kTweetEpoch (41) · partition of the author (12) · sequence (10).
/// A greater id is a newer tweet.
struct TweetId {
  std::uint64_t value = 0;
  friend auto operator<=>(const TweetId&, const TweetId&) = default;

  static constexpr unsigned kSequenceBits = 10;
  static constexpr unsigned kPartitionBits = 12;
  static constexpr unsigned kTimeShift = kSequenceBits + kPartitionBits;
  static constexpr std::uint64_t kMaxValue = (std::uint64_t{1} << 63) - 1;

  static constexpr TweetId Make(Timestamp at, std::uint32_t partition, std::uint32_t sequence) {
    return {(at.ms - kTweetEpoch.ms) << kTimeShift | std::uint64_t{partition} << kSequenceBits |
            sequence};
  }
  constexpr Timestamp created_at() const { return {(value >> kTimeShift) + kTweetEpoch.ms}; }
  /// The author's.
  constexpr std::uint32_t partition() const {
    return static_cast<std::uint32_t>(value >> kSequenceBits) & (kPartitionCount - 1);
  }
};

struct User {
  UserId id;
  std::string username;  ///< as registered; matched without regard to case
  std::string first_name;
  std::string last_name;
  std::string description;
  std::string password_hash;  ///< libsodium's crypto_pwhash_str form; empty once deleted
  Timestamp created_at;
  Timestamp updated_at;
  bool deleted = false;  ///< gone from every answer; the row keeps the name taken
};

/// Where a user stands inside another object.
struct UserSummary {
  UserId id;
  std::string username;
  std::string first_name;
  std::string last_name;
};

/// The stored form of a session's token; look-ups use it too. The token itself is never stored.
using TokenHash = std::array<char, 32>;

struct UserCounters {
  std::uint64_t tweets = 0;
  std::uint64_t followers = 0;
  std::uint64_t followees = 0;
  std::uint64_t favorites = 0;  ///< tweets that this user has favorited
  /// No tweet of the user has a greater id: the last one posted, which may be deleted since.
  TweetId last_tweet{};
  friend bool operator==(const UserCounters&, const UserCounters&) = default;
};

struct Tweet {
  TweetId id;
  UserId author;
  std::string content;
  std::uint64_t favorites = 0;
};

/// Where a row of a list of users stands: newest first, then by descending user id.
struct EdgePosition {
  Timestamp at;
  UserId user;
  friend auto operator<=>(const EdgePosition&, const EdgePosition&) = default;
};

}  // namespace warble::storage
