// The engine: one RocksDB database in one data directory; how it is opened, checked and tuned.
//
// A directory is opened by one process at a time. Opening recovers what was acknowledged, whatever
// killed the process or the power before, or refuses with a StartupError of one line; it never
// drops an acknowledged write in silence (see wal_check.h). Everything const is thread-safe.
#pragma once

#include "storage/engine/decoded_cache.h"
#include "storage/engine/last_tweets.h"
#include "storage/engine/memtable.h"
#include "storage/engine/ownership.h"
#include "storage/format/keys.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
}  // namespace rocksdb

namespace warble::storage {

/// The version of the data directory's format (storage/FORMAT.md), and the one before, which a
/// start turns into it.
inline constexpr std::uint32_t kFormatVersion = 4;
inline constexpr std::uint32_t kFormerFormatVersion = 3;
/// How usernames map to partitions; a directory made with another hash is refused.
inline constexpr std::string_view kPartitionHash = "xxh3-64/lower/top12";

class BackgroundWork;
class DirectoryLock;

class Engine {
 public:
  struct Options {
    std::filesystem::path directory;
    bool create_if_missing = true;
    std::size_t block_cache_bytes = std::size_t{512} << 20;
    std::size_t decoded_cache_bytes = std::size_t{256} << 20;
    std::size_t ballast_bytes = std::size_t{64} << 20;
    /// Below this much free space clients' writes are refused. Rows in memory, at most 256 MiB,
    /// must still find room as tables, and so must the writes until the next look at the space.
    std::size_t free_space_floor_bytes = std::size_t{384} << 20;
    /// Below this much, purges stop as well; they free space only once their rows are compacted.
    std::size_t background_floor_bytes = std::size_t{320} << 20;
    /// Of a directory that is created: kSecretSize bytes, instead of random ones. One that exists
    /// must have been created with it.
    std::optional<std::string> secret;
    /// Accept a wall clock far below the stored ceiling.
    bool accept_clock_jump = false;
    /// Replaced in tests only; not owned.
    rocksdb::Env* env = nullptr;
  };

  /// Opens, creating the directory if allowed. Throws StartupError.
  explicit Engine(Options options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family family) const {
    return families_[static_cast<std::size_t>(family)];
  }
  const Options& options() const { return options_; }
  DecodedCache& decoded_cache() const { return *decoded_cache_; }
  LastTweets& last_tweets() const { return *last_tweets_; }
  const ActiveMemtables& memtables() const { return memtables_; }

  Ownership& ownership() const { return *ownership_; }

  /// kSecretSize bytes, random unless they were given: the key of stored token hashes.
  const std::string& secret() const { return secret_; }
  /// What meta held at opening: the clock starts here.
  Timestamp clock_ceiling() const { return clock_ceiling_; }
  /// Bytes free for us on the directory's file system.
  std::size_t FreeSpace() const;
  /// The most tables that the lowest-numbered level of any family has; they overlap each other, and
  /// RocksDB stops all writes at 36. As of the last flush or compaction; asking costs nothing.
  std::size_t young_tables() const;
  /// Tells RocksDB how much space is free, so that it begins no compaction that cannot fit. Returns
  /// FreeSpace().
  std::size_t UpdateSpace() const;
  /// Tables that a compaction found to be damaged; they stay as they are.
  std::size_t damaged_tables() const;
  /// A property of RocksDB summed over the families, e.g. "rocksdb.estimate-live-data-size".
  std::uint64_t Property(const std::string& name) const;
  /// A property that is the whole database's, e.g. "rocksdb.block-cache-usage".
  std::uint64_t DatabaseProperty(const std::string& name) const;
  static std::string RocksDbVersion();

 private:
  void OpenDatabase();
  void CheckOrWriteMeta();
  void CheckClock() const;
  void WriteMeta();
  void ConvertFormer();
  void WriteRows(const std::vector<std::pair<std::string_view, std::string>>& rows);
  void PlaceBallast();
  void FlushAtTheEnd();
  std::size_t CountYoungTables() const;
  void LeaveAlone(const std::string& family_name);
  void CloseFamilies();  // RocksDB asserts that it is done before the database is closed

  static constexpr std::size_t kTablesOverhead = std::size_t{8} << 20;  // what a flush takes beside

  Options options_;
  std::unique_ptr<DirectoryLock> lock_;  // first: held until the database is closed
  std::unique_ptr<rocksdb::Env> env_;    // that of the options, with our logs
  std::unique_ptr<DecodedCache> decoded_cache_;
  std::unique_ptr<LastTweets> last_tweets_;
  std::unique_ptr<Ownership> ownership_;
  ActiveMemtables memtables_;
  std::shared_ptr<BackgroundWork> background_;  // shared with RocksDB, as its interface asks
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // owned; destroyed before db_
  std::string secret_;
  Timestamp clock_ceiling_;
  std::jthread last_tweets_reader_;
};

}  // namespace warble::storage
