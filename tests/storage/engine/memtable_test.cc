#include "storage/engine/memtable.h"

#include "tests/support/temporary_directory.h"

#include <doctest/doctest.h>
#include <rocksdb/db.h>
#include <rocksdb/memtablerep.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>

namespace warble::storage {
namespace {

// A database of one family that keeps everything in one memtable of ours.
class MemtableOnly {
 public:
  MemtableOnly() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.allow_concurrent_memtable_write = false;
    options.memtable_factory = memtables_.FactoryOf(Family::kTweets);
    rocksdb::DB* database = nullptr;
    REQUIRE(rocksdb::DB::Open(options, directory_.path().string(), &database).ok());
    database_.reset(database);
  }
  rocksdb::DB& operator*() const { return *database_; }
  rocksdb::DB* operator->() const { return database_.get(); }

  // Before a write of the same thread; the change set must live as long.
  void Announce(const ChangeSet& changes) const { memtables_.Announce(changes); }

 private:
  tests::TemporaryDirectory directory_;
  ActiveMemtables memtables_;
  std::unique_ptr<rocksdb::DB> database_;
};

using Model = std::map<std::string, std::string>;

// Few letters, so that keys are often equal, or one the beginning of another, or the same but for
// zeros at the end.
std::string RandomKey(std::mt19937& random) {
  std::string key(random() % 12, '\0');
  for (char& c : key) c = "\0\0a\x7F\xFF"[random() % 5];
  return key;
}

void CheckSame(rocksdb::DB& database, const rocksdb::Snapshot* snapshot, const Model& model) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const std::unique_ptr<rocksdb::Iterator> rows(database.NewIterator(options));
  auto expected = model.begin();
  for (rows->SeekToFirst(); rows->Valid(); rows->Next(), ++expected) {
    REQUIRE(expected != model.end());
    REQUIRE(rows->key() == expected->first);
    REQUIRE(rows->value() == expected->second);
  }
  REQUIRE(expected == model.end());
  auto behind = model.rbegin();
  for (rows->SeekToLast(); rows->Valid(); rows->Prev(), ++behind) {
    REQUIRE(behind != model.rend());
    REQUIRE(rows->key() == behind->first);
  }
  REQUIRE(behind == model.rend());
}

void CheckFinds(rocksdb::DB& database, const std::string& key, const Model& model) {
  std::string value;
  const rocksdb::Status status = database.Get({}, key, &value);
  const auto known = model.find(key);
  REQUIRE(status.ok() == (known != model.end()));
  if (status.ok()) REQUIRE(value == known->second);
  const std::unique_ptr<rocksdb::Iterator> rows(database.NewIterator({}));
  rows->Seek(key);
  const auto from = model.lower_bound(key);
  REQUIRE(rows->Valid() == (from != model.end()));
  if (rows->Valid()) REQUIRE(rows->key() == from->first);
  rows->SeekForPrev(key);
  const auto above = model.upper_bound(key);
  REQUIRE(rows->Valid() == (above != model.begin()));
  if (rows->Valid()) REQUIRE(rows->key() == std::prev(above)->first);
}

TEST_CASE("memtable: rows are found and walked as a map has them, at any snapshot") {
  const std::random_device::result_type seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const MemtableOnly database;
  Model model;
  Model then;
  const rocksdb::Snapshot* snapshot = nullptr;
  for (int i = 0; i < 20'000; ++i) {
    if (i == 10'000) {
      snapshot = database->GetSnapshot();
      then = model;
    }
    const std::string key = RandomKey(random);
    ChangeSet changes;
    changes.Put(Family::kTweets, key, "");
    changes.Delete(Family::kTweets, RandomKey(random));
    changes.Put(Family::kUsers, key, "of a family without a memtable");
    database.Announce(changes);
    if (random() % 3 == 0) {
      REQUIRE(database->Delete({}, key).ok());
      model.erase(key);
    } else {
      model[key] = std::to_string(i);
      REQUIRE(database->Put({}, key, model[key]).ok());
    }
    if (i % 4 == 0) CheckFinds(*database, RandomKey(random), model);
  }
  CheckSame(*database, nullptr, model);
  CheckSame(*database, snapshot, then);
  database->ReleaseSnapshot(snapshot);
  REQUIRE(database->Flush({}).ok());
  CheckSame(*database, nullptr, model);
}

TEST_CASE("memtable: readers see every row that was there when they began, in order") {
  const MemtableOnly database;
  std::atomic<int> written{0};
  std::thread writer([&] {
    constexpr int kRows = 50'000;
    constexpr int kStep = 7919;  // a prime: every key once, in no order
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    for (int i = 0; i < kRows; ++i) {
      const std::string key = std::to_string(1'000'000 + i * kStep % kRows);
      if (!database->Put(options, key, "").ok()) std::abort();
      written.store(i + 1);
    }
  });
  bool writing = true;
  while (writing) {
    const int least = written.load();
    writing = least < 50'000;
    const std::unique_ptr<rocksdb::Iterator> rows(database->NewIterator({}));
    int count = 0;
    std::string last;
    for (rows->SeekToFirst(); rows->Valid(); rows->Next(), ++count) {
      REQUIRE(last < rows->key().ToString());
      last = rows->key().ToString();
    }
    REQUIRE(count >= least);
  }
  writer.join();
}

TEST_CASE("memtable: announced rows are fetched while memtables come and go") {
  constexpr int kRows = 5000;
  const MemtableOnly database;
  std::atomic<bool> writing{true};
  std::thread flusher([&] {
    while (writing) {
      if (!database->Flush({}).ok()) std::abort();
    }
  });
  for (int i = 0; i < kRows; ++i) {
    const std::string key = std::to_string(i * 7919 % kRows);
    ChangeSet changes;
    changes.Put(Family::kTweets, key, "");
    database.Announce(changes);
    REQUIRE(database->Put({}, key, "").ok());
  }
  writing = false;
  flusher.join();
  std::string value;
  for (int i = 0; i < kRows; ++i) REQUIRE(database->Get({}, std::to_string(i), &value).ok());
}

}  // namespace
}  // namespace warble::storage
