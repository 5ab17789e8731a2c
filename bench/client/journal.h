// Journal: every write of a run and what the server said to it, for the oracle.
//
// A write is acknowledged (a 2xx answer: it must be there from then on, whatever happens to the
// server), or unknown (no answer, or a 5xx other than one that says it was not executed: it may
// be there or not). Refused writes are not kept. The file is text, a line a write:
//   warble-bench journal 1 <the world, as Describe() says it>
//   tweet <acknowledged: 1 or 0> <author> <tweet id, 0 if unknown> <text seed>
//   follow|unfollow <acknowledged> <follower> <followee>
//   favorite|unfavorite <acknowledged> <user> <author> <tweet id>
// with users by their numbers in the world. Thread-safe.
#pragma once

#include "bench/client/mix.h"
#include "bench/world/world.h"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace warble::bench {

struct WriteRecord {
  Operation operation = Operation::kPostTweet;
  bool acknowledged = false;
  UserNumber actor = 0;
  UserNumber user = 0;          ///< the other one, or a favorite's author; of post_tweet the actor
  storage::TweetId tweet;       ///< 0 when not known
  std::uint64_t text_seed = 0;  ///< of post_tweet
};

class Journal {
 public:
  /// Also writes to the file unless its name is empty. Throws std::runtime_error.
  Journal(const Profile& profile, const std::string& file);
  /// Reads a file back; throws std::runtime_error, also when it is of another world.
  static std::vector<WriteRecord> Read(const Profile& profile, const std::string& file);

  void Add(const WriteRecord& record);
  /// All records so far; the file holds them too.
  std::vector<WriteRecord> Records();

 private:
  std::mutex mutex_;
  std::vector<WriteRecord> records_;  // guarded by mutex_
  std::ofstream file_;                // guarded by mutex_
  bool has_file_ = false;
};

}  // namespace warble::bench
