#include "storage/model/idempotency.h"
#include "storage/model/sessions.h"
#include "storage/model/timeline.h"
#include "tests/storage/model/differential.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace warble::tests {

using storage::EdgePosition;
using storage::Page;
using storage::PageRequest;
using storage::ReadStatus;
using storage::ReadView;
using storage::Timestamp;
using storage::Tweet;
using storage::TweetFilter;
using storage::TweetId;
using storage::TweetItem;
using storage::User;
using storage::UserCounters;
using storage::UserId;
using storage::UserItem;

namespace {

template <class Item, class Line>
std::vector<std::string> LinesOf(const Page<Item>& page, Line line_of) {
  std::vector<std::string> lines;
  for (const Item& item : page.items) lines.push_back(line_of(item));
  if (page.more) lines.push_back("more");
  return lines;
}

// Positions that items stand at, and those between and beyond.
TweetId NearPosition(TweetId id, Random& random) { return {id.value + random.Below(3) - 1}; }
EdgePosition NearPosition(EdgePosition position, Random& random) {
  return {{position.at.ms + random.Below(3) - 1}, {random.Below(std::uint64_t{1} << 40)}};
}

}  // namespace

ReadView::Rows Differential::RandomRows() {
  return random_.OneIn(3) ? ReadView::Rows::kSnapshot : ReadView::Rows::kCached;
}

template <class Question>
auto Differential::Read(UserId subject, Question query) {
  if (answer_) {
    std::optional<decltype(query(std::declval<ReadView&>()))> answer;
    answer_(subject, [&](ReadView& view) { answer.emplace(query(view)); });
    return std::move(*answer);
  }
  ReadView view(node_->engine(), ReadView::Mode::kMayBlock, RandomRows());
  auto answer = query(view);
  REQUIRE(view.status() == ReadStatus::kOk);
  return answer;
}

template <class Question>
auto Differential::Ask(UserId subject, Question query) {
  if (answer_) return Read(subject, query);
  ReadView cached(node_->engine(), ReadView::Mode::kCacheOnly, RandomRows());
  const auto from_cache = query(cached);
  auto answer = Read(subject, query);
  if (cached.status() == ReadStatus::kOk) REQUIRE(from_cache == answer);
  return answer;
}

template <class Position>
PageRequest<Position> Differential::RandomRequest(const Listed<Position>& all) {
  PageRequest<Position> request;
  if (!all.empty() && random_.OneIn(2)) {
    request.after = all[random_.Below(all.size())].first;
    if (random_.OneIn(3)) request.after = NearPosition(*request.after, random_);
  }
  if (random_.OneIn(3)) request.skip = static_cast<std::uint32_t>(random_.Below(6));
  request.limit = static_cast<std::uint32_t>(1 + random_.Below(random_.OneIn(4) ? 100 : 7));
  return request;
}

void Differential::AskRandom() {
  constexpr void (Differential::*kQuestions[])() = {
      &Differential::AskUser,      &Differential::AskUsersByPrefix, &Differential::AskCounters,
      &Differential::AskTweet,     &Differential::AskUserTweets,    &Differential::AskFollowers,
      &Differential::AskFollowees, &Differential::AskFavoriters,    &Differential::AskFavorites,
      &Differential::AskActivity,  &Differential::AskTimeline,      &Differential::AskSession,
      &Differential::AskAnswer};
  (this->*kQuestions[random_.Below(std::size(kQuestions))])();
}

void Differential::AskAboutUsers(std::uint64_t questions) {
  constexpr void (Differential::*kQuestions[])() = {
      &Differential::AskUser,       &Differential::AskCounters,  &Differential::AskTweet,
      &Differential::AskUserTweets, &Differential::AskFollowers, &Differential::AskFollowees,
      &Differential::AskFavoriters, &Differential::AskFavorites, &Differential::AskActivity,
      &Differential::AskTimeline};
  for (; questions > 0; --questions) (this->*kQuestions[random_.Below(std::size(kQuestions))])();
}

void Differential::AskUser() {
  const UserId id = PickUser();
  const std::string name =
      RandomCase(random_.OneIn(5) ? fmt::format("u{}", random_.Below(user_ids_.size() + 10))
                                  : model_.users[id].username);
  const auto describe = [](const std::optional<User>& user) {
    return user ? fmt::format("{} {} {} {} {}", storage::EncodeUser(*user), user->id.value,
                              user->deleted, user->created_at.ms, user->updated_at.ms)
                : std::string();
  };
  const auto expected = [&](UserId user) {
    return model_.IsAlive(user) ? describe(model_.users[user]) : std::string();
  };
  const auto known = model_.names.find(storage::LowerUsername(name));
  const UserId by_name = UserId::Make(storage::PartitionOf(name), 1);
  REQUIRE(Ask(by_name, [&](ReadView& view) { return describe(storage::FindUser(view, name)); }) ==
          (known == model_.names.end() ? "" : expected(known->second)));
  REQUIRE(Ask(by_name, [&](ReadView& view) {
            return storage::FindUserId(view, name).has_value();
          }) == (known != model_.names.end()));
  REQUIRE(Ask(id, [&](ReadView& view) { return describe(storage::LoadUser(view, id)); }) ==
          expected(id));
}

void Differential::AskUsersByPrefix() {
  const std::string prefix = RandomCase(fmt::format("u{}", random_.Below(user_ids_.size() + 10)))
                                 .substr(0, random_.Below(4));
  const auto limit = static_cast<std::uint32_t>(1 + random_.Below(20));
  REQUIRE(Ask({}, [&](ReadView& view) {
            std::vector<std::string> lines;
            for (const auto& user : storage::FindUsersByPrefix(view, prefix, limit).users) {
              lines.push_back(LineOf(user));
            }
            return lines;
          }) == model_.UsersByPrefix(prefix, limit));
}

void Differential::AskCounters() {
  const UserId id = PickUser();
  if (!model_.IsAlive(id)) return;
  const UserCounters counters =
      Ask(id, [&](ReadView& view) { return storage::LoadUserCounters(view, id); });
  const Model::CounterRange range = model_.Counters(id);
  for (const auto counter : {&UserCounters::tweets, &UserCounters::followers,
                             &UserCounters::followees, &UserCounters::favorites}) {
    REQUIRE(counters.*counter >= range.least.*counter);
    REQUIRE(counters.*counter <= range.most.*counter);
  }
}

void Differential::CheckCount(const Tweet& tweet) {
  const Model::CounterRange range = model_.TweetCounter(tweet.id);
  REQUIRE(tweet.favorites >= range.least.favorites);
  REQUIRE(tweet.favorites <= range.most.favorites);
}

void Differential::AskTweet() {
  const TweetId id = PickTweet();
  const UserId author = AuthorOf(id);
  const UserId user = PickUser();
  REQUIRE(Ask(user, [&](ReadView& view) {
            return storage::FindFavorite(view, user, id).has_value();
          }) <= (model_.favorites.count({user, id}) == 1));
  if (!model_.IsAlive(author)) return;
  const auto tweet = Read(author, [&](ReadView& view) { return LoadTweet(view, author, id); });
  REQUIRE(tweet.has_value() == model_.IsAlive(id));
  if (!tweet) return;
  REQUIRE(tweet->content == model_.tweets[id].content);
  CheckCount(*tweet);
  if (model_.IsAlive(user)) {
    REQUIRE(Read(user, [&](ReadView& view) {
              return storage::FindFavorite(view, user, id).has_value();
            }) == (model_.favorites.count({user, id}) == 1));
  }
}

void Differential::CheckTweets(const Page<TweetItem>& page,
                               const std::vector<std::string>& expected) {
  REQUIRE(LinesOf(page, [](const TweetItem& item) { return LineOf(item); }) == expected);
  for (const TweetItem& item : page.items) {
    if (random_.OneIn(4)) CheckCount(item.tweet);
  }
}

void Differential::CheckUsers(const Page<UserItem>& page,
                              const std::vector<std::string>& expected) {
  REQUIRE(LinesOf(page, [](const UserItem& item) { return LineOf(item); }) == expected);
}

void Differential::AskUserTweets() {
  const UserId author = PickUser();
  if (!model_.IsAlive(author)) return;
  TweetFilter filter;
  const auto near_a_tweet = [&] {
    return Timestamp{PickTweet().created_at().ms + random_.Below(3) - 1};
  };
  if (random_.OneIn(3)) filter.since = near_a_tweet();
  if (random_.OneIn(3)) filter.until = near_a_tweet();
  // Whether a tweet is favorited "now" follows in the background, as the counts do.
  filter.favorited_only = !purges_pending_ && random_.OneIn(3);
  const ListedTweets all = model_.UserTweets(author, filter);
  const auto request = RandomRequest(all);
  const storage::UserSummary summary = storage::Summarize(model_.users[author]);
  CheckTweets(
      Read(author,
           [&](ReadView& view) { return storage::ListUserTweets(view, summary, filter, request); }),
      Cut(all, request));
}

void Differential::AskFollowers() {
  const UserId user = PickUser();
  if (!model_.IsAlive(user)) return;
  const ListedUsers all = model_.Followers(user);
  const auto request = RandomRequest(all);
  CheckUsers(
      Read(user, [&](ReadView& view) { return storage::ListFollowers(view, user, request); }),
      Cut(all, request));
}

void Differential::AskFollowees() {
  const UserId user = PickUser();
  if (!model_.IsAlive(user)) return;
  const ListedUsers all = model_.Followees(user);
  const auto request = RandomRequest(all);
  CheckUsers(
      Read(user, [&](ReadView& view) { return storage::ListFollowees(view, user, request); }),
      Cut(all, request));
  const UserId other = PickUser();
  const auto edge = model_.follows.find({user, other});
  if (!model_.IsAlive(other)) return;
  REQUIRE(Ask(user, [&](ReadView& view) { return storage::FindFollow(view, user, other); }) ==
          (edge == model_.follows.end() ? std::nullopt : std::optional(edge->second)));
}

void Differential::AskFavoriters() {
  const TweetId id = PickTweet();
  if (!model_.IsAlive(id)) return;
  const ListedUsers all = model_.Favoriters(id);
  const auto request = RandomRequest(all);
  CheckUsers(Read(AuthorOf(id),
                  [&](ReadView& view) {
                    return storage::ListFavoriters(view, AuthorOf(id), id, request);
                  }),
             Cut(all, request));
}

void Differential::AskFavorites() {
  const UserId user = PickUser();
  if (!model_.IsAlive(user)) return;
  const ListedTweets all = model_.Favorites(user);
  const auto request = RandomRequest(all);
  CheckTweets(
      Read(user, [&](ReadView& view) { return storage::ListFavorites(view, user, request); }),
      Cut(all, request));
}

void Differential::AskActivity() {
  const UserId user = PickUser();
  if (!model_.IsAlive(user)) return;
  const ListedTweets all = model_.Activity(user);
  const auto request = RandomRequest(all);
  const storage::UserSummary summary = storage::Summarize(model_.users[user]);
  REQUIRE(Ask(user, [&](ReadView& view) {
            return LinesOf(storage::ListActivity(view, summary, request),
                           [](const storage::ActivityItem& item) {
                             return fmt::format("{} {} {}", LineOf(item.item), item.authored,
                                                item.favorited);
                           });
          }) == Cut(all, request));
}

void Differential::AskTimeline() {
  const UserId user = PickUser();
  if (!model_.IsAlive(user)) return;
  const bool include_self = random_.OneIn(2);
  const ListedTweets all = model_.Timeline(user, include_self);
  const auto request = RandomRequest(all);
  CheckTweets(Read(user,
                   [&](ReadView& view) {
                     return storage::ListTimeline(view, user, include_self, request);
                   }),
              Cut(all, request));
}

void Differential::AskSession() {
  const UserId user = PickUser();
  const auto& sessions = model_.sessions[user];
  if (sessions.empty()) return;
  const storage::SessionRow& session = sessions[random_.Below(sessions.size())];
  // The sweep has deleted nothing that is valid now or later.
  const Timestamp now{last_time_.ms + random_.Below(1'000'000)};
  const auto found = Read(user, [&](ReadView& view) {
    return storage::FindSession(view, user, session.token_hash, now);
  });
  REQUIRE(found.has_value() == (session.expires_at > now));
  if (found) REQUIRE(found->expires_at == session.expires_at);
}

void Differential::AskAnswer() {
  const UserId user = PickUser();
  if (!model_.IsAlive(user)) return;
  const std::string key(16, static_cast<char>('a' + random_.Below(10)));
  const Timestamp now{last_time_.ms + random_.Below(100'000'000)};
  const auto kept = model_.answers.find({user, key});
  const bool expected = kept != model_.answers.end() && kept->second.expires_at > now;
  const auto found =
      Read(user, [&](ReadView& view) { return storage::FindAnswer(view, user, key, now); });
  REQUIRE(found.has_value() == expected);
  if (found) {
    REQUIRE(found->answer == kept->second.answer);
    REQUIRE(found->request_digest == kept->second.request_digest);
  }
}

}  // namespace warble::tests
