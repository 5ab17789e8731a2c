#include "bench/client/journal.h"

#include "bench/world/world_options.h"

#include <fmt/format.h>

#include <optional>
#include <sstream>
#include <stdexcept>

namespace warble::bench {
namespace {

std::string FirstLine(const Profile& profile) {
  return "warble-bench journal 1 " + Describe(profile);
}

std::string LineOf(const WriteRecord& record) {
  const std::string start = fmt::format(
      "{} {} {}", record.operation == Operation::kPostTweet ? "tweet" : NameOf(record.operation),
      record.acknowledged ? 1 : 0, record.actor);
  switch (record.operation) {
    case Operation::kPostTweet:
      return fmt::format("{} {} {}\n", start, record.tweet.value, record.text_seed);
    case Operation::kFollow:
    case Operation::kUnfollow:
      return fmt::format("{} {}\n", start, record.user);
    default:
      return fmt::format("{} {} {}\n", start, record.user, record.tweet.value);
  }
}

std::optional<WriteRecord> ParseLine(const std::string& line) {
  std::istringstream in(line);
  std::string kind;
  int acknowledged = 0;
  WriteRecord record;
  in >> kind >> acknowledged >> record.actor;
  record.acknowledged = acknowledged == 1;
  record.user = record.actor;
  if (kind == "tweet") {
    in >> record.tweet.value >> record.text_seed;
  } else if (kind == "follow" || kind == "unfollow") {
    record.operation = kind == "follow" ? Operation::kFollow : Operation::kUnfollow;
    in >> record.user;
  } else if (kind == "favorite" || kind == "unfavorite") {
    record.operation = kind == "favorite" ? Operation::kFavorite : Operation::kUnfavorite;
    in >> record.user >> record.tweet.value;
  } else {
    return std::nullopt;
  }
  if (!in) return std::nullopt;
  return record;
}

}  // namespace

Journal::Journal(const Profile& profile, const std::string& file) : has_file_(!file.empty()) {
  if (!has_file_) return;
  file_.open(file, std::ios::trunc);
  file_ << FirstLine(profile) << '\n' << std::flush;
  if (!file_) throw std::runtime_error(file + ": cannot be written");
}

void Journal::Add(const WriteRecord& record) {
  const std::lock_guard lock(mutex_);
  records_.push_back(record);
  if (has_file_) file_ << LineOf(record);
}

std::vector<WriteRecord> Journal::Records() {
  const std::lock_guard lock(mutex_);
  if (has_file_ && !file_.flush()) throw std::runtime_error("the journal cannot be written");
  return records_;
}

std::vector<WriteRecord> Journal::Read(const Profile& profile, const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error(file + ": cannot be read");
  if (line != FirstLine(profile)) {
    throw std::runtime_error(
        fmt::format("{}:1: \"{}\" where \"{}\" was expected", file, line, FirstLine(profile)));
  }
  std::vector<WriteRecord> records;
  for (int number = 2; std::getline(in, line); ++number) {
    const std::optional<WriteRecord> record = ParseLine(line);
    // A line that was being written when the program was ended was not yet promised to anyone.
    if (!record && in.eof()) break;
    if (!record) throw std::runtime_error(fmt::format("{}:{}: not a write", file, number));
    records.push_back(*record);
  }
  return records;
}

}  // namespace warble::bench
