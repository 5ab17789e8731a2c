// A node and its model, driven by random commands and questions whose answers must agree.
#pragma once

#include "storage/model/favorites.h"
#include "storage/model/follows.h"
#include "storage/model/tweets.h"
#include "tests/storage/model/plain_model.h"
#include "tests/support/random.h"
#include "tests/support/world.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace warble::tests {

class Differential {
 public:
  Differential(std::filesystem::path directory, std::uint64_t seed);

  /// Runs so many operations, then compares everything once more.
  void Run(std::uint64_t operations);

  /// Has all further questions answered by others: `answer` runs a query on a view that serves
  /// `subject`, as often as it likes; the last time counts.
  using Query = std::function<void(storage::ReadView&)>;
  using AnswerFor = std::function<void(storage::UserId subject, const Query& query)>;
  void AskOthers(AnswerFor answer) { answer_ = std::move(answer); }
  /// So many questions, of those that are about one user or tweet.
  void AskAboutUsers(std::uint64_t questions);

  Node& node() { return *node_; }
  const Model& model() const { return model_; }

 private:
  /// A command: what it does on the committer's thread, and afterwards, in the order of the
  /// commands, what its outcome is compared with and does to the model.
  struct Step {
    std::function<void(storage::Transaction&)> evaluate;
    std::function<void()> settle;
  };

  // Driver.
  void RunGroup();  // several commands at once, so that they share a batch
  void Purge();
  void Restart();
  void Open();
  void CheckEverything();

  // Commands.
  Step RandomStep();
  Step CreateUser();
  Step UpdateUser();
  Step DeleteUser();
  Step CreateTweet();
  Step DeleteTweet();
  Step Follow();
  Step Unfollow();
  Step Favorite();
  Step Unfavorite();
  Step SignIn();
  Step SignOut();
  Step KeepAnswer();

  // Questions.
  void AskRandom();
  void AskUser();
  void AskUsersByPrefix();
  void AskCounters();
  void AskTweet();
  void AskUserTweets();
  void AskFollowers();
  void AskFollowees();
  void AskFavoriters();
  void AskFavorites();
  void AskActivity();
  void AskTimeline();
  void AskSession();
  void AskAnswer();

  /// A view of either kind: all from one snapshot, or with points from the decoded cache.
  storage::ReadView::Rows RandomRows();
  /// The answer of query(view), where `subject` is served.
  template <class Question>
  auto Read(storage::UserId subject, Question query);
  /// The same, and a cache-only view must agree or refuse.
  template <class Question>
  auto Ask(storage::UserId subject, Question query);
  template <class Position>
  storage::PageRequest<Position> RandomRequest(const Listed<Position>& all);
  void CheckCount(const storage::Tweet& tweet);
  void CheckTweets(const storage::Page<storage::TweetItem>& page,
                   const std::vector<std::string>& expected);
  void CheckUsers(const storage::Page<storage::UserItem>& page,
                  const std::vector<std::string>& expected);

  storage::UserId PickUser();  // mostly of a living one
  storage::TweetId PickTweet();
  storage::UserId AuthorOf(storage::TweetId id);
  std::string RandomCase(std::string name);
  void SeeTime(storage::Timestamp at);  // no time is before an earlier one

  std::filesystem::path directory_;
  int opened_ = 0;
  SteeredClock wall_;
  Random random_;
  std::unique_ptr<Node> node_;
  Model model_;
  AnswerFor answer_;
  bool purges_pending_ = false;
  storage::Timestamp last_time_;
  std::vector<storage::UserId> user_ids_;      // all ever registered
  std::vector<storage::Tweet> recent_tweets_;  // also deleted ones
};

}  // namespace warble::tests
