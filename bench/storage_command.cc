// warble-bench storage: the storage layer without HTTP, beside RocksDB's own db_bench.
//
// Reads go to a loaded data directory; writes go to a fresh one beside it, as do db_bench's tables.
#include "bench/client/http_client.h"
#include "bench/client/machine.h"
#include "bench/commands.h"
#include "bench/db_bench.h"
#include "bench/figure.h"
#include "bench/report/report.h"
#include "bench/tweet_writer.h"
#include "bench/world/random.h"
#include "bench/world/world_options.h"
#include "storage/bulk_load.h"
#include "storage/engine/engine.h"
#include "storage/model/follows.h"
#include "storage/model/timeline.h"
#include "storage/model/tweets.h"
#include "storage/model/users.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {
namespace {

using storage::Engine;
using storage::Family;
using storage::ReadView;

constexpr std::size_t kRounds = 3;
constexpr std::uint32_t kPageItems = DbBench::kSeekNexts;
constexpr std::size_t kTweetsDrawn = std::size_t{1} << 18;

struct Arguments {
  std::string directory;
  WorldOptions world;
  double duration_s = 2;
  std::string db_bench;  // the program; empty: none
  std::string json_file;
};

/// The rounds' figures of one operation, ours and db_bench's.
enum Runner : std::size_t { kRows, kCached, kDbBench, kRunners };
constexpr std::array<std::string_view, kRunners> kRunnerNames = {"rows", "cached", "db_bench"};

struct Operation {
  std::string_view name;
  std::function<void(ReadView&)> read;  // empty: durable writes
  std::string_view db_bench;            // its benchmark; empty: it has none
  Family family;                        // whose rows that one imitates
  std::array<std::vector<Figure>, kRunners> figures{};

  /// Of the rounds so far; nothing when the runner had none.
  std::optional<Figure> Median(Runner runner) const {
    std::vector<Figure> sorted = figures[runner];
    if (sorted.empty()) return std::nullopt;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end(),
                     [](const Figure& a, const Figure& b) { return a.per_s < b.per_s; });
    return *middle;
  }
};

/// A new directory beside `neighbour`, removed with all that is in it.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::filesystem::path& neighbour) {
    const auto parent = std::filesystem::canonical(neighbour).parent_path();
    std::string name = (parent / "warble-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error(parent.string() + ": a directory for the writes cannot be made");
    }
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// Calls read(a new view) over and over.
Figure MeasureReads(const Engine& engine, ReadView::Rows rows, Clock::duration duration,
                    const std::function<void(ReadView&)>& read) {
  constexpr std::uint64_t kBetweenLooks = 8;  // at the clock
  const Clock::time_point start = Clock::now();
  std::uint64_t done = 0;
  for (Clock::time_point now = start; now < start + duration; now = Clock::now()) {
    for (std::uint64_t i = 0; i < kBetweenLooks; ++i) {
      ReadView view(engine, ReadView::Mode::kMayBlock, rows);
      read(view);
      if (view.status() != storage::ReadStatus::kOk) throw std::runtime_error("a read failed");
    }
    done += kBetweenLooks;
  }
  return FigureOf(done, Clock::now() - start);
}

class StorageBench {
 public:
  explicit StorageBench(const Arguments& arguments)
      : duration_(Seconds(arguments.duration_s)),
        world_(ProfileOf(arguments.world)),
        engine_(OptionsOf(arguments)),
        scratch_(arguments.directory) {
    DrawTweets();
    CheckWorld(arguments.directory);
    AddOperations();
    if (!arguments.db_bench.empty()) {
      db_bench_.emplace(arguments.db_bench, scratch_.path(),
                        static_cast<unsigned>(std::ceil(arguments.duration_s)));
    }
  }

  const std::vector<Operation>& Run() {
    if (db_bench_) FillDbBench();
    for (std::size_t round = 0; round < kRounds; ++round) {
      for (Operation& operation : operations_) {
        fmt::print(stderr, "round {} of {}: {}\n", round + 1, kRounds, operation.name);
        RunOnce(operation);
      }
    }
    return operations_;
  }

  const World& world() const { return world_; }

 private:
  struct DrawnTweet {
    storage::UserId author;
    storage::TweetId id;
  };

  static Engine::Options OptionsOf(const Arguments& arguments) {
    Engine::Options options;
    options.directory = arguments.directory;
    options.create_if_missing = false;
    return options;
  }

  void CheckWorld(const std::string& directory) {
    ReadView view(engine_, ReadView::Mode::kMayBlock);
    const bool has_users = storage::LoadUser(view, world_.IdOf(world_.users() - 1)).has_value();
    const DrawnTweet& tweet = drawn_.front();  // users are the same with another seed
    if (has_users && storage::LoadTweet(view, tweet.author, tweet.id)) return;
    throw std::runtime_error(
        fmt::format("{} does not hold the world {}; load it with warble-bench load --data",
                    directory, world_.profile().name));
  }

  void DrawTweets() {
    constexpr std::uint32_t kMostDraws = 16 * kTweetsDrawn;
    for (std::uint32_t i = 0; i < kMostDraws && drawn_.size() < kTweetsDrawn; ++i) {
      const UserNumber author = random_.Below(world_.users());
      const std::vector<World::TweetSeed> tweets = world_.TweetsOf(author);
      if (tweets.empty()) continue;
      const auto at = random_.Below(static_cast<std::uint32_t>(tweets.size()));
      drawn_.push_back({world_.IdOf(author), tweets[at].id});
    }
    if (drawn_.empty()) throw std::runtime_error("this world has no tweets to read");
  }

  storage::UserId DrawUser() { return world_.IdOf(random_.Below(world_.users())); }
  const DrawnTweet& DrawTweet() {
    return drawn_[random_.Below(static_cast<std::uint32_t>(drawn_.size()))];
  }
  void AddOperations();
  void FillDbBench();
  void RunOnce(Operation& operation);
  DbBench::Shape ShapeOf(Family family);

  const Clock::duration duration_;
  const World world_;
  Engine engine_;
  ScratchDirectory scratch_;
  Random random_{1};
  std::vector<DrawnTweet> drawn_;
  std::vector<Operation> operations_;
  std::optional<DbBench> db_bench_;
};

void StorageBench::AddOperations() {
  const auto must_be = [](bool there) {
    if (!there) throw std::runtime_error("the data directory lacks what the world holds");
  };
  operations_.push_back({"user",
                         [this, must_be](ReadView& view) {
                           must_be(storage::LoadUser(view, DrawUser()).has_value());
                         },
                         "readrandom", Family::kUsers});
  operations_.push_back({"tweet",
                         [this, must_be](ReadView& view) {
                           const DrawnTweet& tweet = DrawTweet();
                           must_be(storage::LoadTweet(view, tweet.author, tweet.id).has_value());
                         },
                         "readrandom", Family::kTweets});
  operations_.push_back({"user tweets",
                         [this, must_be](ReadView& view) {
                           const auto author = storage::LoadUser(view, DrawUser());
                           must_be(author.has_value());
                           storage::ListUserTweets(view, storage::Summarize(*author), {},
                                                   {std::nullopt, 0, kPageItems});
                         },
                         "seekrandom", Family::kTweets});
  operations_.push_back({"followers",
                         [this](ReadView& view) {
                           storage::ListFollowers(view, DrawUser(), {std::nullopt, 0, kPageItems});
                         },
                         "seekrandom", Family::kFollowsIn});
  operations_.push_back(
      {"timeline",
       [this](ReadView& view) {
         storage::ListTimeline(view, DrawUser(), false, {std::nullopt, 0, kPageItems});
       },
       "", Family::kTweets});
  operations_.push_back({"post tweet", {}, "fillrandom", Family::kTweets});
}

void StorageBench::FillDbBench() {
  std::set<Family> families;
  for (const Operation& operation : operations_) {
    if (!operation.db_bench.empty()) families.insert(operation.family);
  }
  for (const Family family : families) {
    fmt::print(stderr, "db_bench: rows like those of {}\n", FamilyName(family));
    db_bench_->Fill(family, ShapeOf(family));
  }
}

void StorageBench::RunOnce(Operation& operation) {
  const Family family = operation.family;
  if (!operation.read) {
    const std::filesystem::path directory = scratch_.path() / "data";
    operation.figures[kRows].push_back(TweetWriter(world_, directory).Measure(duration_));
    std::filesystem::remove_all(directory);
    if (db_bench_) operation.figures[kDbBench].push_back(db_bench_->Write(family));
    return;
  }
  for (const auto& [runner, rows] :
       {std::pair(kRows, ReadView::Rows::kSnapshot), std::pair(kCached, ReadView::Rows::kCached)}) {
    MeasureReads(engine_, rows, duration_, operation.read);  // warms the caches
    operation.figures[runner].push_back(MeasureReads(engine_, rows, duration_, operation.read));
  }
  if (db_bench_ && !operation.db_bench.empty()) {
    operation.figures[kDbBench].push_back(db_bench_->Read(family, operation.db_bench));
  }
}

DbBench::Shape StorageBench::ShapeOf(Family family) {
  constexpr std::size_t kSample = 10'000;
  ReadView view(engine_, ReadView::Mode::kMayBlock);
  std::uint64_t keys = 0;
  std::uint64_t values = 0;
  std::uint64_t rows = 0;
  for (storage::Scan scan = view.ScanRange(family, {}, {}); scan.Valid() && rows < kSample;
       scan.Next(), ++rows) {
    keys += scan.key().size();
    values += scan.value().size();
  }
  if (rows == 0) throw std::runtime_error(fmt::format("{} has no rows", FamilyName(family)));
  const storage::TableSizes sizes = storage::SizesOf(engine_, family);
  const double bytes_a_row = static_cast<double>(keys + values) / static_cast<double>(rows);
  const double ratio = static_cast<double>(sizes.bytes - sizes.filter_bytes) /
                       (static_cast<double>(std::max(sizes.rows, rows)) * bytes_a_row);
  const bool is_edge = family == Family::kFollowsIn;
  return {.rows = std::max(sizes.rows, rows),
          .key_bytes = keys / rows,
          .value_bytes = values / rows,
          .compression_ratio = std::clamp(ratio, 0.05, 1.0),
          .block_bytes = std::size_t{is_edge ? 16U : 8U} << 10};
}

std::string Cell(const std::optional<Figure>& figure) {
  if (!figure) return fmt::format("{:>12} {:>9}", "-", "-");
  return fmt::format("{:>12} {:>9}", CountText(figure->per_s), DurationText(figure->us * 1e3));
}

std::string RatioCell(const std::optional<Figure>& ours, const std::optional<Figure>& theirs) {
  if (!ours || !theirs) return fmt::format("{:>8}", "-");
  return fmt::format("{:>8}", fmt::format("{:.2f}x", ours->per_s / theirs->per_s));
}

void PrintTable(const std::vector<Operation>& operations) {
  fmt::print("{:<12}{:>22}{:>22}{:>22}{:>16}\n", "", "rows", "cached", "db_bench", "to db_bench");
  fmt::print("{:<12}", "operation");
  for (std::size_t i = 0; i < kRunners; ++i) fmt::print("{:>12} {:>9}", "ops/s", "mean");
  fmt::print("{:>8}{:>8}\n", "rows", "cached");
  for (const Operation& operation : operations) {
    fmt::print("{:<12}", operation.name);
    for (const Runner runner : {kRows, kCached, kDbBench}) {
      fmt::print("{}", Cell(operation.Median(runner)));
    }
    const auto theirs = operation.Median(kDbBench);
    fmt::print("{}{}  {}\n", RatioCell(operation.Median(kRows), theirs),
               RatioCell(operation.Median(kCached), theirs), operation.db_bench);
  }
  fmt::print(
      "One thread, {} writes in flight; medians of {} rounds. rows: every row from RocksDB; "
      "cached: as the server\nreads. A tweet is two rows, a page {} items with authors and counts; "
      "db_bench does bare points, a seek and\n{} nexts, and puts of the same sizes.\n",
      kWritesInFlight, kRounds, kPageItems, kPageItems);
}

std::string JsonText(const StorageBench& bench, const std::vector<Operation>& operations) {
  std::string rows;
  for (const Operation& operation : operations) {
    rows += fmt::format("{}\n{{\"operation\":\"{}\",\"db_bench_benchmark\":\"{}\"",
                        rows.empty() ? "" : ",", operation.name, operation.db_bench);
    for (const Runner runner : {kRows, kCached, kDbBench}) {
      const auto figure = operation.Median(runner);
      if (!figure) continue;
      rows += fmt::format(",\"{}\":{{\"per_s\":{:.1f},\"mean_us\":{:.3f}}}", kRunnerNames[runner],
                          figure->per_s, figure->us);
    }
    rows += "}";
  }
  const Machine machine = ThisMachine();
  return fmt::format(
      "{{\"world\":\"{}\",\"rounds\":{},\"in_flight\":{},\"processor\":\"{}\",\"processors\":{},"
      "\"operations\":[{}\n]}}\n",
      Describe(bench.world().profile()), kRounds, kWritesInFlight, machine.processor,
      machine.processors, rows);
}

void Run(const Arguments& arguments) {
  ::umask(S_IRWXG | S_IRWXO);  // a data directory is its owner's alone
  StorageBench bench(arguments);
  const std::vector<Operation>& operations = bench.Run();
  PrintTable(operations);
  if (arguments.db_bench.empty()) {
    fmt::print("There is no db_bench in PATH to compare with: install rocksdb-tools.\n");
  }
  if (arguments.json_file.empty()) return;
  std::ofstream out(arguments.json_file, std::ios::binary | std::ios::trunc);
  out << JsonText(bench, operations);
  if (!out.flush()) throw std::runtime_error(arguments.json_file + ": cannot be written");
}

}  // namespace

void AddStorageCommand(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "storage", "Measure the storage layer alone, on one thread, beside RocksDB's db_bench.");
  const auto arguments = std::make_shared<Arguments>();  // shared with the callback, by copy
  arguments->db_bench = DbBench::FindInPath();
  command
      ->add_option("--data", arguments->directory,
                   "A data directory that load has made; it is read. Writes go to a new directory "
                   "beside it, which is removed.")
      ->type_name("DIR")
      ->required();
  AddWorldOptions(*command, arguments->world);
  command
      ->add_option("--duration", arguments->duration_s,
                   "Of each measurement; of db_bench's in whole seconds. [2]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 3600.0));
  command
      ->add_option("--db-bench", arguments->db_bench,
                   "RocksDB's db_bench. [the one in PATH, if any]")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command->add_option("--json", arguments->json_file, "Write the figures there.")
      ->type_name("FILE");
  command->callback([arguments] { Run(*arguments); });
}

}  // namespace warble::bench
