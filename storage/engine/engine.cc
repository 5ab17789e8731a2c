#include "storage/engine/engine.h"

#include "storage/base/check.h"
#include "storage/base/startup_error.h"
#include "storage/base/thread_priority.h"
#include "storage/engine/background_work.h"
#include "storage/engine/block_cache.h"
#include "storage/engine/clock.h"
#include "storage/engine/data_directory.h"
#include "storage/engine/forgiving_protocol.h"
#include "storage/engine/wal_check.h"
#include "storage/engine/wal_file.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/version.h>
#include <sodium.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace warble::storage {
namespace {

constexpr std::uint64_t kMaxClockFallMs = std::uint64_t{10} * 60 * 1000;
constexpr std::uint64_t kNotedClockLeadMs = std::uint64_t{24} * 60 * 60 * 1000;

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env,
                                   const std::shared_ptr<BackgroundWork>& background) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // CheckWal() has cut off a torn tail; whatever is left must be whole.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  options.max_bgerror_resume_count = 0;
  options.max_total_wal_size = std::uint64_t{256} << 20;
  options.db_write_buffer_size = std::size_t{256} << 20;
  // Every table stays open, and descriptors.h counts them. Of a table that was closed, a read that
  // may only use memory would have to know that it cannot read it.
  options.max_open_files = -1;
  options.max_background_jobs = 4;
  options.allow_concurrent_memtable_write = false;
  options.bytes_per_sync = 1 << 20;
  // A reservation that fails on a nearly full disk holds all that is free for as long as it tries,
  // and fails the writes of others meanwhile. Logs are written ahead by WithZeroedLogs().
  options.allow_fallocate = false;
  options.keep_log_file_num = 5;
  options.max_log_file_size = 16 << 20;
  options.stats_dump_period_sec = 0;
  options.listeners.push_back(background);
  options.sst_file_manager = background->space();
  return options;
}

// Families of short rows that are mostly walked: edges, and the index of favorited tweets.
bool IsListFamily(Family family) {
  return family == Family::kFollowsOut || family == Family::kFollowsIn ||
         family == Family::kFavoritesOut || family == Family::kFavoritesIn ||
         family == Family::kFavoritedTweets;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache,
                                           const ActiveMemtables& memtables) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = IsListFamily(family) ? 16 << 10 : 8 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.prepopulate_block_cache =
      rocksdb::BlockBasedTableOptions::PrepopulateBlockCache::kFlushOnly;
  table.format_version = 5;
  if (IsListFamily(family)) {
    // A filter of the users in a file is enough, and takes a hundredth of a filter of all rows: a
    // query for one edge is rarely about a user without edges. New favorites are the exception:
    // each first looks for itself, in vain.
    table.whole_key_filtering = family == Family::kFavoritesOut;
    table.block_restart_interval = 64;
  } else {
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    // Keys are mostly sought, and from where a key stands whole the search goes key by key.
    table.block_restart_interval = 4;
    // A file's index and filter in pieces as small as blocks: whole, they are a megabyte, and a
    // read from a cold cache would wait for all of it.
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
  }

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  if (IsListFamily(family)) {
    // Edges are most of the data: a twelfth less of them for a third more time to write them.
    options.bottommost_compression_opts.enabled = true;
    options.bottommost_compression_opts.level = 6;
  }
  // A key looked up in these families nearly always comes from another row. So the lowest level,
  // nine tenths of all rows, is not asked whether it has it, and needs no filter.
  options.optimize_filters_for_hits = family == Family::kUsers || family == Family::kUserCounters ||
                                      family == Family::kTweets || family == Family::kSessions;
  options.level_compaction_dynamic_level_bytes = true;
  options.write_buffer_size = 64 << 20;
  options.memtable_factory = memtables.FactoryOf(family);
  // Walks pass deleted rows. So RocksDB compacts a table in which many lie close together, and the
  // table that results, down to the level where they are dropped.
  constexpr std::size_t kWindowRows = 4096;
  options.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(kWindowRows, kWindowRows / 2));
  // In every family but these two a key begins with the user whose row it is.
  if (family != Family::kUsernames && family != Family::kMeta) {
    options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kUserPrefixSize));
  }
  return options;
}

std::string DatabaseDirectory(const Engine::Options& options) {
  return (options.directory / "rocksdb").string();
}

// Before anything is made: the first write would be at a time that ids cannot hold.
void RefuseImpossibleTime(const Engine::Options& options) {
  const Timestamp wall = Clock::ReadSystem().wall;
  if (Clock::CanBegin(wall)) return;
  throw StartupError(fmt::format(
      "the clock of this machine says {:%Y-%m-%d}, and {} can hold times from 2006 to 2075; set "
      "the clock",
      fmt::gmtime(static_cast<std::time_t>(wall.ms / 1000)), options.directory.string()));
}

// Without CURRENT RocksDB would begin a new database over the files of the old one.
void RefuseLostDatabase(const Engine::Options& options) {
  const std::filesystem::path directory = DatabaseDirectory(options);
  if (!std::filesystem::exists(directory) || std::filesystem::exists(directory / "CURRENT")) return;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".sst") {
      throw StartupError(fmt::format(
          "{} holds tables but has lost its CURRENT file; restore a backup", directory.string()));
    }
  }
}

}  // namespace

// A lock file of our own: RocksDB's is only taken after the log was looked at.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory) {
    const std::string path = (directory / "lock").string();
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) {
      throw StartupError(fmt::format("cannot write to {}: {}", path, std::strerror(errno)));
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      ::close(file_);
      throw StartupError(fmt::format(
          "{} is in use by another process; stop that one first, or give another --data",
          directory.string()));
    }
  }
  ~DirectoryLock() { ::close(file_); }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int file_;
};

Engine::Engine(Options options)
    : options_(std::move(options)),
      decoded_cache_(std::make_unique<DecodedCache>(options_.decoded_cache_bytes)),
      last_tweets_(std::make_unique<LastTweets>()),
      ownership_(std::make_unique<Ownership>()) {
  if (options_.env == nullptr) options_.env = rocksdb::Env::Default();
  const auto free_bytes = [this] { return FreeSpace(); };
  const auto file_system = CompactionGuard::Watching(WithZeroedLogs(options_.env->GetFileSystem()),
                                                     {free_bytes, options_.background_floor_bytes});
  env_ = rocksdb::NewCompositeEnv(WithForgivingProtocol(file_system));
  background_ =
      std::make_shared<BackgroundWork>(env_.get(), options_.free_space_floor_bytes, free_bytes);
  if (sodium_init() < 0) throw StartupError("the system gives no random numbers");
  std::error_code error;
  if (options_.create_if_missing) {
    RefuseImpossibleTime(options_);
    CreateDataDirectory(options_.directory);
  } else if (!std::filesystem::exists(DatabaseDirectory(options_) + "/CURRENT")) {
    throw StartupError(
        fmt::format("{} is not a data directory of warbled", options_.directory.string()));
  }
  lock_ = std::make_unique<DirectoryLock>(options_.directory);
  CloseDataDirectory(options_.directory);
  RefuseLostDatabase(options_);
  // On a full disk the ballast is the space to open the database with.
  std::filesystem::remove(options_.directory / "ballast", error);
  OpenDatabase();
  try {
    // RocksDB syncs the names in its directory, but not the directory's own name.
    SyncDirectory(options_.directory, env_.get());
    CheckOrWriteMeta();
  } catch (...) {
    CloseFamilies();  // the destructor will not run
    throw;
  }
  PlaceBallast();
  background_->Attach({.count_young_tables = [this] { return CountYoungTables(); },
                       .leave_alone = [this](const std::string& name) { LeaveAlone(name); }});
  last_tweets_reader_ = std::jthread([this](const std::stop_token& stop) {
    LowerThreadPriority();
    last_tweets_->ReadRows(*db_, family(Family::kUserCounters), stop);
  });
}

Engine::~Engine() {
  last_tweets_reader_ = {};  // stops and joins it
  background_->Detach();
  FlushAtTheEnd();
  rocksdb::CancelAllBackgroundWork(db_.get(), true);
  CloseFamilies();
}

// So that the next start has no log to replay. Where there is no room for it, the log stays.
void Engine::FlushAtTheEnd() {
  const std::uint64_t needed = Property("rocksdb.cur-size-all-mem-tables");
  if (FreeSpace() < needed + kTablesOverhead) {
    spdlog::warn("no room to write {} MiB into tables at the end; the next start reads the log",
                 needed >> 20);
    return;
  }
  const rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), families_);
  if (!status.ok()) spdlog::warn("could not flush at the end: {}", status.ToString());
}

std::size_t Engine::CountYoungTables() const {
  std::size_t most = 0;
  for (rocksdb::ColumnFamilyHandle* const one : families_) {
    std::string count;
    if (db_->GetProperty(one, "rocksdb.num-files-at-level0", &count)) {
      most = std::max<std::size_t>(most, std::strtoul(count.c_str(), nullptr, 10));
    }
  }
  return most;
}

// Without this RocksDB would slow writes down for compactions that never come.
void Engine::LeaveAlone(const std::string& family_name) {
  for (rocksdb::ColumnFamilyHandle* const one : families_) {
    if (one->GetName() != family_name) continue;
    const rocksdb::Status status = db_->SetOptions(one, {{"disable_auto_compactions", "true"}});
    spdlog::error("no table of {} is compacted any more{}; reads of it get slower with time",
                  family_name, status.ok() ? "" : ": " + status.ToString());
  }
}

void Engine::CloseFamilies() {
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    static_cast<void>(db_->DestroyColumnFamilyHandle(family));
  }
  families_.clear();
}

void Engine::OpenDatabase() {
  const std::string directory = DatabaseDirectory(options_);
  const rocksdb::DBOptions database_options = DatabaseOptions(env_.get(), background_);

  CheckManifest(directory, env_.get());
  std::vector<std::string> present;
  const rocksdb::Status listed =
      rocksdb::DB::ListColumnFamilies(database_options, directory, &present);
  if (!listed.ok() && std::filesystem::exists(directory + "/CURRENT")) {
    throw StartupError(
        fmt::format("cannot open {}: {}", options_.directory.string(), listed.ToString()));
  }
  if (listed.ok()) {
    for (const std::string& name : present) {
      const bool known = name == rocksdb::kDefaultColumnFamilyName ||
                         std::any_of(kAllFamilies.begin(), kAllFamilies.end(),
                                     [&](Family family) { return FamilyName(family) == name; });
      if (!known) {
        throw StartupError(fmt::format(
            "{} has a family '{}' that this warbled does not know; start the version that wrote it",
            options_.directory.string(), name));
      }
    }
    const WalReport wal = CheckWal(directory, env_.get());
    if (wal.state == WalReport::State::kDamaged) {
      throw StartupError(fmt::format("an acknowledged write is damaged: {}; restore a backup of {}",
                                     wal.detail, options_.directory.string()));
    }
    if (wal.state == WalReport::State::kTornTailCut) {
      spdlog::warn("cut off the torn, never acknowledged last batch of the log: {}", wal.detail);
    }
  }

  const auto cache = NewBlockCache(options_.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()}};
  for (const Family family : kAllFamilies) {
    descriptors.emplace_back(std::string(FamilyName(family)),
                             FamilyOptions(family, cache, memtables_));
  }
  background_->UpdateSpace();
  rocksdb::DB* database = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status =
      rocksdb::DB::Open(database_options, directory, descriptors, &handles, &database);
  if (!status.ok()) {
    throw StartupError(
        fmt::format("cannot open {}: {}", options_.directory.string(), status.ToString()));
  }
  db_.reset(database);
  static_cast<void>(db_->DestroyColumnFamilyHandle(handles.front()));  // "default" is not used
  families_.assign(handles.begin() + 1, handles.end());
}

void Engine::CheckOrWriteMeta() {
  const std::string name = options_.directory.string();
  auto get = [&](std::string_view key, std::string* value) {
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), family(Family::kMeta), key, value);
    if (!status.ok() && !status.IsNotFound()) {
      throw StartupError(fmt::format("cannot read {}: {}", name, status.ToString()));
    }
    return status.ok();
  };
  std::string value;
  if (!get(kMetaFormat, &value)) {
    SyncParents(options_.directory, env_.get());  // once: from then on there is a format
    WriteMeta();
    return;
  }
  const std::uint32_t format = DecodeU32(value);
  if (format != kFormatVersion && format != kFormerFormatVersion) {
    throw StartupError(fmt::format(
        "{} has data format {}, this warbled knows {} and {}; start the version that wrote it",
        name, format, kFormerFormatVersion, kFormatVersion));
  }
  if (!get(kMetaPartitions, &value) || DecodeU32(value) != kPartitionCount) {
    throw StartupError(fmt::format("{} was made with another number of partitions than {}", name,
                                   kPartitionCount));
  }
  if (!get(kMetaHash, &value) || value != kPartitionHash) {
    throw StartupError(
        fmt::format("{} was made with another partition hash than {}", name, kPartitionHash));
  }
  if (!get(kMetaSecret, &secret_) || secret_.size() != kSecretSize) {
    throw StartupError(fmt::format("{} has lost its secret; restore a backup", name));
  }
  if (options_.secret && *options_.secret != secret_) {
    throw StartupError(fmt::format("{} was made with another secret than the one given", name));
  }
  if (get(kMetaClock, &value)) clock_ceiling_ = DecodeTimestamp(value);
  if (!options_.accept_clock_jump) CheckClock();
  ownership_->ReadRows(*db_, family(Family::kMeta));
  if (format != kFormatVersion) ConvertFormer();
}

void Engine::CheckClock() const {
  const std::string name = options_.directory.string();
  const Timestamp wall = Clock::ReadSystem().wall;
  if (wall.ms + kMaxClockFallMs < clock_ceiling_.ms) {
    throw StartupError(fmt::format(
        "the clock of this machine is {} s behind the newest write in {}; set the clock, or start "
        "once with --accept-clock-jump",
        (clock_ceiling_.ms - wall.ms) / 1000, name));
  }
  if (clock_ceiling_ != Timestamp{} && wall.ms > clock_ceiling_.ms + kNotedClockLeadMs) {
    spdlog::warn(
        "the newest write in {} is {} h old; if the clock of this machine is wrong, stop the "
        "server and set it: in {} h what has expired by it begins to be deleted",
        name, (wall.ms - clock_ceiling_.ms) / 3'600'000, Clock::kGrace.count());
  }
}

void Engine::WriteMeta() {
  if (options_.secret) {
    if (options_.secret->size() != kSecretSize) {
      throw StartupError(fmt::format("a secret has {} bytes, the one given has {}", kSecretSize,
                                     options_.secret->size()));
    }
    secret_ = *options_.secret;
  } else {
    secret_.resize(kSecretSize);
    randombytes_buf(secret_.data(), secret_.size());
  }
  WriteRows({{kMetaFormat, EncodeU32(kFormatVersion)},
             {kMetaPartitions, EncodeU32(kPartitionCount)},
             {kMetaHash, std::string(kPartitionHash)},
             {kMetaSecret, secret_}});
}

// All that format 4 adds may be absent, so the rows of format 3 are its rows.
void Engine::ConvertFormer() {
  WriteRows({{kMetaFormat, EncodeU32(kFormatVersion)}});
  spdlog::info("{} had data format {} and has {} now: older versions refuse it",
               options_.directory.string(), kFormerFormatVersion, kFormatVersion);
}

// Of meta, in one synced batch.
void Engine::WriteRows(const std::vector<std::pair<std::string_view, std::string>>& rows) {
  rocksdb::WriteBatch batch;
  rocksdb::Status status;
  for (const auto& [key, value] : rows) {
    if (status.ok()) status = batch.Put(family(Family::kMeta), key, value);
  }
  rocksdb::WriteOptions write_options;
  write_options.sync = true;
  if (status.ok()) status = db_->Write(write_options, &batch);
  if (!status.ok()) {
    throw StartupError(
        fmt::format("cannot write to {}: {}", options_.directory.string(), status.ToString()));
  }
}

void Engine::PlaceBallast() {
  if (options_.ballast_bytes == 0) return;
  const std::string path = (options_.directory / "ballast").string();
  int error = ENOSPC;
  // It must not itself fill the disk: as much as it takes is left for writes.
  if (FreeSpace() / 2 >= options_.ballast_bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    error =
        file < 0 ? errno : ::posix_fallocate(file, 0, static_cast<off_t>(options_.ballast_bytes));
    if (file >= 0) ::close(file);
  }
  if (error != 0) {
    spdlog::warn("no room for the ballast file {}: {}; free some disk space", path,
                 std::strerror(error));
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
}

std::size_t Engine::FreeSpace() const {
  struct statvfs stats {};
  if (::statvfs(options_.directory.c_str(), &stats) != 0) return 0;
  return std::size_t{stats.f_bavail} * stats.f_frsize;
}

std::size_t Engine::UpdateSpace() const { return background_->UpdateSpace(); }

std::size_t Engine::young_tables() const { return background_->young_tables(); }

std::size_t Engine::damaged_tables() const { return background_->damaged_tables(); }

std::uint64_t Engine::Property(const std::string& name) const {
  std::uint64_t sum = 0;
  static_cast<void>(db_->GetAggregatedIntProperty(name, &sum));
  return sum;
}

std::uint64_t Engine::DatabaseProperty(const std::string& name) const {
  std::uint64_t value = 0;
  static_cast<void>(db_->GetIntProperty(families_.front(), name, &value));
  return value;
}

std::string Engine::RocksDbVersion() {
  return fmt::format("{}.{}.{}", ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH);
}

}  // namespace warble::storage
