#include "bench/tweet_writer.h"

#include "storage/model/tweets.h"
#include "storage/model/users.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace warble::bench {
namespace {

using storage::Committer;

constexpr UserNumber kAuthors = 1000;

storage::Engine::Options OptionsOf(const std::filesystem::path& directory) {
  storage::Engine::Options options;
  options.directory = directory;
  options.ballast_bytes = 0;
  return options;
}

}  // namespace

void TweetWriter::Post::Evaluate(storage::Transaction& transaction) {
  storage::CreateTweet(transaction, author, content);
}

void TweetWriter::Post::Complete(Outcome outcome) noexcept {
  const std::lock_guard lock(writer->mutex_);
  writer->failed_ = writer->failed_ || outcome != Outcome::kCommitted;
  writer->finished_.push_back(this);
  writer->wake_.notify_one();
}

TweetWriter::TweetWriter(const World& world, const std::filesystem::path& directory)
    : engine_(OptionsOf(directory)), committer_(engine_) {
  const auto created =
      committer_.Run(Committer::Class::kClient, [&](storage::Transaction& transaction) {
        for (UserNumber i = 0; i < std::min(kAuthors, world.users()); ++i) {
          storage::User user = world.UserOf(i);
          user.password_hash = "none";
          const std::uint32_t partition = user.id.partition();
          authors_.push_back(storage::CreateUser(transaction, partition, user).value().id);
          contents_.push_back(World::TextOf(i));
        }
      });
  if (!created.committed()) throw std::runtime_error("no users could be made to write as");
}

Figure TweetWriter::Measure(Clock::duration duration) {
  const Clock::time_point start = Clock::now();
  std::uint64_t done = 0;
  Clock::duration waited{};
  for (Post& post : posts_) Submit(post);
  for (std::size_t under_way = posts_.size(); under_way > 0;) {
    for (Post* const post : TakeFinished()) {
      const Clock::time_point now = Clock::now();
      ++done;
      waited += now - post->submitted;
      if (now < start + duration) {
        Submit(*post);
      } else {
        --under_way;
      }
    }
  }
  return {.per_s = FigureOf(done, Clock::now() - start).per_s, .us = FigureOf(done, waited).us};
}

void TweetWriter::Submit(Post& post) {
  const auto size = static_cast<std::uint32_t>(authors_.size());
  post.writer = this;
  post.author = authors_[random_.Below(size)];
  post.content = contents_[random_.Below(size)];
  post.submitted = Clock::now();
  if (committer_.Submit(Committer::Class::kClient, post) != Committer::Admission::kAccepted) {
    throw std::runtime_error("a write was refused: is the disk full?");
  }
}

std::vector<TweetWriter::Post*> TweetWriter::TakeFinished() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return !finished_.empty(); });
  if (failed_) throw std::runtime_error("a write was not committed");
  return std::exchange(finished_, {});
}

}  // namespace warble::bench
