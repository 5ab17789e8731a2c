#include "bench/load/loader.h"

#include "api/auth/password.h"
#include "api/auth/token.h"
#include "storage/engine/engine.h"
#include "storage/model/sessions.h"
#include "storage/model/users.h"
#include "storage/read_view.h"
#include "storage/verify/verify.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>
#include <rocksdb/db.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace warble::bench {

using storage::Family;
using tests::Node;
using tests::TemporaryDirectory;

namespace {

Profile Tiny(std::uint32_t users = 2'000) { return {"tiny", users, 20, 5, 2, 0, 1}; }

struct Killed {};

LoadOptions Into(const std::filesystem::path& directory) {
  LoadOptions options;
  options.directory = directory;
  return options;
}

// Without a committer, which would move the clock on.
storage::Engine::Options Plain(const std::filesystem::path& directory) {
  storage::Engine::Options options;
  options.directory = directory;
  options.ballast_bytes = 0;
  return options;
}

// Everything in a directory but what is its own: the secret, the hashes keyed with it, and the
// salt of the password.
std::array<std::uint64_t, storage::kFamilyCount> DigestOf(const std::filesystem::path& directory) {
  const storage::Engine engine(Plain(directory));
  std::array<std::uint64_t, storage::kFamilyCount> digests{};
  storage::ReadView view(engine, storage::ReadView::Mode::kMayBlock);
  for (const Family family : storage::kAllFamilies) {
    if (family == Family::kSessions) continue;
    std::uint64_t& digest = digests[static_cast<std::size_t>(family)];
    const auto add = [&](std::string_view bytes) {
      digest = XXH3_64bits_withSeed(bytes.data(), bytes.size(), digest);
    };
    for (storage::Scan scan = view.ScanPrefix(family, {}); scan.Valid(); scan.Next()) {
      if (family == Family::kMeta && scan.key() == storage::kMetaSecret) continue;
      add(scan.key());
      if (family == Family::kUsers) {
        storage::User user = storage::DecodeUser(storage::DecodeUserKey(scan.key()), scan.value());
        user.password_hash.clear();
        add(storage::EncodeUser(user));
      } else {
        add(scan.value());
      }
    }
  }
  return digests;
}

void PutMeta(const storage::Engine& engine, std::string_view key, const std::string& value) {
  const rocksdb::Status status =
      engine.db().Put(rocksdb::WriteOptions(), engine.family(Family::kMeta), key, value);
  REQUIRE(status.ok());
}

std::vector<std::string> FaultsOf(const std::filesystem::path& directory) {
  const storage::Engine engine(Plain(directory));
  return storage::Verify(engine).faults;
}

std::vector<storage::UserCounters> CountersOf(const World& world) {
  std::vector<storage::UserCounters> counters(world.users());
  for (UserNumber user = 0; user < world.users(); ++user) {
    for (const UserNumber followee : world.FolloweesOf(user)) {
      ++counters[user].followees;
      ++counters[followee].followers;
    }
    for (const World::TweetSeed& tweet : world.TweetsOf(user)) {
      ++counters[user].tweets;
      counters[user].last_tweet = std::max(counters[user].last_tweet, tweet.id);
      for (const UserNumber favoriter : world.FavoritersOf(tweet)) ++counters[favoriter].favorites;
    }
  }
  return counters;
}

}  // namespace

TEST_CASE("loader: a loaded world verifies, and its users and counters are the world's") {
  const TemporaryDirectory directory;
  const World world(Tiny());
  const LoadReport report = Load(world, Into(directory.path()));
  CHECK(FaultsOf(directory.path()).empty());
  CHECK(!std::filesystem::exists(directory.path() / "load"));

  Node node(directory.path());
  const std::vector<storage::UserCounters> counters = CountersOf(world);
  storage::UserCounters sum;
  for (UserNumber user = 0; user < world.users(); ++user) {
    const storage::UserId id = world.IdOf(user);
    REQUIRE(tests::Counters(node, id) == counters[user]);
    const storage::User expected = world.UserOf(user);
    const auto stored =
        node.Read([&](storage::ReadView& view) { return storage::LoadUser(view, id); });
    REQUIRE(stored.has_value());
    CHECK(stored->username == expected.username);
    CHECK(stored->description == expected.description);
    CHECK(stored->created_at == expected.created_at);
    sum.followees += counters[user].followees;
    sum.favorites += counters[user].favorites;
  }
  CHECK(!report.resumed);
  CHECK(report.follows == sum.followees);
  CHECK(report.favorites == sum.favorites);
}

TEST_CASE("loader: the users' tokens and their password sign them in") {
  const TemporaryDirectory directory;
  const World world(Tiny(100));
  Load(world, Into(directory.path()));
  Node node(directory.path());
  for (UserNumber user = 0; user < world.users(); ++user) {
    const auto token = api::ParseToken(world.TokenText(user), node.engine().secret());
    REQUIRE(token.has_value());
    const bool is_alive = node.Read([&](storage::ReadView& view) {
      return storage::FindSession(view, token->user, token->hash, storage::Clock::ReadSystem().wall)
          .has_value();
    });
    CHECK(is_alive);
  }
  const auto stored = node.Read(
      [&](storage::ReadView& view) { return storage::LoadUser(view, world.IdOf(0)).value(); });
  api::PasswordWork work;
  const std::string password(World::kPassword);
  static_cast<void>(work.Verify(stored.password_hash, password));
  work.DoPending();
  CHECK(work.Verify(stored.password_hash, password) == api::PasswordWork::Verdict::kRight);
}

TEST_CASE("loader: a loaded directory goes on as any other") {
  const TemporaryDirectory directory;
  const World world(Tiny(500));
  Load(world, Into(directory.path()));
  {
    Node node(directory.path());
    // Of a partition that is in use, so that the new id has to be beyond the loaded ones.
    const std::uint32_t partition = world.IdOf(0).partition();
    int n = 0;
    while (storage::PartitionOf("newcomer" + std::to_string(n)) != partition) ++n;
    const storage::User user = tests::AddUser(node, "newcomer" + std::to_string(n));
    tests::AddFollow(node, user.id, world.IdOf(7));
    const storage::Tweet tweet = tests::AddTweet(node, world.IdOf(7), "and so on");
    tests::AddFavorite(node, user.id, tweet);
  }
  CHECK(FaultsOf(directory.path()).empty());
}

TEST_CASE("loader: threads and memory change nothing") {
  const TemporaryDirectory reference;
  const World world(Tiny());
  Load(world, Into(reference.path()));
  const auto expected = DigestOf(reference.path());
  const struct {
    unsigned threads;
    std::size_t memory_bytes;
  } kCases[] = {{1, 1}, {3, 50'000}, {2, 100'000'000}};
  for (const auto& varied : kCases) {
    CAPTURE(varied.threads);
    const TemporaryDirectory directory;
    LoadOptions options = Into(directory.path());
    options.threads = varied.threads;
    options.memory_bytes = varied.memory_bytes;
    Load(world, options);
    CHECK(DigestOf(directory.path()) == expected);
  }
}

TEST_CASE("loader: a load killed again and again ends as one that was not") {
  const TemporaryDirectory reference;
  const World world(Tiny());
  std::uint64_t rows = 0;
  LoadOptions options = Into(reference.path());
  options.progress = [&](const LoadProgress& progress) {
    CHECK(progress.rows >= rows);
    CHECK(progress.rows <= progress.expected);
    CHECK(progress.skipped == 0);
    rows = progress.rows;
  };
  Load(world, options);

  const TemporaryDirectory directory;
  options = Into(directory.path());
  std::uint64_t skipped = 0;
  int kills = 0;
  for (std::uint64_t limit = rows / 10; true; limit += rows / 10, ++kills) {
    options.progress = [&](const LoadProgress& progress) {
      skipped = progress.skipped;
      if (progress.rows > limit) throw Killed();
    };
    try {
      const LoadReport report = Load(world, options);
      CHECK(report.resumed);
      break;
    } catch (const Killed&) {
      CHECK(FaultsOf(directory.path()).empty());  // nothing of it shows
      std::ofstream(directory.path() / "load" / "follows_in-00003.sst.part") << "half a file";
    }
  }
  CHECK(kills >= 9);
  CHECK(skipped > rows / 2);
  CHECK(DigestOf(directory.path()) == DigestOf(reference.path()));
  CHECK(!std::filesystem::exists(directory.path() / "load"));
}

TEST_CASE("loader: killed between the ingestion and the end, only the folder is left to remove") {
  const TemporaryDirectory directory;
  const World world(Tiny(300));
  LoadOptions options = Into(directory.path());
  const std::filesystem::path manifest = directory.path() / "load" / "manifest";
  const std::filesystem::path kept = directory.path() / "manifest";
  options.progress = [&](const LoadProgress&) {
    std::filesystem::copy_file(manifest, kept, std::filesystem::copy_options::skip_existing);
  };
  Load(world, options);
  const auto loaded = DigestOf(directory.path());
  std::filesystem::create_directory(manifest.parent_path());
  std::filesystem::copy_file(kept, manifest);
  std::ofstream(directory.path() / "load" / "complete") << "\n";

  CHECK_THROWS_AS(Load(World(Tiny(301)), options), LoadError);
  CHECK(Load(world, options).follows > 0);
  CHECK(DigestOf(directory.path()) == loaded);
  CHECK(!std::filesystem::exists(manifest.parent_path()));
  CHECK_THROWS_AS(Load(world, options), LoadError);
}

TEST_CASE("loader: killed before the ingestion and then used, it is refused and loses nothing") {
  const TemporaryDirectory used;
  const World world(Tiny(300));
  LoadOptions options = Into(used.path());
  const std::filesystem::path manifest = used.path() / "load" / "manifest";
  options.progress = [&](const LoadProgress& progress) {
    if (progress.rows > 500) throw Killed();
  };
  CHECK_THROWS_AS(Load(world, options), Killed);
  std::ofstream(used.path() / "load" / "complete") << "\n";
  {
    Node node(used.path());
    tests::AddUser(node, "someone");
  }
  const auto before = DigestOf(used.path());
  const auto line = [&]() -> std::string {
    try {
      Load(world, Into(used.path()));
      return {};
    } catch (const LoadError& error) {
      return error.what();
    }
  }();
  CHECK(line.find("was used before its load was through") != line.npos);
  CHECK(line.find(used.path().string()) != line.npos);
  CHECK(std::filesystem::exists(manifest));
  CHECK(DigestOf(used.path()) == before);
}

TEST_CASE("loader: a directory that holds users is refused and left as it is") {
  const TemporaryDirectory directory;
  {
    Node node(directory.path());
    tests::AddUser(node, "someone");
  }
  const auto before = DigestOf(directory.path());
  CHECK_THROWS_AS(Load(World(Tiny(100)), Into(directory.path())), LoadError);
  CHECK(DigestOf(directory.path()) == before);
}

TEST_CASE("loader: the unfinished load of another world is refused") {
  const TemporaryDirectory directory;
  LoadOptions options = Into(directory.path());
  options.progress = [](const LoadProgress& progress) {
    if (progress.rows > 1'000) throw Killed();
  };
  CHECK_THROWS_AS(Load(World(Tiny(500)), options), Killed);
  Profile other = Tiny(500);
  other.seed = 2;
  CHECK_THROWS_AS(Load(World(other), options), LoadError);
}

TEST_CASE("loader: meta is raised and never lowered") {
  const World world(Tiny(300));
  const storage::Key sequence = storage::SequenceKey(world.IdOf(0).partition());
  for (const bool was_in_use : {false, true}) {
    CAPTURE(was_in_use);
    const TemporaryDirectory directory;
    storage::Timestamp ceiling = World::kEnd;
    if (was_in_use) {
      ceiling.ms += 1'000'000;
      const storage::Engine engine(Plain(directory.path()));
      PutMeta(engine, storage::kMetaClock, storage::EncodeTimestamp(ceiling));
      PutMeta(engine, sequence, storage::EncodeU32(77));
    }
    Load(world, Into(directory.path()));
    CHECK(storage::Engine(Plain(directory.path())).clock_ceiling() == ceiling);
    CHECK(FaultsOf(directory.path()).empty());
    Node node(directory.path());
    const auto given = tests::GetRaw(node, Family::kMeta, sequence);
    REQUIRE(given.has_value());
    CHECK((storage::DecodeU32(*given) == 77) == was_in_use);
  }
}

}  // namespace warble::bench
