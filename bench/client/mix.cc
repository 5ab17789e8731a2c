#include "bench/client/mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

namespace warble::bench {
namespace {

constexpr std::array<std::string_view, kOperationCount> kNames = {
    "timeline",  "profile",    "user_tweets", "tweet",      "followers",
    "followees", "favoriters", "favorites",   "activity",   "post_tweet",
    "follow",    "unfollow",   "favorite",    "unfavorite", "sign_in"};
constexpr double kMaxExponent = 10;

std::vector<std::string_view> WordsOf(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  constexpr std::string_view kBlanks = " \t\r";
  while (true) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Parser {
 public:
  explicit Parser(std::string_view name) { mix_.name = name; }

  LoadMix Parse(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      ParseLine(WordsOf(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (std::all_of(mix_.weights.begin(), mix_.weights.end(), [](double w) { return w == 0; })) {
      Refuse("no operation has a weight");
    }
    return mix_;
  }

 private:
  [[noreturn]] void Refuse(const std::string& why) const {
    throw MixError(fmt::format("{}:{}: {}", mix_.name, line_, why));
  }

  void ParseLine(const std::vector<std::string_view>& words) {
    if (words.empty()) return;
    if (!seen_.emplace(words[0]).second) Refuse(fmt::format("{} stands twice", words[0]));
    if (words[0] == "users") {
      mix_.users = ParseDistribution(words);
    } else if (words[0] == "viewers") {
      mix_.viewers = ParseDistribution(words);
    } else if (words[0] == "tweets") {
      mix_.tweets = ParseDistribution(words);
    } else {
      ParseWeight(words);
    }
  }

  Distribution ParseDistribution(const std::vector<std::string_view>& words) const {
    if (words.size() == 2 && words[1] == "uniform") return {};
    if (words.size() == 3 && words[1] == "zipf") {
      const auto exponent = ParseNumber<double>(words[2]);
      if (!exponent || !(*exponent > 0) || *exponent > kMaxExponent) {
        Refuse(fmt::format("{} is no exponent: give a number above 0, up to {}", words[2],
                           kMaxExponent));
      }
      return {.kind = Distribution::Kind::kZipf, .exponent = *exponent};
    }
    if (words.size() == 3 && words[1] == "one") {
      const auto rank = ParseNumber<std::uint32_t>(words[2]);
      if (!rank) Refuse(fmt::format("{} is no rank: give a number from 0", words[2]));
      return {.kind = Distribution::Kind::kOne, .rank = *rank};
    }
    Refuse(fmt::format("after {} give uniform, zipf EXPONENT or one RANK", words[0]));
  }

  void ParseWeight(const std::vector<std::string_view>& words) {
    const auto name = std::find(kNames.begin(), kNames.end(), words[0]);
    if (name == kNames.end()) Refuse(fmt::format("no operation is called {}", words[0]));
    const auto weight = words.size() == 2 ? ParseNumber<double>(words[1]) : std::nullopt;
    if (!weight || !(*weight > 0) || *weight > 1e9) {
      Refuse(fmt::format("after {} give its weight, a number above 0", words[0]));
    }
    mix_.weights[static_cast<std::size_t>(name - kNames.begin())] = *weight;
  }

  LoadMix mix_;
  std::set<std::string, std::less<>> seen_;
  int line_ = 0;
};

}  // namespace

std::string_view NameOf(Operation operation) { return kNames[static_cast<std::size_t>(operation)]; }

LoadMix ParseMix(std::string_view name, std::string_view text) { return Parser(name).Parse(text); }

LoadMix FindMix(const std::string& name_or_path) {
  for (const BuiltInMix& mix : BuiltInMixes()) {
    if (mix.name == name_or_path) return ParseMix(mix.name, mix.text);
  }
  std::ifstream file(name_or_path, std::ios::binary);
  if (!file) {
    std::string names;
    for (const BuiltInMix& mix : BuiltInMixes()) names += fmt::format(" {}", mix.name);
    throw MixError(fmt::format("{}: no such file, nor one of the mixes{}", name_or_path, names));
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return ParseMix(name_or_path, text);
}

}  // namespace warble::bench
