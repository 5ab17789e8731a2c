// LoadPasses: the files of a world's rows, made in four passes over the world.
//
// The first pass writes the rows that lie by author and counts for the other passes. So it always
// runs; if an earlier load has left all its files, it only counts.
#pragma once

#include "bench/load/load_folder.h"
#include "bench/load/loader.h"
#include "bench/load/transposed.h"
#include "bench/world/world.h"
#include "storage/bulk_load.h"
#include "storage/format/keys.h"

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace warble::storage {
class Engine;
}

namespace warble::bench {

/// Sums up what the threads of a load have done. Thread-safe.
class LoadMeter {
 public:
  LoadMeter(std::function<void(const LoadProgress&)> report, std::uint64_t expected);
  void Begin(std::string_view stage);
  void Add(std::uint64_t rows, std::uint64_t skipped = 0);

 private:
  std::function<void(const LoadProgress&)> report_;
  std::mutex mutex_;
  LoadProgress progress_;
};

class LoadPasses {
 public:
  /// All of them must outlive the passes.
  LoadPasses(const World& world, const storage::Engine& engine, const LoadFolder& folder,
             const LoadOptions& options);

  /// Makes every file that is missing.
  void Run();

 private:
  struct Range {
    UserNumber first;
    UserNumber last;  // the first one beyond
    std::uint64_t rows;
  };
  struct AuthorFiles;
  struct FavoriteEdge {
    storage::TweetId tweet;
    UserNumber author;
  };

  std::vector<Range> RangesOfAuthors() const;
  std::vector<Range> RangesOf(const Counts& counts) const;
  bool HasAuthorFiles(std::size_t index) const;
  void TakeAuthors(std::size_t index, const Range& range);
  std::uint64_t TakeAuthor(UserNumber user, AuthorFiles* files);  // null: only counts; gives rows
  void WriteUser(UserNumber user, AuthorFiles& files) const;
  void WriteTweet(UserNumber author, const World::TweetSeed& tweet,
                  std::span<const UserNumber> favoriters, AuthorFiles& files) const;
  void WriteFollowers();
  void WriteFavorites();
  void WriteNames();
  void WriteCounters(std::size_t index, const Range& range);
  template <class Edge, class Gather, class Write>
  void WriteTransposed(storage::Family family, const Counts& counts, Gather gather, Write write);

  const World& world_;
  const storage::Engine& engine_;
  const LoadFolder& folder_;
  const LoadOptions& options_;
  LoadMeter meter_;

  Counts followers_;
  Counts favorites_given_;
  std::vector<std::uint32_t> followees_;
  std::vector<std::uint32_t> tweets_;
  std::vector<storage::TweetId> last_tweets_;
};

}  // namespace warble::bench
