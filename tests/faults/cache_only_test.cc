// Reads that may use only memory: with any blocks missing, what they say is right or they say that
// it would block. Compared with a plain model, in all families, with many files in each level and
// caches of a few blocks.
#include "storage/committer.h"
#include "storage/model/follows.h"
#include "storage/model/newest_tweets.h"
#include "storage/read_view.h"
#include "tests/faults/scratch.h"
#include "tests/faults/settings.h"
#include "tests/faults/small_tables.h"
#include "tests/support/random.h"

#include <doctest/doctest.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace warble::tests {
namespace {

using namespace storage;  // NOLINT: this file speaks of nothing else
using Mode = ReadView::Mode;

constexpr std::uint64_t kUsers = 24;
constexpr std::uint64_t kNumbers = 4000;  // that tell a user's rows apart

using Rows = std::map<std::string, std::string>;
using Model = std::array<Rows, kFamilyCount>;

// What lies under a key, or in a range, as the model and as a view tell it.
using Row = std::pair<std::string, std::string>;
using Answer = std::vector<Row>;

UserId RandomUser(Random& random) {
  const auto number = static_cast<std::uint32_t>(random.Below(kUsers));
  return UserId::Make(number % 5 * 700, 1 + number / 5);
}

Key RandomKey(Random& random, Family family) {
  const UserId user = RandomUser(random);
  const std::uint64_t number = 1 + random.Below(kNumbers);
  const TweetId tweet{number << 22};
  const auto other = UserId::Make(1, static_cast<std::uint32_t>(number));
  switch (family) {
    case Family::kUsers:
    case Family::kUserCounters:
    case Family::kSessions:
      return UserKey(UserId::Make(user.partition(), static_cast<std::uint32_t>(number)));
    case Family::kUsernames:
      return UsernameKey("name" + std::to_string(number * 7919 % kNumbers));
    case Family::kTweets:
    case Family::kFavoritedTweets:
      return TweetKey(user, tweet);
    case Family::kFollowsOut:
      return FollowOutKey(user, other);
    case Family::kFollowsIn:
      return FollowInKey(user, {{number}, other});
    case Family::kFavoritesOut:
      return FavoriteOutKey(user, tweet);
    case Family::kFavoritesIn:
      return FavoriteInKey(user, {(1 + number % 40) << 22}, {{number}, other});
    case Family::kIdempotency:
      return IdempotencyKey(user, std::string(12, 'k') + std::to_string(1000 + number % 9000));
    case Family::kMeta:
      return Key("test/" + std::to_string(number));
  }
  return {};
}

// A value that its family can have, of bytes that do not compress.
std::string RandomValue(Random& random, Family family) {
  switch (family) {
    case Family::kTweets:
      return EncodeNewTweet(random.Bytes(30 + random.Below(40)));
    case Family::kFollowsOut:
      return EncodeTimestamp({random.Below(1000)});
    case Family::kUserCounters:
      return EncodeUserCounters({random.Below(9), 0, 0, 0, {random.Below(kNumbers) << 22}});
    case Family::kUsernames:
      return EncodeUserId(RandomUser(random));
    case Family::kFavoritesOut:
      return EncodeFavoriteOut({RandomUser(random), {random.Below(1000)}});
    case Family::kFollowsIn:
    case Family::kFavoritesIn:
    case Family::kFavoritedTweets:
      return {};
    default:
      return random.Bytes(20 + random.Below(60));
  }
}

// A question, which the model answers and any number of views.
struct Question {
  enum class Kind { kPoint, kRange, kByUser, kList, kFollowees, kNewest };
  Kind kind;
  Family family;
  std::string lower;
  std::string upper;
  std::size_t limit;
};
using Kind = Question::Kind;

Question RandomQuestion(Random& random) {
  Question question;
  question.kind = static_cast<Kind>(random.Below(6));
  question.family = kAllFamilies[random.Below(kFamilyCount)];
  question.limit = 1 + random.Below(60);
  constexpr std::array kLists = {Family::kFollowsIn, Family::kFavoritesIn, Family::kFavoritesOut};
  if (question.kind == Kind::kList) question.family = kLists[random.Below(kLists.size())];
  if (question.kind == Kind::kFollowees) question.family = Family::kFollowsOut;
  if (question.kind == Kind::kNewest || question.kind == Kind::kByUser) {
    question.family = Family::kTweets;
  }
  question.lower = RandomKey(random, question.family);
  const std::string prefix = question.lower.substr(0, kUserPrefixSize);
  question.upper = random.OneIn(4) ? std::string() : PrefixEnd(prefix);
  switch (question.kind) {
    case Kind::kFollowees:
    case Kind::kNewest:
      question.lower = prefix;
      question.upper = PrefixEnd(prefix);
      question.limit = question.kind == Kind::kNewest ? NewestTweets::kLimit : kNumbers;
      break;
    case Kind::kByUser:
      question.upper = PrefixEnd(prefix);
      break;
    case Kind::kList:
      question.lower.resize(DecodedCache::ListPrefixSize(question.family));
      question.upper = PrefixEnd(question.lower);
      break;
    default:
      break;
  }
  return question;
}

Answer AskModel(const Model& model, const Question& question) {
  const Rows& rows = model[static_cast<std::size_t>(question.family)];
  Answer answer;
  if (question.kind == Kind::kPoint) {
    if (const auto row = rows.find(question.lower); row != rows.end()) answer.push_back(*row);
    return answer;
  }
  auto row = rows.lower_bound(question.lower);
  for (; row != rows.end() && answer.size() < question.limit; ++row) {
    if (!question.upper.empty() && row->first >= question.upper) break;
    answer.push_back(*row);
  }
  if (question.kind == Kind::kFollowees) {
    // By time, the newest first.
    std::sort(answer.begin(), answer.end(), [](const Row& a, const Row& b) {
      return std::pair(b.second, b.first) < std::pair(a.second, a.first);
    });
  }
  return answer;
}

// One question on its way through a view, a row a step: so that views of one thread take turns.
class Asked {
 public:
  Asked(const Engine& engine, Mode mode, ReadView::Rows rows, Question question)
      : view_(engine, mode, rows), question_(std::move(question)) {}

  // False: it has been answered, or the view has failed.
  bool Step() {
    if (question_.kind == Kind::kPoint || question_.kind == Kind::kFollowees ||
        question_.kind == Kind::kNewest) {
      AskAtOnce();
      return false;
    }
    if (scan_ == nullptr) {
      Open();
    } else {
      scan_->Next();
    }
    if (!scan_->Valid() || answer_.size() == question_.limit) return false;
    answer_.emplace_back(scan_->key(), scan_->value());
    return true;
  }

  // Nothing where the view says that it would block.
  std::optional<Answer> Take() {
    if (view_.status() == ReadStatus::kWouldBlock) return std::nullopt;
    REQUIRE(view_.status() == ReadStatus::kOk);
    return std::move(answer_);
  }
  const Question& question() const { return question_; }

 private:
  void Open() {
    const Question& q = question_;
    if (q.kind == Kind::kRange) {
      scan_ = std::make_unique<Scan>(view_.ScanRange(q.family, q.lower, q.upper));
    } else if (q.kind == Kind::kList) {
      scan_ = std::make_unique<Scan>(view_.ScanList(q.family, q.lower));
    } else {
      scan_ = std::make_unique<Scan>(view_.ScanByUser(q.family));
      scan_->Seek(PrefixEnd(q.lower.substr(0, kUserPrefixSize)));  // elsewhere first
      scan_->Seek(q.lower);
    }
  }
  void AskAtOnce() {
    const Question& q = question_;
    const auto user = [&] { return DecodeUserKey(q.lower); };
    if (q.kind == Kind::kPoint) {
      std::string value;
      if (view_.Get(q.family, q.lower, &value)) answer_.emplace_back(q.lower, value);
    } else if (q.kind == Kind::kFollowees) {
      for (const EdgePosition& followee : LoadFollowees(view_, user())) {
        answer_.emplace_back(FollowOutKey(user(), followee.user), EncodeTimestamp(followee.at));
      }
    } else {
      std::array<TweetId, NewestTweets::kLimit> ids;
      NewestTweetsReader reader(view_);
      const NewestTweets newest = reader.Find(user(), std::nullopt, ids);
      for (std::size_t i = 0; i < newest.count; ++i) {
        std::string value;
        const Key key = TweetKey(user(), ids[i]);
        if (reader.Get(q.family, key, &value)) answer_.emplace_back(key, value);
      }
    }
  }

  ReadView view_;
  Question question_;
  std::unique_ptr<Scan> scan_;
  Answer answer_;
};

class Fuzz {
 public:
  explicit Fuzz(std::uint64_t seed) : random_(seed) { Open(); }

  // Asks `count` questions, two at a time in turns.
  void Run(std::size_t count) {
    for (std::size_t i = 0; i < count; i += 2) {
      if (i % 20000 == 0) Open();
      if (i % 100 == 0) Write(i == 0 ? 12000 : 60);
      // What the disk pool reads for others brings blocks in and drives others out.
      for (std::uint64_t k = random_.Below(4); k > 0; --k) Ask(Mode::kMayBlock);
      Ask(Mode::kCacheOnly);
    }
  }

  // Tables below the first level, of all families.
  std::size_t Tables() const {
    std::vector<rocksdb::LiveFileMetaData> files;
    engine_->db().GetLiveFilesMetaData(&files);
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(), [](const auto& file) { return file.level > 0; }));
  }
  std::size_t believed() const { return believed_; }
  std::size_t would_block() const { return would_block_; }

 private:
  void Open() {
    committer_.reset();
    engine_.reset();
    // From one that holds some fifty blocks to one that holds nearly all.
    const std::size_t cache_bytes = std::size_t{256} << 10 << random_.Below(7);
    engine_ = std::make_unique<Engine>(SmallOptions(scratch_.path() / "data", cache_bytes));
    MakeTablesSmall(*engine_);
    committer_ = std::make_unique<Committer>(*engine_);
  }

  void Write(int rows) {
    for (int written = 0; written < rows; written += 60) {
      std::vector<std::pair<Family, std::pair<Key, std::optional<std::string>>>> changes;
      for (int i = 0; i < 60; ++i) {
        const Family family = kAllFamilies[random_.Below(kFamilyCount)];
        Rows& model = model_[static_cast<std::size_t>(family)];
        const Key key = RandomKey(random_, family);
        std::optional<std::string> value;
        if (!random_.OneIn(4)) value = RandomValue(random_, family);
        if (value) model[std::string(key)] = *value;
        if (!value) model.erase(std::string(key));
        changes.emplace_back(family, std::pair(key, value));
      }
      const auto run = committer_->Run(Committer::Class::kClient, [&](Transaction& transaction) {
        for (const auto& [family, row] : changes) {
          if (row.second) transaction.Put(family, row.first, *row.second);
          if (!row.second) transaction.Delete(family, row.first);
        }
      });
      REQUIRE(run.committed());
      if (!random_.OneIn(8)) continue;
      const Family family = kAllFamilies[random_.Below(kFamilyCount)];
      REQUIRE(engine_->db().Flush(rocksdb::FlushOptions(), engine_->family(family)).ok());
    }
  }

  void Ask(Mode mode) {
    std::vector<std::unique_ptr<Asked>> asked;
    for (int i = 0; i < (mode == Mode::kCacheOnly ? 2 : 1); ++i) {
      const auto rows = random_.OneIn(2) ? ReadView::Rows::kCached : ReadView::Rows::kSnapshot;
      asked.push_back(std::make_unique<Asked>(*engine_, mode, rows, RandomQuestion(random_)));
    }
    bool first_goes_on = true;
    bool second_goes_on = asked.size() > 1;
    while (first_goes_on || second_goes_on) {
      if (first_goes_on) first_goes_on = asked.front()->Step();
      if (second_goes_on) second_goes_on = asked.back()->Step();
    }
    for (const auto& one : asked) {
      const std::optional<Answer> answer = one->Take();
      if (mode == Mode::kCacheOnly) ++(answer ? believed_ : would_block_);
      if (!answer) continue;
      const Answer expected = AskModel(model_, one->question());
      CHECK_MESSAGE(*answer == expected, "kind ", static_cast<int>(one->question().kind),
                    ", family ", FamilyName(one->question().family), ": ", answer->size(),
                    " rows of ", expected.size());
    }
  }

  Random random_;
  ScratchDirectory scratch_;
  Model model_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Committer> committer_;
  std::size_t believed_ = 0;
  std::size_t would_block_ = 0;
};

}  // namespace

TEST_CASE("cache only: what a view says is right or it says that it would block") {
  const std::uint64_t seed = TestSeed();
  INFO("WARBLE_TEST_SEED=", seed);
  Fuzz fuzz(seed);
  const std::size_t count = IsLongRun() ? 5'000'000 : 150'000;
  fuzz.Run(count);
  MESSAGE(fuzz.believed(), " scans were right, ", fuzz.would_block(), " would have blocked; ",
          fuzz.Tables(), " tables in the end");
  // Both happen often enough to prove something; how often, a seed decides.
  CHECK(fuzz.believed() > count / 20);
  CHECK(fuzz.would_block() > count / 20);
}

}  // namespace warble::tests
